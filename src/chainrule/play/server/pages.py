"""The files of the page, read once when the server starts: an address is looked up among them and is never a path.

So there is nothing to climb out of: an address that is not one of these files is unknown, whatever it is made of.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

__all__ = ["FOLDER", "File", "missing", "read"]

FOLDER = Path(__file__).parents[1] / "static"
INDEX = "index.html"
TYPES = {".js": "text/javascript", ".css": "text/css", ".html": "text/html", ".svg": "image/svg+xml"}
"""What a machine's own tables may have otherwise."""


@dataclass(frozen=True)
class File:
    """A file of the page."""

    name: str
    content: bytes

    @cached_property
    def etag(self) -> str:
        """What changes with its content."""
        return f'"{hashlib.sha256(self.content).hexdigest()[:32]}"'

    @cached_property
    def compressed(self) -> bytes:
        """Its content for a client that takes gzip."""
        return gzip.compress(self.content, 6, mtime=0)

    @property
    def kind(self) -> str:
        """Its media type."""
        kind = TYPES.get(Path(self.name).suffix) or mimetypes.guess_type(self.name)[0] or "application/octet-stream"
        return f"{kind}; charset=utf-8" if kind.startswith("text/") else kind

    def answer(self, request: Request) -> Response:
        """The file, or 304 if the client has it. Files under assets/ have their content's hash in their name."""
        keep = "private, max-age=31536000, immutable" if self.name.startswith("assets/") else "private, no-cache"
        headers = {"etag": self.etag, "cache-control": keep, "vary": "accept-encoding"}
        if request.headers.get("if-none-match") == self.etag:
            return Response(status_code=304, headers=headers)
        if "gzip" in request.headers.get("accept-encoding", "") and len(self.content) > 1000:
            headers["content-encoding"] = "gzip"
            return Response(self.compressed, headers=headers, media_type=self.kind)
        return Response(self.content, headers=headers, media_type=self.kind)


def read(folder: Path | None = None) -> Mapping[str, File]:
    """Every file in the folder by its address, such as "/assets/a.js"; "/" is index.html. Links are not followed."""
    folder, found = folder or FOLDER, {}
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        links = any((folder / part).is_symlink() for part in [inside, *inside.parents[:-1]])
        if path.is_file() and not links:
            file = File(inside.as_posix(), path.read_bytes())
            found["/" + ("" if file.name == INDEX else file.name)] = file
    return found


def missing(folder: Path | None = None) -> str:
    """What to do if the page is not built; nothing to do if it is."""
    if ((folder or FOLDER) / INDEX).is_file():
        return ""
    return "the page of the playground is not built; in a clone of the repository, `make play` builds it and starts it"
