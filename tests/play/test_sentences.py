"""Whatever Python says to a reader of the page has its translation: the page's own code is asked for it."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from chainrule.formulas.activations import Activation
from chainrule.formulas.initializers import Initializer
from chainrule.formulas.losses import Loss
from chainrule.formulas.normalizations import Normalization
from chainrule.formulas.optimizers import Optimizer
from chainrule.formulas.schedules import Schedule
from chainrule.play.choices import FIELDS
from chainrule.play.parameters import SCHEDULES
from tests.play import sentences

FRONTEND = Path(__file__).parents[2] / "frontend"
VITEST = FRONTEND / "node_modules" / "vitest" / "vitest.mjs"
FAMILIES = (Activation, Initializer, Loss, Normalization, Optimizer, Schedule)
SAME = """
dropout epoch sigmoid softmax SciPy SGD BFGS LBFGS Latin UTF NUL JSON Content-Type application json ONNX onnx
python pip install safetensors csv tsv base64 Origin chainrule predict Network fit resume_from derive
dropout_key true false dtype Content Type inf nan NaN None True False Huber Poisson log cosh rate bool str list
dict int float NoneType sign
"""
"""Words that are the same in both languages."""


def names() -> list[str]:
    """What formulas, settings and their options are called in code, which no language changes."""
    options = [option for field in FIELDS.values() for option in field.options or ()]
    settings = [fields for field in FIELDS.values() for fields in (field.parameters or {}).values()]
    parameters = [each.name for fields in settings for each in fields]
    classes = [member.__name__ for family in FAMILIES for member in family.family.values()]
    words = {*SAME.split(), *FIELDS, *options, *parameters, *classes, *SCHEDULES}
    return sorted({word.lower() for word in words})


@pytest.mark.long
@pytest.mark.filterwarnings("ignore:.*:RuntimeWarning")
def test_every_sentence_has_its_translation(tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None or not VITEST.exists():
        assert os.environ.get("CI") != "true", "CI needs Node and `npm ci` in frontend/ for the page's tests"
        pytest.skip("the page's tests need Node and `npm ci` in frontend/")
    said = {
        "derivations": sorted(set(sentences.of_derivations())),
        "settings": sorted(set(sentences.of_settings())),
        "files": sorted(set(sentences.of_files())),
        "code": sorted(set(sentences.written_in_code())),
    }
    assert all(len(each) > 15 for each in said.values())
    cases = tmp_path / "sentences.json"
    cases.write_text(json.dumps({"said": said, "names": names()}), encoding="utf-8")
    environment = {**os.environ, "CHAINRULE_SENTENCES": str(cases)}
    command = [node, str(VITEST), "run", "test/sentences.test.ts"]
    done = subprocess.run(command, cwd=FRONTEND, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "skipped" not in done.stdout
