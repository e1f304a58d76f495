"""Rendered pages: each is read again, and every printed number computed anew from what stands before it."""

import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, ClassVar
from xml.etree import ElementTree

import numpy as np
import pytest

import chainrule as cr
from chainrule.formulas.activations import Activation
from tests.arithmetic import of_mathml, of_text

NETWORKS: dict[str, tuple[list[int], Any, str, str, int]] = {
    "report": ([2, 3, 1], "sigmoid", "sigmoid", "binary_cross_entropy", 1),
    "batch": ([2, 3, 3, 1], "sigmoid", "sigmoid", "binary_cross_entropy", 4),
    "softmax": ([2, 3, 3], ["relu"], "softmax", "categorical_cross_entropy", 2),
    "regression": ([1, 4, 2], ["tanh"], "identity", "mean_squared_error", 3),
    "half": ([3, 2], [], "tanh", "half_squared_error", 1),
    "batch_norm": ([2, 3, 1], "tanh", "sigmoid", "binary_cross_entropy", 3),
    "layer_norm": ([2, 3, 2], "tanh", "identity", "mean_squared_error", 2),
}


def page(name: str, **options: object) -> cr.Derivation:
    sizes, hidden, output, loss, n = NETWORKS[name]
    normalization = name if name.endswith("_norm") else None
    net = cr.Network(sizes, hidden=hidden, output=output, normalization=normalization, seed=1)
    rng = np.random.default_rng(2)
    net.parameters[...] += rng.uniform(-0.5, 0.5, net.parameters.size)
    y = rng.integers(0, 2, n) if loss.startswith("cat") else rng.integers(0, 2, (n, sizes[-1]))
    X = rng.uniform(-1, 1, (n, sizes[0]))
    return cr.derive(net, X, y, loss, optimizer=cr.SGD(0.3, momentum=0.9), **options)  # type: ignore[arg-type]


def wide() -> cr.Derivation:
    rng = np.random.default_rng(0)
    net = cr.Network([64, 64, 64, 10], hidden="relu", output="softmax", seed=0)
    return cr.derive(net, rng.normal(size=(64, 64)), rng.integers(0, 10, 64), "categorical_cross_entropy")


# Text


def equalities(text: str) -> list[list[str]]:
    """Every chain of equalities: a left side, then each thing that it equals, lines joined."""
    chains: list[list[str]] = []
    for line in text.splitlines():
        found = re.match(r"^( +)(\S+ )?= (.*)$", line)
        if found and found[2]:
            chains.append([found[3]])
        elif line.startswith("  = "):
            chains.append([])  # the second line of an equation that explains the formula
        elif found and chains:
            chains[-1].append(found[3])
        elif line.startswith("     ") and chains and not re.search(r"[⎡⎢⎣]", line):
            chains[-1][-1] += " " + line.strip()
        elif not line.strip():
            chains.append([])
    return [chain for chain in chains if len(chain) > 1]


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("notation", ["report", "standard"])
def test_text_computes(name: str, notation: str) -> None:
    text = page(name, precision=15, notation=notation).to_text()
    computed = 0
    for chain in equalities(text):
        result = of_text(chain[-1])
        put_in = chain[-2]
        if re.search(r"[⁽₁ⱼ]", put_in):
            continue  # symbols: the result follows at once, as where db is da
        assert of_text(put_in) == pytest.approx(result, rel=1e-9, abs=1e-12), (put_in, chain[-1])
        computed += 1
    assert computed > 20
    assert "✓ They agree" in text


def test_a_wrong_digit_in_the_text_would_be_seen() -> None:
    chain = next(chain for chain in equalities(page("report", precision=15).to_text()) if len(chain) > 2)
    assert of_text(chain[-2]) != pytest.approx(of_text(chain[-1]) * 1.00001, rel=1e-9)


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("precision", [3, 5, 8])
def test_text_fits_a_terminal(name: str, precision: int) -> None:
    for notation in ("report", "standard"):
        text = page(name, precision=precision, notation=notation).to_text()
        assert max(map(len, text.splitlines())) <= 80


def test_deep_text_fits_too() -> None:
    net = cr.Network([2, *[3] * 12, 1], seed=0)
    text = cr.derive(net, [[0.3, 0.7]], [1]).to_text()
    assert max(map(len, text.splitlines())) <= 80


def test_wide_text_fits_too() -> None:
    text = wide().to_text()
    assert max(map(len, text.splitlines())) <= 80
    assert "… and 4084 more in the same way …" in text
    assert len(text) < 200_000


# HTML


class Structure(HTMLParser):
    """Notes what a page consists of, and that every element is closed."""

    void: ClassVar = {"meta", "br", "hr", "link", "img", "input", "circle", "path", "mspace"}

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.outside: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attributes:
            assert not name.startswith("on")
            if name == "id":
                self.ids.append(value or "")
            elif name == "href":
                (self.links if (value or "").startswith("#") else self.outside).append(value or "")
            elif name == "src":
                self.outside.append(value or "")
        if tag not in self.void:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.void:
            assert self.open.pop() == tag


def sections(html: str) -> list[ElementTree.Element]:
    """The steps of a page."""
    return [
        ElementTree.fromstring(text) for text in re.findall(r"<section class=\"step\".*?</section>", html, re.DOTALL)
    ]


def cells(math: ElementTree.Element) -> list[ElementTree.Element]:
    """The entries on the right of the last =."""
    parts = list(math)
    right = parts[1 + max(k for k, part in enumerate(parts) if part.tag == "mo" and part.text == "=") :]
    if len(right) == 1 and right[0].tag == "mtable" and "matrix" in (right[0].get("class") or ""):
        return [cell[0] for row in right[0] for cell in row]
    assert len(right) == 1
    return right


@pytest.mark.parametrize("name", NETWORKS)
def test_html_computes(name: str) -> None:
    derivation = page(name, precision=3)
    steps = {step.key: step for step in derivation.steps}
    computed = 0
    for section in sections(derivation.to_html()):
        *_, put_in, result = section.iter("math")
        numbers = [of_mathml(cell) for cell in cells(result)]
        np.testing.assert_array_equal(np.ravel(steps[section.get("id") or ""].result), numbers)
        if any(part.tag == "mi" and part.text not in ("e", "ln", "max", "H", "tanh") for part in put_in.iter()):
            continue  # symbols: the result follows at once
        for cell, number in zip(cells(put_in), numbers, strict=True):
            assert of_mathml(cell) == pytest.approx(number, rel=1e-9, abs=1e-12), section.get("id")
            computed += 1
    assert computed > 15


@pytest.mark.parametrize("name", [*NETWORKS, "wide"])
def test_html_is_one_sound_file(name: str) -> None:
    html = wide().to_html() if name == "wide" else page(name).to_html()
    found = Structure(html)
    assert "script" not in found.tags
    assert "math" in found.tags
    assert found.outside == []
    assert "url(" not in html
    assert "@import" not in html
    assert len(found.ids) == len(set(found.ids))
    assert set(found.links) <= {f"#{name}" for name in found.ids}
    assert len(html.encode()) < 1_000_000
    for words in ("prefers-color-scheme: dark", "@media print", "width=device-width", "max-width: 34rem"):
        assert words in html
    for number in range(1, 9):
        assert f">{number}. " in html


def test_a_number_leads_to_where_it_was_computed() -> None:
    derivation = page("report", precision=3)
    html = derivation.to_html()
    results = {step.key: step.result for step in derivation.steps}
    results |= {key: value for key, value in derivation.values.tensors.values() if key not in results}
    links = re.findall(r'<a href="#([\w]+)-(\d+)-(\d+)" title="([^"]+)">([^<]+)</a>', html)
    assert len(links) > 100
    for key, row, column, digits, shown in links:
        value = float(results[key][int(row) - 1, int(column) - 1])
        assert float(digits) == value
        assert f'id="{key}-{row}-{column}"' in html
        assert shown.replace("−", "-") == (f"{value:.3g}" if value else "0") or "·10" in shown


def test_what_a_user_names_is_escaped() -> None:
    class Odd(Activation, abstract=True):
        name = "<script>&$_%"

        @staticmethod
        def value(z: object) -> object:
            return z * 2.0  # type: ignore[operator]

        @staticmethod
        def slope(z: object, a: object) -> object:
            return 2.0

    derivation = cr.derive(cr.Network([1, 1], output=Odd(), seed=0), [[1.0]], [1.0], "mean_squared_error")
    html = derivation.to_html()
    assert "<script" not in html
    assert "&lt;script&gt;&amp;$_%" in html
    Structure(html)
    assert r"\$" in derivation.to_latex()
    sound_latex(derivation.to_latex())
    markdown = re.sub(r"```.*?```", "", derivation.to_markdown(), flags=re.DOTALL)
    assert not re.search(r"(?<!\\)<script", markdown)


# LaTeX, Markdown, JSON


def sound_latex(text: str) -> None:
    """Braces, environments and brackets are closed, and nothing stands in it that LaTeX cannot print."""
    assert text.isascii(), sorted({character for character in text if not character.isascii()})
    depth = 0
    for brace in re.findall(r"(?<!\\)(?:\\\\)*([{}])", text):
        depth += 1 if brace == "{" else -1
        assert depth >= 0
    assert depth == 0
    open_environments: list[str] = []
    for kind, name in re.findall(r"\\(begin|end)\{(\w+\*?)\}", text):
        if kind == "begin":
            open_environments.append(name)
        else:
            assert open_environments.pop() == name
    assert open_environments == []
    assert len(re.findall(r"\\left(?![a-z])", text)) == len(re.findall(r"\\right(?![a-z])", text))
    body = text[text.index(r"\begin{document}") :]
    assert len(re.findall(r"(?<!\\)\$", body)) % 2 == 0
    assert not re.search(r"(?<!\\)[#%]", body)
    assert not re.search(r"\^\{[^{}]*\}\s*\^", body)


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("notation", ["report", "standard"])
def test_latex_is_sound(name: str, notation: str) -> None:
    sound_latex(page(name, notation=notation).to_latex())


@pytest.mark.parametrize("broken", ["{", r"\begin{bmatrix}", r"\left(", "σ"])
def test_broken_latex_would_be_seen(broken: str) -> None:
    with pytest.raises(AssertionError):
        sound_latex(page("report").to_latex().replace(r"\end{document}", broken + r"\end{document}"))


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no LaTeX here")
@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("notation", ["report", "standard"])
def test_latex_compiles(name: str, notation: str, tmp_path: Path) -> None:
    (tmp_path / "page.tex").write_text(page(name, notation=notation).to_latex(), encoding="utf-8")
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "page.tex"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        errors="replace",
    )
    assert done.returncode == 0, done.stdout[-2000:]
    assert (tmp_path / "page.pdf").stat().st_size > 10_000
    assert "Overfull" not in done.stdout


@pytest.mark.parametrize("name", NETWORKS)
def test_markdown_is_sound(name: str) -> None:
    text = page(name).to_markdown()
    assert text.startswith("# Backpropagation")
    assert len(re.findall(r"\$\$", text)) % 2 == 0
    for formula in re.findall(r"\$\$(.*?)\$\$", text, re.DOTALL):
        assert formula.count("{") == formula.count("}")
        assert "\n" not in formula
    for heading in ("## Forward pass", "## Backward pass", "## Proof"):
        assert heading in text
    for rows in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        assert len({len(re.findall(r"(?<!\\)\|", row)) for row in rows.splitlines()}) == 1


@pytest.mark.parametrize("name", NETWORKS)
def test_json_has_every_digit(name: str) -> None:
    derivation = page(name)
    read = json.loads(json.dumps(derivation.to_json(), allow_nan=False))
    assert [step["key"] for step in read["steps"]] == [step.key for step in derivation.steps]
    for told, step in zip(read["steps"], derivation.steps, strict=True):
        np.testing.assert_array_equal(told["result"], step.result)
        assert (told["phase"], told["layer"]) == (step.phase, step.layer)
        assert told["entries"][0]["substituted"]
    np.testing.assert_array_equal(
        read["given"]["weight1"], derivation.trace.structure.layers[0].weight(derivation.trace.theta)
    )
    assert read["proof"]["ok"] is True
    assert read["loss"]["value"] == derivation.trace.numbers.loss


def test_the_proof_shows_what_does_not_agree() -> None:
    from chainrule.explain.proof import Proof

    derivation = page("report")
    proof = derivation.proof
    wrong = Proof(proof.tensors, {**proof.engines, "numpy": proof.gradient * 1.001}, proof.gradient, {}, {})
    assert proof.ok
    assert not wrong.ok
    assert not Proof(proof.tensors, proof.engines, proof.gradient, {}, {1: 1e-6}).ok  # a long chain that ends elsewhere
    assert wrong.largest == pytest.approx(0.001, rel=1e-6)
    derivation.__dict__["proof"] = wrong
    assert "✗ They do not agree: the largest disagreement is 1.0e-03" in derivation.to_text()
    assert '<p class="fails">' in derivation.to_html()


def test_notebooks_show_it() -> None:
    derivation = page("softmax")
    fragment = derivation._repr_html_()
    Structure(fragment)
    assert "<math" in fragment
    assert fragment.startswith('<div class="chainrule"><style>.chainrule {')  # so its style touches nothing else
    assert fragment.count("{") == fragment.count("}")
    assert derivation._repr_latex_().startswith("$$\\begin{aligned}")
    net = cr.Network([2, 3, 1], seed=0)
    trace = cr.trace(net, *cr.datasets.xor())
    history = net.fit(*cr.datasets.xor(), epochs=5, verbose=0)
    for shown in (net, trace, history):
        Structure(shown._repr_html_())
        latex = shown._repr_latex_()
        assert latex.startswith("$$")
        assert latex.endswith("$$")
        assert latex.count("{") == latex.count("}")
    assert "polyline" in history._repr_html_()
    assert "polyline" not in cr.History()._repr_html_()
    assert r"W^{(1)}" in net._repr_latex_()
