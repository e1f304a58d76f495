"""The modules of docs/ are imported as `docs/generate.py` imports them: by their own names."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "docs"))
