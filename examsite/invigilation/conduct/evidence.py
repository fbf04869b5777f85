"""Files that prove something: photographs and PDF, told apart by their content, not by their names."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePath

from flask_babel import gettext as _
from PIL import Image, UnidentifiedImageError

from examsite.errors import Invalid

MAX_FILES = 6
MAX_BYTES = 8 * 1024 * 1024
MAX_PIXELS = 50_000_000
FORMS = {"JPEG": ("image/jpeg", "jpg"), "PNG": ("image/png", "png")}
PDF = ("application/pdf", "pdf")


class BadEvidence(Invalid):
    """A file that is neither a photograph nor a PDF, or too large."""

    code = "bad-evidence"


@dataclass(frozen=True)
class Evidence:
    """One file as it was sent: kept whole, because a photograph's own data is part of what it proves."""

    name: str
    media_type: str
    content: bytes

    @cached_property
    def digest(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def read(name: str, content: bytes) -> Evidence:
    """The evidence in a file.  Raises BadEvidence, which says what to do."""
    shown = PurePath(name.replace("\\", "/")).name[-100:] or "evidence"
    if len(content) > MAX_BYTES:
        raise BadEvidence(_("%(name)s is larger than 8 MiB. Make it smaller.", name=shown))
    media_type, _extension = _type_of(shown, content)
    return Evidence(shown, media_type, content)


def _type_of(name: str, content: bytes) -> tuple[str, str]:
    if content.startswith(b"%PDF-") and b"%%EOF" in content[-2048:]:
        return PDF
    try:
        with Image.open(io.BytesIO(content), formats=tuple(FORMS)) as picture:
            width, height = picture.size
            form = picture.format or ""
            if width * height <= MAX_PIXELS:
                picture.verify()
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise BadEvidence(_("%(name)s is no photograph (JPEG, PNG) and no PDF.", name=name)) from error
    if width * height > MAX_PIXELS:
        raise BadEvidence(_("%(name)s has too many pixels. Make it smaller.", name=name))
    return FORMS[form]
