"""The modules of docs/ that draw networks and worked examples are used here too."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "docs"))
