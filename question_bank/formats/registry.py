"""Every format of questions, and which of them a file is in."""

from __future__ import annotations

import io
import re
import zipfile

from question_bank.formats import export, export_csv, twin, word, word_export, workbook
from question_bank.formats.cells import title_of
from question_bank.formats.containers import OLE_MAGIC, ZIP_MAGIC, extension
from question_bank.formats.exchange_formats import EXCHANGE_FORMATS
from question_bank.formats.format import Format
from question_bank.formats.limits import Unreadable

_SHARED_TEXTS = "xl/sharedStrings.xml"
_FIRST_SHEET = "xl/worksheets/sheet1.xml"
_HEAD = 64 * 1024
_TEXT = re.compile(rb"<(?:\w+:)?t(?: [^>]*)?>([^<]*)</")
_WORD_STREAM = "WordDocument".encode("utf-16-le")


def _is_workbook(name: str, data: bytes) -> bool:
    if _has_part(data, "xl/workbook.xml"):
        return not _is_twin(name, data)
    return data.startswith(OLE_MAGIC) and not _is_old_word(name, data)


def _is_twin(name: str, data: bytes) -> bool:
    """A workbook whose first texts are the titles of the 11 columns: a code of the point, but no ID and no bank."""
    if not _has_part(data, "xl/workbook.xml"):
        return False
    head = _head(data, _SHARED_TEXTS) or _head(data, _FIRST_SHEET)
    texts = [text.decode("utf-8", "replace") for text in _TEXT.findall(head)[: 4 * len(workbook.COLUMNS)]]
    fields = {workbook.TITLES.get(title_of(text)) for text in texts}
    return fields >= twin.RECOGNISED_BY and not fields & twin.NOT_IN_TWIN


def _is_csv(name: str, data: bytes) -> bool:
    return extension(name) == "csv" and not data.startswith((ZIP_MAGIC, OLE_MAGIC))


def _is_word(name: str, data: bytes) -> bool:
    return _has_part(data, "word/document.xml") or _is_old_word(name, data)


def _is_old_word(name: str, data: bytes) -> bool:
    return data.startswith(OLE_MAGIC) and (extension(name) in ("doc", "wps") or _WORD_STREAM in data)


#: In the order tried and listed.  To add a format, add its entry (or a tuple of entries, unpacked) here.
FORMATS: tuple[Format, ...] = (
    Format("workbook", "题库工作簿（17 列）", ("xlsx",), workbook.read, export.write, _is_workbook),
    Format("twin11", "国标格式 Excel 表（11 列）", ("xlsx",), twin.read, twin.write, _is_twin),
    Format("csv", "CSV 表（17 列）", ("csv",), workbook.read, export_csv.write, _is_csv),
    Format("word", "国标格式 Word 文档", ("docx",), word.read, word_export.write, _is_word),
    *EXCHANGE_FORMATS,
)

#: Extensions that a format's reader deals with, if only to say how to save the file anew.
_ALSO = {"workbook": ("xlsm", "xls", "et"), "word": ("docm", "doc", "wps")}


def by_code(code: str) -> Format:
    """The format of this code.  KeyError where there is none."""
    return {one.code: one for one in FORMATS}[code]


def extensions() -> tuple[str, ...]:
    """Every extension that some format has, each once, in the order of the formats."""
    return tuple(dict.fromkeys(suffix for one in FORMATS for suffix in one.extensions))


def recognise(name: str, data: bytes) -> Format:
    """The format of a file: among those that its name allows, the one that its content shows.

    Where its content shows none of them, the first: its reader says what is wrong.  Raises Unreadable where the
    name's extension belongs to no format.
    """
    suffix = extension(name)
    allowed = [one for one in FORMATS if suffix in one.extensions or suffix in _ALSO.get(one.code, ())]
    found = next((one for one in allowed or FORMATS if one.recognises(name, data)), None)
    if allowed:
        return found or next((one for one in allowed if one.code in _ALSO), allowed[0])
    if suffix:
        raise Unreadable(
            "wrong-type", f"不支持 .{suffix} 文件。请改用这些格式之一：{'、'.join(extensions())}。"
        )
    return found or by_code("workbook")


def _has_part(data: bytes, part: str) -> bool:
    """Whether the archive's directory, at the end of the bytes, names this part; False where it is no archive."""
    end = data.rfind(b"PK\x05\x06") if data.startswith(ZIP_MAGIC) else -1
    start = int.from_bytes(data[end + 16 : end + 20], "little") if end >= 0 else -1
    return 0 <= start < end and part.encode() in data[start:end]


def _head(data: bytes, part: str) -> bytes:
    """The first bytes of a part, never more than a few; empty where it can't be opened."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive, archive.open(part) as stream:
            return stream.read(_HEAD)
    except Exception:  # whatever is wrong with it, the reader says so
        return b""
