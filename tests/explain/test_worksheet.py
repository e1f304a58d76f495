"""A worksheet shows what is given and no result; its solution shows every result."""

import re

import chainrule as cr
from chainrule.explain.command import made
from tests.explain.test_render import Structure


def sheet(seed: int = 0) -> cr.Derivation:
    return made("2-3-1", seed=seed, rounded=True, learning_rate=0.5, momentum=0.9, precision=4)


def test_the_worksheet_tells_no_result() -> None:
    derivation = sheet()
    html = derivation.make_worksheet()
    Structure(html)
    results = {f"{value:.4g}" for step in derivation.steps for value in step.result.flat}
    given = {f"{value:.4g}" for value in (*derivation.trace.theta, *derivation.trace.X.flat, 0.0, 1.0, 0.5, 0.9)}
    told = set(re.findall(r">(−?[\d.]+(?:·10[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+)?)<", html))
    assert {number.replace("−", "-") for number in told} & (results - given) == set()
    assert "Proof" not in html
    titles = {float(title) for title in re.findall(r'title="(-?[\d.e-]+)"', html)}
    assert titles <= {*derivation.trace.theta.tolist(), *derivation.trace.X.ravel().tolist(), 0.0, 1.0, 0.5, 0.9}
    assert html.count('class="blank"') == sum(step.result.size for step in derivation.steps)
    assert "Name: ___" in html


def test_the_solution_tells_every_result() -> None:
    derivation = sheet()
    html = derivation.make_worksheet(solution=True)
    Structure(html)
    assert 'class="blank"' not in html
    for step in derivation.steps:
        for value in step.result.flat:
            assert f'title="{float(value)!r}"' in html
    assert "✓ They agree" in html


def test_each_student_has_their_own() -> None:
    assert sheet(1).make_worksheet() == sheet(1).make_worksheet()
    assert sheet(1).make_worksheet() != sheet(2).make_worksheet()


def test_weights_are_easy_to_compute_with() -> None:
    theta = sheet().trace.theta
    assert (theta == theta.round(2)).all()
    assert (made("2-3-1").trace.theta != theta).any()
