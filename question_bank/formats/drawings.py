"""Pictures of a workbook: which float over which row of which sheet, and those that WPS keeps inside cells."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from xml.etree import ElementTree

from question_bank.formats.containers import Archive
from question_bank.formats.limits import MIB
from question_bank.formats.pictures import digest_of, fault_of

#: A tree takes many times the room of its text.
_LARGEST_PART = 4 * MIB
_CELL_IMAGES = "xl/cellimages.xml"
#: How a cell names a picture inside it: WPS writes a formula whose text stays as the value.
IN_CELL = re.compile(r'=?(?:_xlfn\.)?DISPIMG\(\s*"([^"]{1,100})"\s*,\s*\d+\s*\)', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture.  fault: why it can't be kept, as a sentence; "" where it can."""

    digest: str
    data: bytes = field(repr=False)
    fault: str


@dataclass(frozen=True, slots=True)
class Drawings:
    """floating: pictures by row (from 1), by part of the sheet.  in_cells: by the name that cells give.  lost: without a row."""

    floating: Mapping[str, Mapping[int, tuple[Picture, ...]]] = field(default_factory=dict)
    in_cells: Mapping[str, Picture] = field(default_factory=dict)
    lost: int = 0


def drawings_of(archive: Archive, sheet_parts: Mapping[str, str]) -> Drawings:
    """The pictures of an archive that was checked.  sheet_parts: title by part.  What a broken or huge drawing places is lost."""
    if not archive.media:
        return Drawings()
    made: dict[str, Picture] = {}
    floating: dict[str, dict[int, tuple[Picture, ...]]] = {}
    placed: set[str] = set()
    for part in sheet_parts:
        rows: dict[int, dict[str, Picture]] = {}
        for target in _related(archive, part, "/drawing").values():
            for row, media in _anchored(archive, target):
                if row is not None and media in archive.media:
                    placed.add(media)
                    rows.setdefault(row, {})[media] = _picture(archive, media, made)
        if rows:
            floating[part] = {row: tuple(some.values()) for row, some in rows.items()}
    in_cells = {}
    for name, media in _in_cells(archive):
        if media in archive.media:
            placed.add(media)
            in_cells[name] = _picture(archive, media, made)
    return Drawings(floating, in_cells, len(archive.media.keys() - placed))


def _picture(archive: Archive, media: str, made: dict[str, Picture]) -> Picture:
    if media not in made:
        data = archive.media[media]
        made[media] = Picture(digest_of(data), data, fault_of(data))
    return made[media]


def _anchored(archive: Archive, drawing: str) -> Iterator[tuple[int | None, str]]:
    """(row, part of the picture) of each picture of a drawing; the row of its upper edge."""
    root = _parsed(archive, drawing)
    if root is None:
        return
    relations = _related(archive, drawing, "/image")
    for anchor in root:
        start = next((one for one in anchor if _local(one) == "from"), None)
        row = None
        if start is not None:
            text = next((one.text or "" for one in start if _local(one) == "row"), "")
            row = int(text) + 1 if text.strip().isdigit() and len(text) < 9 else None
        for relation in _blips(anchor):
            yield row, relations.get(relation, "")


def _in_cells(archive: Archive) -> Iterator[tuple[str, str]]:
    root = _parsed(archive, _CELL_IMAGES)
    if root is None:
        return
    relations = _related(archive, _CELL_IMAGES, "/image")
    for image in root:
        name = next((one.get("name", "") for one in image.iter() if _local(one) == "cNvPr"), "")
        for relation in _blips(image):
            yield name, relations.get(relation, "")


def _blips(element: ElementTree.Element) -> list[str]:
    return [
        value
        for one in element.iter()
        if _local(one) == "blip"
        for key, value in one.attrib.items()
        if key.endswith("}embed")
    ]


def _related(archive: Archive, part: str, kind: str) -> dict[str, str]:
    """Parts by relation, of those relations of a part whose type ends so."""
    folder, _, name = part.rpartition("/")
    root = _parsed(archive, f"{folder}/_rels/{name}.rels")
    if root is None:
        return {}
    found = {}
    for one in root:
        target = one.get("Target", "").replace("\\", "/")
        if one.get("Type", "").endswith(kind) and one.get("TargetMode") != "External":
            path = target.lstrip("/") if target.startswith("/") else posixpath.join(folder, target)
            found[one.get("Id", "")] = posixpath.normpath(path)
    return found


def _parsed(archive: Archive, part: str) -> ElementTree.Element | None:
    data = archive.parts.get(part)
    if data is None or len(data) > _LARGEST_PART:
        return None
    try:
        return ElementTree.fromstring(data)  # entities were refused with the archive
    except (ElementTree.ParseError, LookupError, ValueError):
        return None


def _local(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
