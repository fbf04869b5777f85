"""Scripts under an address that changes when any of them does.

Modules import one another by relative paths, which carry no digest of their own; with the digest of all scripts in the
path, browsers keep every one of them and ask for none again, so a room that opens its papers fetches pages only.
"""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from pathlib import Path, PurePosixPath

from flask import Flask, current_app, send_from_directory, url_for
from werkzeug.wrappers import Response

from examsite.access.guard import public

_IMPORT = re.compile(r"""^import\b[^"';]*["'](\.{1,2}/[^"']+)["']""", re.MULTILINE)


def register(app: Flask) -> None:
    """Give the application the address of its scripts."""
    app.add_url_rule("/static/js-<digest>/<path:filename>", "scripts", send_script)
    app.jinja_env.globals.update(script_urls=script_urls)


@public
def send_script(digest: str, filename: str) -> Response:
    """One script.  A page of an earlier release gets the present one, and is not told to keep it."""
    response: Response = send_from_directory(_folder(), filename)
    kept = digest == _digest(_folder())
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if kept else "public, no-cache"
    return response


def script_url(filename: str) -> str:
    """The address of a file under static/js/."""
    return url_for("scripts", digest=_digest(_folder()), filename=filename)


def script_urls(filename: str) -> list[str]:
    """The addresses of a module and of all that it imports, for browsers to fetch ahead."""
    return [script_url(name) for name in _imports(_folder(), filename)]


def _folder() -> str:
    return str(Path(str(current_app.static_folder)) / "js")


@lru_cache(maxsize=8)
def _digest(folder: str) -> str:
    whole = hashlib.sha256()
    for path in sorted(Path(folder).rglob("*.js")):
        whole.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return whole.hexdigest()[:10]


@lru_cache(maxsize=32)
def _imports(folder: str, filename: str) -> tuple[str, ...]:
    found = [filename]
    for name in found:  # grows while it is walked
        text = (Path(folder) / name).read_text(encoding="utf-8")
        for relative in _IMPORT.findall(text):
            inside = _resolved(PurePosixPath(name).parent, relative)
            if inside not in found:
                found.append(inside)
    return tuple(found)


def _resolved(folder: PurePosixPath, relative: str) -> str:
    parts = list(folder.parts)
    for part in PurePosixPath(relative).parts:
        if part == "..":
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)
