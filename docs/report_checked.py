r"""Every formula and claim of the report, in its order, with a verdict: `render()` makes the page report-checked.md.

The entries are in `checked`, a file a section. A formula stands there once, as printed: the text that the page shows is
the text that is evaluated. Every other number on the page is computed when the page is made.
"""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from checked import backpropagation, discussion, results, setups
from checked.verdicts import (
    CONDITION,
    ELSEWHERE,
    GARBLED,
    OPINION,
    RIGHT,
    SEEDS,
    WRONG,
    Claim,
    Entry,
    Link,
    Verdict,
    red,
)

SECTIONS = [*setups.SECTIONS, *backpropagation.SECTIONS, *results.SECTIONS, *discussion.SECTIONS]
ENTRIES = {entry.id: entry for section in SECTIONS for entry in section.entries}

HEAD = r"""# The report, checked

The report is a student's homework of March 2019, “DL HW1”. It derives backpropagation for a small network, programs
it, and tries it on a linear and an XOR data set; chainrule grew out of it. This page goes through it from the first
line to the last: every formula and every claim, with a verdict, what is right where the report is not, and the test
that checks the entry.

SUMMARY

Our copy of the report was read by a machine. “Wrong as printed” means wrong in this copy; where the machine may have
erred rather than the author, the entry says so.

**How a formula is checked.** It is evaluated as it stands on this page, entry by entry, on SEEDS networks 2-3-1 with
random weights, biases and samples. The result is held against two others: the package's
[backprop.py](../src/chainrule/backprop.py), and a forward pass written anew in plain loops, with every derivative taken
by central differences of fourth order ([printed_formula.py](checked/printed_formula.py)). “Right” means within 1e-7 of
both on every network. Otherwise the page says how far off it is, in percent of the largest entry of the true matrix,
from the network where it is least to the one where it is most. What is given as right has passed the same check.

**How a claim is checked.** A function computes what it says ([checked/](checked/)), and all figures here come from
these functions. Where the figures do not bear a verdict out, the page cannot be made.

| verdict | meaning | entries |
|---|---|---:|
LEGEND

An entry is numbered by the report's section and a count. To run the test of one (without the brackets: of all):

```sh
python -m pytest "tests/docs/test_report_checked.py::test_entry[EXAMPLE]"
```

**Notation.** The formulas are in the report's own symbols: $a^{(i)}$ goes into the activation of layer i,
$\hat a^{(i)}$ comes out of it, $\hat a^{(0)}$ is the input, $w^{(i)}$ and $b^{(i)}$ are the weights and biases between
layers i − 1 and i, and $dx$ is $\partial L / \partial x$. Everywhere else in this project, what the report calls $a$
is z, and its $\hat a$ is a: see [notation.md](notation.md). In a formula, what is wrong is red, and dots stand for what
the copy has lost.
"""


def render() -> str:
    """The page, as Markdown for GitHub."""
    verdicts = Counter(entry.finding[0] for entry in ENTRIES.values())
    legend = "\n".join(f"| {verdict.words} | {verdict.meaning} | {verdicts[verdict]} |" for verdict in Verdict)
    example = next(entry.id for entry in ENTRIES.values() if entry.finding[0] is WRONG and isinstance(entry, Link))
    head = HEAD.replace("SUMMARY", summary(verdicts)).replace("LEGEND", legend)
    parts = [head.replace("SEEDS", str(len(SEEDS))).replace("EXAMPLE", example)]
    for section in SECTIONS:
        parts.append(f"## {section.title}\n")
        for title, group in groupby(section.entries, lambda entry: entry.title if isinstance(entry, Link) else ""):
            entries = list(group)
            parts.append(formula(title, entries) if title else table("the report", entries))
    ids = {entry.check.__name__: entry.id for entry in ENTRIES.values() if isinstance(entry, Claim)}
    return re.sub(r"§(\w+)§", lambda match: ids[match[1]], "\n".join(parts)).rstrip() + "\n"


def table(said: str, entries: Sequence[Entry]) -> str:
    """The verdicts on these entries, with a column for what is said if it has a name."""
    columns = ["", *([said] if said else []), "verdict", "what is right", "test"]
    rows = [columns, ["---"] * len(columns)]
    for entry in entries:
        verdict, text = entry.finding
        rows.append([entry.id, *([entry.says] if said else []), verdict.words, text, entry.tests])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows) + "\n"


def formula(title: str, entries: Sequence[Entry]) -> str:
    """A formula as printed, each "=" with its number, and the table of the verdicts."""
    links = [entry for entry in entries if isinstance(entry, Link)]
    wrong = {link.left for link in links if link.left_fix}
    lines, previous = [], ""
    for link in links:
        left = red(link.left) if link.left in wrong else link.left
        lines.append(rf"{left if left != previous else ''} &= {link.shown()} && \text{{{link.id}}}")
        previous = left
    block = " \\\\\n".join(line.strip() for line in lines)
    return f"### {title}\n\n```math\n\\begin{{aligned}}\n{block}\n\\end{{aligned}}\n```\n\n{table('', entries)}"


def summary(verdicts: Counter[Verdict]) -> str:
    """The count of the verdicts, in words."""
    of_links = Counter(entry.finding[0] for entry in ENTRIES.values() if isinstance(entry, Link))
    of_claims = verdicts - of_links
    return (
        f"Of {of_links.total()} equations, **{of_links[RIGHT]} are right, {of_links[WRONG]} are wrong as printed**, "
        f"{of_links[CONDITION]} are right under a condition, and {of_links[GARBLED]} cannot be read in our copy. Of "
        f"{of_claims.total()} claims in words, **{of_claims[RIGHT]} are right, {of_claims[CONDITION]} are right under "
        f"a condition or in one reading, {of_claims[WRONG]} are wrong**, {of_claims[ELSEWHERE]} are checked by running "
        f"the experiments, {of_claims[OPINION]} are opinions, settings or plans, and {of_claims[GARBLED]} cannot be "
        "read."
    )


if __name__ == "__main__":
    Path(__file__).with_name("report-checked.md").write_text(render(), encoding="utf-8")
