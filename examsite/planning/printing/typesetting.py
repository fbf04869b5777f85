"""Typst, fed with data: a template of ours reads one JSON file, so no text of a question is ever source.

Fonts come from a package; nothing is fetched and no font of the machine is used, so the same data give the same bytes.
"""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import pylopdf_fonts_zh_cn
import typst
from PIL import Image

from examsite.errors import Broken

HERE = Path(__file__).resolve().parent
#: What every template may import.
SHARED = ("common.typ",)


class CannotPrint(Broken):
    """The template met data that it can't set."""

    code = "cannot-print"


def pdf(template: str, data: Mapping[str, Any], pictures: Mapping[str, bytes] | None = None) -> bytes:
    """A4 pages of a template ("paper", "sheet", "keys") over this data.

    pictures: files that the data name by the digest of their bytes.  Raises CannotPrint.
    """
    return _compiled(template, data, pictures or {}, "pdf", None)[0]


def images(
    template: str, data: Mapping[str, Any], pictures: Mapping[str, bytes] | None = None
) -> list[bytes]:
    """The same pages as PNG, to be looked at."""
    return _compiled(template, data, pictures or {}, "png", 80.0)


def _compiled(
    template: str,
    data: Mapping[str, Any],
    pictures: Mapping[str, bytes],
    form: Literal["pdf", "png"],
    dots: float | None,
) -> list[bytes]:
    files: dict[str, bytes] = {"main": _source(f"{template}.typ")}
    files |= {name: _source(name) for name in SHARED}
    files |= {f"picture-{digest}.svg": _as_text(content) for digest, content in pictures.items()}
    files["data.json"] = json.dumps({**data, "pictures": sorted(pictures)}, ensure_ascii=False).encode()
    try:
        made: Any = typst.compile(files, font_paths=fonts(), format=form, ppi=dots, pdf_tags=False)
    except typst.TypstError as error:
        raise CannotPrint(str(error)) from error
    return list(made) if isinstance(made, list) else [made]


def _as_text(picture: bytes) -> bytes:
    """A picture inside an SVG: files in memory must be text, and none is written to a disk."""
    if picture.startswith(b"<"):
        return picture
    with Image.open(io.BytesIO(picture)) as opened:
        width, height = opened.size
        media = Image.MIME[opened.format or "PNG"]
    data = base64.b64encode(picture).decode()
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
        f'<image width="{width}" height="{height}" href="data:{media};base64,{data}"/></svg>'
    ).encode()


@lru_cache(maxsize=8)
def _source(name: str) -> bytes:
    return (HERE / name).read_bytes()


@lru_cache(maxsize=1)
def fonts() -> Any:
    """The Chinese fonts of the package, and those for formulas that typst carries itself."""
    folder = Path(pylopdf_fonts_zh_cn.__file__).parent
    return typst.Fonts(font_paths=[str(folder)], include_system_fonts=False)
