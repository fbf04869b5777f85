"""Typst, fed with data: a template of ours reads one JSON file, so no text of a question is ever source.

Fonts come from a package; nothing is fetched and no font of the machine is used, so the same data give the same bytes.
"""

from __future__ import annotations

import base64
import io
import json
import subprocess
import sys
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any, Literal

from PIL import Image

from examsite.errors import Broken

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
#: What every template may import.
SHARED = ("common.typ",)
LONGEST_SECONDS = 300
#: Of a picture on a page, in pixels of 1/96 inch: larger ones are made smaller.
WIDEST, HIGHEST = 600, 380

#: A file of two hundred papers takes gigabytes while it is made: one at a time in a worker.
_one_at_a_time = Lock()


class CannotPrint(Broken):
    """The template met data that it can't set, or took too long."""

    code = "cannot-print"


def pdf(template: str, data: Mapping[str, Any], pictures: Mapping[str, bytes] | None = None) -> bytes:
    """A4 pages of a template ("paper", "sheet", "keys") over this data.

    pictures: files that the data name by the digest of their bytes.  Raises CannotPrint.
    """
    return pressed(_files(template, data, pictures or {}), "pdf")[0]


def images(
    template: str, data: Mapping[str, Any], pictures: Mapping[str, bytes] | None = None
) -> list[bytes]:
    """The same pages as PNG, to be looked at."""
    return pressed(_files(template, data, pictures or {}), "png")


def pressed(files: Mapping[str, str], form: Literal["pdf", "png"]) -> list[bytes]:
    """Run typst over these files ("main" first) in a process of its own.  Raises CannotPrint."""
    job = json.dumps({"files": files, "form": form}).encode()
    command = [sys.executable, "-m", "examsite.planning.printing.press"]
    try:
        with _one_at_a_time:
            done = subprocess.run(
                command,
                input=job,
                capture_output=True,
                cwd=ROOT,
                # Nothing of this process: it holds the site's secrets.
                env={},
                timeout=LONGEST_SECONDS,
                check=False,
            )
    except subprocess.TimeoutExpired as error:
        raise CannotPrint(f"typst took longer than {LONGEST_SECONDS} seconds") from error
    if done.returncode:
        raise CannotPrint(done.stderr.decode(errors="replace")[-2000:])
    return [base64.b64decode(one) for one in json.loads(done.stdout)]


def _files(template: str, data: Mapping[str, Any], pictures: Mapping[str, bytes]) -> dict[str, str]:
    files = {"main": _source(f"{template}.typ"), **{name: _source(name) for name in SHARED}}
    files |= {f"picture-{digest}.svg": _as_text(content) for digest, content in pictures.items()}
    return {**files, "data.json": json.dumps({**data, "pictures": sorted(pictures)}, ensure_ascii=False)}


def _as_text(picture: bytes) -> str:
    """A picture inside an SVG: typst takes files from memory only as text, and none is written to a disk."""
    if picture.startswith(b"<"):
        return picture.decode()
    with Image.open(io.BytesIO(picture)) as opened:
        width, height = opened.size
        media = Image.MIME[opened.format or "PNG"]
    data = base64.b64encode(picture).decode()
    scale = min(1, WIDEST / width, HIGHEST / height)
    size = f'width="{round(width * scale)}" height="{round(height * scale)}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {width} {height}">'
        f'<image width="{width}" height="{height}" href="data:{media};base64,{data}"/></svg>'
    )


@lru_cache(maxsize=8)
def _source(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")
