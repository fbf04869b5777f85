"""The formats in which questions leave a bank, and the stamp on the file that says by whom."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

from question_bank.formats.export import Written
from question_bank.formats.registry import FORMATS
from question_bank.questions.model import Draft


@dataclass(frozen=True, slots=True)
class Writer:
    """One format.  label: as the page calls it; extension: without dot; write: the file of drafts and their pictures."""

    label: str
    extension: str
    mimetype: str
    write: Callable[[Sequence[Draft], Mapping[str, bytes]], Written]


@dataclass(frozen=True, slots=True)
class File:
    """What is sent: the file alone, or an archive of it with a list of what its format could not hold."""

    content: bytes
    extension: str
    mimetype: str


_OFFICE = "application/vnd.openxmlformats-officedocument."
_MIMETYPES = {
    "xlsx": _OFFICE + "spreadsheetml.sheet",
    "docx": _OFFICE + "wordprocessingml.document",
    "csv": "text/csv",
    "xml": "application/xml",
    "zip": "application/zip",
    "txt": "text/plain",
    "gift": "text/plain",
}
#: The one list of what can be chosen: every format that is written.
WRITERS: dict[str, Writer] = {
    one.code: Writer(one.name, one.extensions[0], _MIMETYPES[one.extensions[0]], one.write)
    for one in FORMATS
    if one.write is not None
}
_LOSSES = "未能完整写入的内容.txt"

_CORE = "docProps/core.xml"
_DUBLIN = "{http://purl.org/dc/elements/1.1/}"


def file_of(
    code: str, drafts: Sequence[Draft], pictures: Mapping[str, bytes], note: str, *, with_keys: bool
) -> File:
    """The stamped file of these drafts.  What its format can't hold exactly is listed beside it, never left out in silence.

    Without keys no draft returns equal; that is what was asked for and is no loss.
    """
    writer = WRITERS[code]
    written = writer.write(drafts, pictures)
    content = stamped(written.data, note)
    losses = [one for one in written.problems if with_keys or one.code != "not-equal-on-return"]
    if not losses:
        return File(content, writer.extension, writer.mimetype)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"questions.{writer.extension}", content)
        archive.writestr(_LOSSES, "\n".join([note, "", *(str(problem) for problem in losses)]))
    return File(stream.getvalue(), "zip", _MIMETYPES["zip"])


def stamped(content: bytes, note: str) -> bytes:
    """An Office file with the note among its properties (标题、备注), which importers do not read; any other file as it is."""
    if not zipfile.is_zipfile(io.BytesIO(content)):
        return content
    with zipfile.ZipFile(io.BytesIO(content)) as old:
        if _CORE not in old.namelist():
            return content
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
            for entry in old.infolist():
                data = old.read(entry)
                new.writestr(entry, _with_note(data, note) if entry.filename == _CORE else data)
    return stream.getvalue()


def _with_note(core: bytes, note: str) -> bytes:
    # The part was written by us a moment ago, so there is nothing in it to be afraid of.
    root = ElementTree.fromstring(core)
    for name in ("title", "description"):
        element = root.find(_DUBLIN + name)
        if element is None:
            element = ElementTree.SubElement(root, _DUBLIN + name)
        element.text = note
    stamped_core: bytes = ElementTree.tostring(root, encoding="UTF-8", xml_declaration=True)
    return stamped_core
