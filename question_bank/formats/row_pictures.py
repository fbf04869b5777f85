"""Pictures of a workbook come to the row that they belong to: named in its stem, or in the cell that holds them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from question_bank.formats import pictures
from question_bank.formats.drawings import IN_CELL, Picture
from question_bank.formats.imports import LONGEST_RAW, Quarantined
from question_bank.formats.sheets import Sheet, Sheets
from question_bank.problems import NOWHERE, Problem, Severity
from question_bank.questions.model import Draft


class RowPictures:
    """The pictures of one workbook on their way into texts."""

    def __init__(self, sheets: Sheets) -> None:
        self._in_cells = sheets.in_cells
        self._lost = sheets.lost
        self._floating = sum(len(some) for sheet in sheets.sheets for some in sheet.floating.values())
        self._bytes: dict[str, bytes] = {}
        self.quarantined: list[Quarantined] = []

    def __bool__(self) -> bool:
        return bool(self._in_cells or self._floating)

    def attach(self, sheet: Sheet, row: int, texts: list[str], columns: Mapping[str, int]) -> list[str]:
        """Name the row's pictures in its texts; why some can't be kept, each a sentence.

        A picture in the cell of a stem or an option stays where it is; all others follow the stem.  One that the texts
        name already (as our own files do) is not named again.
        """
        stem, aside = columns["stem"], columns.get("picture")
        following: list[Picture] = []
        faults: list[str] = []
        for index, text in enumerate(texts if self._in_cells else ()):
            for match in IN_CELL.finditer(text):
                picture = self._in_cells.get(match[1])
                if picture is None:
                    faults.append(f"单元格中的图片 {match[1]} 在文件里找不到。请重新插入。")
                    continue
                if index == aside:
                    following.append(picture)
                    name = ""
                else:
                    self._keep(picture, faults)
                    name = pictures.reference(picture.digest)
                texts[index] = texts[index].replace(match[0], name).strip()
        floating = sheet.floating.get(row, ())
        self._floating -= len(floating)
        following.extend(floating)
        named = set(pictures.named_in(texts))
        for picture in following:
            self._keep(picture, faults)
            if picture.digest not in named:
                named.add(picture.digest)
                texts[stem] = f"{texts[stem]}\n{pictures.reference(picture.digest)}".lstrip("\n")
        return list(dict.fromkeys(faults))

    def _keep(self, picture: Picture, faults: list[str]) -> None:
        if picture.fault:
            faults.append(picture.fault)
        else:
            self._bytes[picture.digest] = picture.data

    def quarantine(self, sheet: Sheet, row: int, external_id: str, texts: list[str], message: str) -> Problem:
        """Keep a row whose picture can't be kept as it stood; the problem that says so."""
        raw = "\n".join(text for text in texts if text)[:LONGEST_RAW]
        self.quarantined.append(Quarantined(sheet.name, row, external_id, "picture-not-held", message, raw))
        return Problem(sheet.place(row), "picture-not-held", message)

    def named(self, drafts: Iterable[Draft]) -> tuple[tuple[str, bytes], ...]:
        """The pictures that these drafts name, with their bytes."""
        if not self._bytes:
            return ()
        digests = pictures.named_in(text for draft in drafts for text in pictures.texts_of(draft))
        return tuple((digest, self._bytes[digest]) for digest in digests if digest in self._bytes)

    def left_over(self) -> list[Problem]:
        """A warning where pictures belong to no question."""
        count = self._floating + self._lost
        if not count:
            return []
        message = (
            f"有 {count} 张图片不在任何试题的行上，未导入。请把图片移到试题所在的行，或在导入后逐题上传。"
        )
        return [Problem(NOWHERE, "pictures-not-read", message, Severity.WARNING)]
