"""How a wheel of chainrule is built: hatchling's way, after the playground's page.

An editable installation has no page: `make play` builds it there.
"""

from __future__ import annotations

from typing import Any

import page
from hatchling import build
from hatchling.build import build_editable, build_sdist, get_requires_for_build_editable, get_requires_for_build_sdist

__all__ = [
    "build_editable",
    "build_sdist",
    "build_wheel",
    "get_requires_for_build_editable",
    "get_requires_for_build_sdist",
    "get_requires_for_build_wheel",
]


def get_requires_for_build_wheel(config_settings: dict[str, Any] | None = None) -> list[str]:
    """hatchling's, and a Node if the machine has none."""
    return build.get_requires_for_build_wheel(config_settings) + ([] if page.npm_command() else [page.WHEEL])


def build_wheel(
    wheel_directory: str, config_settings: dict[str, Any] | None = None, metadata_directory: str | None = None
) -> str:
    """The wheel, with the page in it."""
    page.build()
    return build.build_wheel(wheel_directory, config_settings, metadata_directory)
