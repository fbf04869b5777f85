"""The texts of one row by the field they fill, and the problems met in it, each with its cell."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from question_bank.formats.cells import control_character
from question_bank.formats.sheets import Sheet
from question_bank.problems import Place, Problem, Severity

OPTION_FIELDS = tuple(f"option_{letter}" for letter in "abcdefgh")


class Row:
    """The texts of one row by field, and the problems met in it.  texts: at least one for each column."""

    __slots__ = ("columns", "problems", "refused", "row", "sheet", "texts")

    def __init__(
        self, sheet: Sheet, row: int, texts: list[str], columns: Mapping[str, int], problems: list[Problem]
    ) -> None:
        self.sheet, self.row, self.texts, self.columns, self.problems = sheet, row, texts, columns, problems
        self.refused = bool(problems) and any(problem.is_error for problem in problems)

    def text(self, field: str) -> str:
        index = self.columns.get(field)
        return "" if index is None else self.texts[index]

    def error(self, field: str, code: str, message: str) -> None:
        self.refused = True
        self.problems.append(Problem(self.place(field), code, message))

    def warn(self, field: str, code: str, message: str) -> None:
        self.problems.append(Problem(self.place(field), code, message, Severity.WARNING))

    def check_characters(self) -> None:
        for index, text in enumerate(self.texts):
            if character := control_character(text):
                self.refused = True
                self.problems.append(
                    Problem(
                        self.sheet.place(self.row, index + 1),
                        "control-character",
                        f"单元格含有不可见的控制字符 {character}。请删去后重新填写。",
                    )
                )

    def scale(self, field: str, text: str, read: Callable[[str], int | None], span: str) -> int | None:
        if not text:
            return None
        value = read(text)
        if value is None:
            name = "难度" if field == "difficulty" else "一致性"
            self.error(field, f"{field}-unknown", f"不认识{name}代码“{text[:20]}”。请用 {span}。")
        return value

    def place(self, field: str) -> Place:
        index = self.columns.get(field)
        return self.sheet.place(self.row, None if index is None else index + 1)
