"""Pictures that a text brings along: found by address, checked, counted, and named by the SHA-256 of their bytes."""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import posixpath
import re
import warnings
from collections.abc import Mapping
from urllib.parse import unquote

from PIL import Image

from question_bank.formats.limits import MIB
from question_bank.formats.unsupported import Unsupported

#: So large may one picture be, in bytes and in pixels a side; so many a file may bring.
LARGEST = 2 * MIB
LONGEST_SIDE = 2_000
MOST = 2_000
ALL_TOGETHER = 64 * MIB

_DATA = re.compile(r"data:image/[a-z+.-]{1,20};base64,", re.IGNORECASE)
_SUFFIXES = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpg"}


class Media:
    """What pictures a file holds and which of them its texts have named so far."""

    def __init__(self, files: Mapping[str, bytes] | None = None) -> None:
        self.files = dict(files or {})
        self.found: dict[str, bytes] = {}
        self.base = ""
        self.used: set[str] = set()
        self._total = 0

    def inside(self, files: Mapping[str, bytes]) -> None:
        """From here on, addresses mean these files (of one question)."""
        self.files = dict(files)

    def reference(self, address: str, words: str) -> str:
        """`![words](picture:DIGEST)` of the picture at this address.  Raises Unsupported with the reason."""
        content = self._bytes_at(address.strip())
        digest = hashlib.sha256(content).hexdigest()
        if digest not in self.found:
            _check(content)
            self._total += len(content)
            if len(self.found) >= MOST or self._total > ALL_TOGETHER:
                raise Unsupported("too-many-pictures", "文件中的图片过多。请拆分成几个文件。")
            self.found[digest] = content
        plain = re.sub(r"[\[\]\s]+", " ", words).strip()[:200]
        return f"![{plain or '图'}](picture:{digest})"

    def keep_only(self, digests: set[str]) -> None:
        """Forget the pictures of questions that were not taken in."""
        self.found = {digest: content for digest, content in self.found.items() if digest in digests}

    def _bytes_at(self, address: str) -> bytes:
        if match := _DATA.match(address):
            return decoded(address[match.end() :])
        if address.startswith("@@PLUGINFILE@@/"):
            name = unquote(address.removeprefix("@@PLUGINFILE@@/").partition("?")[0])
            content = self.files.get(name) or self.files.get(posixpath.basename(name))
        elif re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*:|//", address):
            raise Unsupported("picture-elsewhere", "图片在别的网站上，不能随文件导入。请把图片放进文件。")
        else:
            path = posixpath.normpath(posixpath.join(self.base, unquote(address.partition("?")[0])))
            content = self.files.get(path)
            self.used.add(path)
        if content is None:
            raise Unsupported("picture-missing", f"文件中没有图片 {address[:80]}。请补上图片。")
        return content


def decoded(text: str) -> bytes:
    """The bytes of base64.  Raises Unsupported where it is broken or too big."""
    if len(text) > LARGEST * 3 // 2:
        raise Unsupported("picture-too-big", f"图片超过 {LARGEST // MIB} MB。请压缩后重新导入。")
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Unsupported("picture-broken", "内嵌图片的编码已损坏。请重新导出文件。") from error


def suffix_of(content: bytes) -> str:
    """png, jpg or webp by the first bytes; "" where it is another kind."""
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "webp"
    return next((suffix for magic, suffix in _SUFFIXES.items() if content.startswith(magic)), "")


def _check(content: bytes) -> None:
    if not suffix_of(content):
        raise Unsupported("picture-kind", "图片不是 PNG、JPEG 或 WebP。请另存为 PNG 后重新导入。")
    if len(content) > LARGEST:
        raise Unsupported("picture-too-big", f"图片超过 {LARGEST // MIB} MB。请压缩后重新导入。")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of its size, which is looked at next
            with Image.open(io.BytesIO(content), formats=("PNG", "JPEG", "WEBP")) as image:
                width, height = image.size
    except Exception as error:  # the library fails in many ways on what is no picture
        raise Unsupported("picture-broken", "图片已损坏。请重新插入。") from error
    if max(width, height) > LONGEST_SIDE:
        raise Unsupported(
            "picture-too-big",
            f"图片有 {width} × {height} 像素，超过 {LONGEST_SIDE} 像素。请缩小后重新导入。",
        )
