"""How big a file may be before it is refused, and the refusal of a file as a whole."""

from __future__ import annotations

from dataclasses import dataclass

from question_bank.problems import NOWHERE, Place, Problem

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on what is opened.  Sizes in bytes.

    unpacked_bytes: all parts of the archive together.  ratio: unpacked to packed size of one part above 1 MiB.
    rows, columns: of one sheet, counting the last cell with a value.  text_bytes: all texts of all cells, repeats
    counted, for one shared text may stand in many cells.
    """

    file_bytes: int = 10 * MIB
    unpacked_bytes: int = 100 * MIB
    entries: int = 2_000
    ratio: int = 300
    sheets: int = 100
    rows: int = 50_000
    columns: int = 100
    text_bytes: int = 256 * MIB


DEFAULT_LIMITS = Limits()


class Unreadable(Exception):
    """The file can't be opened at all; `problem` says why and what to do."""

    def __init__(self, code: str, message: str, place: Place = NOWHERE) -> None:
        super().__init__(message)
        self.problem = Problem(place, code, message)
