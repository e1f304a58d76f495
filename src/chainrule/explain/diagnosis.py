"""What was found wrong: the mistake, where, the evidence, the right line beside the wrong one, and how to mend it."""

from __future__ import annotations

import html
import textwrap
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from chainrule.explain.mistakes import MISTAKES

__all__ = ["Diagnosis", "Finding", "finding"]

WIDTH = 100


@dataclass(frozen=True)
class Finding:
    """One mistake.

    Attributes:
        mistake: its number in the catalogue; None if none explains the numbers.
        name: what it is called.
        layer: the first wrong layer, counted from 1 and met from the output down; None if it is in no layer.
        layers: all layers in which it is made, from the output down.
        message: the mistake in one sentence.
        right: the line as it should be.
        wrong: the line that gives these numbers.
        effect: what it does to training.
        mend: what to change.
        alternatives: other mistakes that give the same numbers here.
    """

    mistake: int | None
    name: str
    layer: int | None
    message: str
    layers: tuple[int, ...] = ()
    right: str = ""
    wrong: str = ""
    effect: str = ""
    mend: str = ""
    alternatives: tuple[int, ...] = ()


def finding(
    mistake: int,
    *,
    layers: Iterable[int] = (),
    detail: str = "",
    right: str = "",
    wrong: str = "",
    alternatives: Iterable[int] = (),
) -> Finding:
    """The finding of a mistake of the catalogue, in these layers (from 1)."""
    known, layers = MISTAKES[mistake], tuple(sorted(set(layers), reverse=True))
    where = f"layer{'s' if len(layers) > 1 else ''} {', '.join(map(str, layers))}: " if layers else ""
    message = f"{where}{known.name} (mistake {mistake})"
    message += f": {detail}" if detail else ""
    others = tuple(dict.fromkeys(number for number in alternatives if number != mistake))
    return Finding(
        mistake=mistake,
        name=known.name,
        layer=layers[0] if layers else None,
        layers=layers,
        message=message[0].upper() + message[1:] + ".",
        right=right,
        wrong=wrong,
        effect=known.effect,
        mend=known.mend,
        alternatives=others,
    )


@dataclass(frozen=True)
class Diagnosis:
    """The verdict. `str` and notebooks show it in full.

    Attributes:
        findings: what is wrong, from the output down; empty if nothing is.
        before: how far the numbers are from the right ones, relative to the size of their tensor; None if one is NaN.
        after: how far they are from those that the findings give; None if there is no explanation, or none is needed.
        notes: what cannot be told, and what is worth knowing.
    """

    findings: tuple[Finding, ...] = ()
    before: float | None = 0.0
    after: float | None = None
    notes: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings

    def __str__(self) -> str:
        lines = ["Right." if self.ok else f"Wrong: {len(self.findings)} {noun(len(self.findings))}."]
        if self.ok:
            lines.append(f"The numbers agree with the right ones to {self.before:.1e} of their size.")
        for number, found in enumerate(self.findings, 1):
            lines += ["", *wrapped(f"{number}. ", found.message)]
            for label, text in (("should be", found.right), ("but is", found.wrong)):
                lines += [f"   {label + ':':<11}{text}"] if text else []
            for label, text in (("effect", found.effect), ("mend", found.mend)):
                lines += wrapped(f"   {label + ':':<11}", text) if text else []
            if found.alternatives:
                names = " or ".join(f"{MISTAKES[other].name} (mistake {other})" for other in found.alternatives)
                lines += wrapped("   or:        ", f"the same numbers come of {names}")
        if not self.ok and self.after is not None:
            lines += [
                "",
                *wrapped(
                    "Evidence: ",
                    f"off by {self.before:.1e} of their size from the right numbers, by {self.after:.1e} from those of "
                    "a backward pass made this way.",
                ),
            ]
        elif not self.ok and self.before:
            lines += ["", f"Evidence: off by {self.before:.1e} of their size from the right numbers."]
        lines += [line for note in self.notes for line in ["", *wrapped("Note: ", note)]]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"

    def _repr_latex_(self) -> str:
        from chainrule.explain.write_latex import escaped

        lines = (rf"\text{{{escaped(line)}}}" for line in str(self).splitlines())
        return r"$$\begin{array}{l} " + r" \\ ".join(lines) + r" \end{array}$$"

    def to_json(self) -> dict[str, Any]:
        """The same as plain values."""
        return {"ok": self.ok, **asdict(self)}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Diagnosis:
        """What `to_json` was made of."""
        findings = [
            Finding(**{**each, "layers": tuple(each["layers"]), "alternatives": tuple(each["alternatives"])})
            for each in values["findings"]
        ]
        return cls(tuple(findings), values["before"], values["after"], tuple(values["notes"]))


def noun(count: int) -> str:
    """One mistake, two mistakes."""
    return "mistake" if count == 1 else "mistakes"


def wrapped(head: str, text: str) -> list[str]:
    """Text after a head, in lines that are indented to begin below each other."""
    return textwrap.wrap(text, WIDTH, initial_indent=head, subsequent_indent=" " * len(head), break_long_words=False)
