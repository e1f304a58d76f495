"""Section 4 of the report, for real: its sentences one by one, with what the studies found. `render()` makes the page.

Everything that is said stands in docs/studies/, a file for each study: what `make studies` wrote. To renew them and the
pictures: `make studies`, then `python docs/section_4.py studies`. A sentence whose studies have not been run is left
out.
"""

import json
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import section_4_claims  # noqa: F401  # its sentences join the list, as do those of the next
import section_4_discussion  # noqa: F401
from section_4_entries import ENTRIES

from chainrule.experiments import studies

HERE = Path(__file__).parent
STUDIES = HERE / "studies"
IMAGES = HERE / "images"
HEAD = """# Section 4 of the report, answered

The report discusses what it did not do: vanishing gradients and what cures them, and optimizers beyond momentum. Here
its sentences stand one by one, those of section 4 and what sections 2 and 3 say of convergence, each with what was
found by training many networks. Brackets hold 95 % intervals over seeds. [The whole report, checked](report-checked.md)
has what can be settled without training; `chainrule study NAME` makes the page and the pictures of a study anew.
"""


def read() -> dict[str, dict[str, Any]]:
    """The results of every study that is kept."""
    files = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(STUDIES.glob("*.json"))}
    return {name: files[name] for name in studies.names() if name in files}


def render(kept: Mapping[str, Mapping[str, Any]]) -> str:
    """The page, from what `read` gives."""
    parts, section = [HEAD], ""
    for one in sorted(ENTRIES, key=lambda one: one.section):
        if not all(name in kept for name in one.needs):
            continue
        if one.section != section:
            section = one.section
            parts.append(f"## Section {section}\n")
        verdict, text = one.judge(*(kept[name]["results"] for name in one.needs))
        parts.append(f"### “{one.says}”\n\n**{verdict.words}.** {text}\n")
        parts += [f"![{study}: {name}](images/{study}-{name}.png)\n" for study, name in one.pictures]
    parts.append("## What each study answers\n")
    for name, file in kept.items():
        parts.append(f"### {file['title']}\n\n{file['question']} (`chainrule study {name}`)\n")
        parts.append("\n".join(f"- {sentence}" for sentence in answer(name, file)) + "\n")
    return "\n".join(parts).rstrip() + "\n"


def answer(name: str, file: Mapping[str, Any]) -> list[str]:
    """The answer of a study, anew from the results that are kept."""
    return studies.study_class(name).answer(file["results"])


def keep(folder: Path) -> None:
    """Take over what `make studies` wrote: the results of every study, and the pictures that the page shows."""
    STUDIES.mkdir(exist_ok=True)
    for name in studies.names():
        if (folder / name / "results.json").exists():
            shutil.copyfile(folder / name / "results.json", STUDIES / f"{name}.json")
    for one in ENTRIES:
        for study, picture in one.pictures:
            if (folder / study / f"{picture}.png").exists():
                shutil.copyfile(folder / study / f"{picture}.png", IMAGES / f"{study}-{picture}.png")


def refresh() -> None:
    """Write the texts of the kept files anew, where their study has been reworded: the results stay as they are."""
    for name, file in read().items():
        study = studies.get(name, **{key: as_setting(value) for key, value in file["settings"].items()})
        texts = {
            "title": study.title,
            "question": study.question,
            "method": study.method(),
            "answer": answer(name, file),
        }
        (STUDIES / f"{name}.json").write_text(
            json.dumps({**file, **texts}, indent=2, allow_nan=False) + "\n", encoding="utf-8"
        )


def as_setting(value: Any) -> Any:
    """A setting as the study has it: JSON knows no tuples."""
    return tuple(value) if isinstance(value, list) else value


if __name__ == "__main__":
    if len(sys.argv) > 1:
        keep(Path(sys.argv[1]))
    refresh()
    Path(__file__).with_name("section-4.md").write_text(render(read()), encoding="utf-8")
