"""What holds for every test: hypothesis times nothing, because a test that fails on a slow machine says nothing.

Ctrl-C is heard: a shell that runs the tests in the background has it ignored, by them and by what they start.

The modules of docs/ are imported as `docs/generate.py` imports them, by their own names.
"""

import signal
import sys
from pathlib import Path

from hypothesis import settings

signal.signal(signal.SIGINT, signal.default_int_handler)
settings.register_profile("chainrule", deadline=None)
settings.load_profile("chainrule")
sys.path.insert(0, str(Path(__file__).parents[1] / "docs"))
