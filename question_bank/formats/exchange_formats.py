"""The exchange formats of other examination systems, as entries of the registry of formats."""

from __future__ import annotations

import io
import re
import zipfile

from question_bank.formats import aiken
from question_bank.formats.containers import ZIP_MAGIC, extension
from question_bank.formats.format import Format
from question_bank.formats.gift import reading as gift
from question_bank.formats.gift import writing as gift_writing
from question_bank.formats.moodle import reading as moodle
from question_bank.formats.moodle import writing as moodle_writing
from question_bank.formats.qti import reading as qti
from question_bank.formats.qti.writing import WRITERS

_HEAD = 64 * 1024
_GIFT = re.compile(rb"(?<!\\)\{[^{}]{0,20000}\}|^\$CATEGORY:|^::", re.MULTILINE)
_MANIFEST = "imsmanifest.xml"


def _is_moodle(name: str, data: bytes) -> bool:
    return re.search(rb"<quiz[\s>]", data[:_HEAD]) is not None and not data.startswith(ZIP_MAGIC)


def _is_gift(name: str, data: bytes) -> bool:
    return _is_text(name, data) and _GIFT.search(data[:_HEAD]) is not None


def _is_aiken(name: str, data: bytes) -> bool:
    return _is_text(name, data) and aiken.recognises(name, data)


def _is_text(name: str, data: bytes) -> bool:
    return extension(name) in ("", "txt", "gift") and b"\x00" not in data[:_HEAD] and data[:1] != b"<"


def _is_qti12(name: str, data: bytes) -> bool:
    return b"questestinterop" in data[:_HEAD] or any(
        mark in _manifest(data) for mark in (b"imsqti_xmlv1p", b"imsqti_asi_xmlv1p", b"imsqti_item_xmlv1p")
    )


def _is_qti21(name: str, data: bytes) -> bool:
    return _shows(data, (b"imsqti_v2p1", b"imsqti_v2p0"), (b"xmlv2p1", b"xmlv2p0"))


def _is_qti22(name: str, data: bytes) -> bool:
    return _shows(data, (b"imsqti_v2p2",), (b"xmlv2p2",))


def _is_qti30(name: str, data: bytes) -> bool:
    return _shows(data, (b"imsqtiasi_v3p0", b"<qti-assessment-item"), (b"xmlv3p0",)) or (
        data.startswith(ZIP_MAGIC) and bool(_manifest(data))
    )


def _shows(data: bytes, inside: tuple[bytes, ...], listed: tuple[bytes, ...]) -> bool:
    """Whether a bare item has one of these marks, or a package's manifest lists items of one of these types."""
    if data.startswith(ZIP_MAGIC):
        manifest = _manifest(data)
        return any(mark in manifest for mark in listed)
    return any(mark in data[:_HEAD] for mark in inside)


def _manifest(data: bytes) -> bytes:
    """The beginning of a package's manifest; empty where there is none or it can't be opened."""
    if not data.startswith(ZIP_MAGIC):
        return b""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            name = next(one for one in archive.namelist()[:5_000] if one.lower().endswith(_MANIFEST))
            with archive.open(name) as stream:
                return stream.read(_HEAD)
    except Exception:  # whatever is wrong with it, the reader says so
        return b""


#: To be added to the registry after its own, in this order: the first that recognises a file reads it.
EXCHANGE_FORMATS: tuple[Format, ...] = (
    Format("moodle", "Moodle XML", ("xml",), moodle.read, moodle_writing.write, _is_moodle),
    Format("gift", "GIFT 文本（Moodle）", ("gift", "txt"), gift.read, gift_writing.write, _is_gift),
    Format("aiken", "Aiken 文本（仅单选题）", ("txt",), aiken.read, aiken.write, _is_aiken),
    Format("qti12", "QTI 1.2", ("xml", "zip"), qti.read, None, _is_qti12),
    Format("qti21", "QTI 2.1 题库包", ("zip", "xml"), qti.read, WRITERS["21"], _is_qti21),
    Format("qti22", "QTI 2.2 题库包", ("zip", "xml"), qti.read, WRITERS["22"], _is_qti22),
    Format("qti30", "QTI 3.0 题库包", ("zip", "xml"), qti.read, WRITERS["30"], _is_qti30),
)
