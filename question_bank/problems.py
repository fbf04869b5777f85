"""Bad input as data: where it is, what kind of fault, and what to do about it.

Many faults at once are values, not exceptions: a reader of a workbook returns every problem it met.  A problem
carries its sentence in Chinese, the readers' language; `code` is stable and is what programs and tests look at.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """ERROR keeps the thing out; WARNING lets it in and is shown."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the input: all parts optional.  `row` counts from 1 as a spreadsheet shows it; `column` is a letter."""

    sheet: str | None = None
    row: int | None = None
    column: str | None = None

    def __str__(self) -> str:
        parts = [f"工作表“{self.sheet}”" if self.sheet else ""]
        if self.row is not None:
            parts.append(f"第 {self.row} 行")
        if self.column is not None:
            parts.append(f"{self.column} 列")
        return " ".join(part for part in parts if part)


NOWHERE = Place()


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault.  `code` is kebab-case and stable ("answer-without-option"); `message` says what to do next."""

    place: Place
    code: str
    message: str
    severity: Severity = Severity.ERROR

    @property
    def is_error(self) -> bool:
        return self.severity is Severity.ERROR

    def as_dict(self) -> dict[str, str | int | None]:
        """The shape that every command line prints: {sheet, row, column, code, message, severity}."""
        return {
            "sheet": self.place.sheet,
            "row": self.place.row,
            "column": self.place.column,
            "code": self.code,
            "message": self.message,
            "severity": self.severity.value,
        }

    def __str__(self) -> str:
        where = str(self.place)
        return f"{where}：{self.message}" if where else self.message


def has_errors(problems: list[Problem] | tuple[Problem, ...]) -> bool:
    """True where at least one problem keeps something out."""
    return any(problem.is_error for problem in problems)
