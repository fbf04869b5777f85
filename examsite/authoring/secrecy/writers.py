"""The formats in which questions leave a bank, and the stamp on the file that says by whom."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

from flask_babel import lazy_gettext as lazy

from question_bank.formats import export
from question_bank.questions.model import Draft


@dataclass(frozen=True, slots=True)
class Writer:
    """One format.  label: as the page calls it; extension: without dot; write: the file of these drafts."""

    label: Any
    extension: str
    mimetype: str
    write: Callable[[Sequence[Draft]], bytes]


#: The one list of what can be chosen.
WRITERS: dict[str, Writer] = {
    "workbook": Writer(
        lazy("Workbook of 17 columns (.xlsx)"),
        "xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        lambda drafts: export.write(drafts).data,
    ),
}

_CORE = "docProps/core.xml"
_DUBLIN = "{http://purl.org/dc/elements/1.1/}"


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
