"""`python -m question_bank.samples.build` writes the sample workbooks of each level from the tables in source/.

The tables are what people edit and review; the workbooks are what an institution would hold, read by our own importer.
Levels are 3 (三级), 2 (二级) and 1 (一级).  Weights and mixes of kinds are shapes of our own, unverified.
"""

from __future__ import annotations

import csv
import sys
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from question_bank.assembly.specification import Section, Share, Specification
from question_bank.formats.export import write
from question_bank.formats.export_rules import write_rules
from question_bank.outlines.tree import Area, Importance, Outline, Point, area_code
from question_bank.questions.kinds import Kind
from question_bank.questions.model import Draft, Key, Option, Question

HERE = Path(__file__).resolve().parent
SOURCE = HERE / "source"
#: 100 points at every level: the mixes are ours; every institution sets its own.  Higher levels write more.
SECTIONS: dict[int, tuple[Section, ...]] = {
    3: (
        Section(Kind.SINGLE, 60, Decimal(1)),
        Section(Kind.MULTIPLE, 10, Decimal(2)),
        Section(Kind.JUDGEMENT, 15, Decimal(1)),
        Section(Kind.BLANK, 5, Decimal(1)),
    ),
    2: (
        Section(Kind.SINGLE, 30, Decimal(1)),
        Section(Kind.MULTIPLE, 12, Decimal(2)),
        Section(Kind.JUDGEMENT, 12, Decimal(1)),
        Section(Kind.BLANK, 4, Decimal(1)),
        Section(Kind.SHORT, 1, Decimal(5)),
        Section(Kind.CALCULATION, 1, Decimal(5)),
        Section(Kind.ESSAY, 1, Decimal(10)),
        Section(Kind.CASE, 1, Decimal(10)),
    ),
    1: (
        Section(Kind.SINGLE, 26, Decimal(1)),
        Section(Kind.MULTIPLE, 10, Decimal(2)),
        Section(Kind.JUDGEMENT, 14, Decimal(1)),
        Section(Kind.SHORT, 2, Decimal(5)),
        Section(Kind.ESSAY, 2, Decimal(10)),
        Section(Kind.CASE, 1, Decimal(10)),
    ),
}
LEVELS = tuple(SECTIONS)
_NAMES = {3: "三级", 2: "二级", 1: "一级"}


def bank_name(level: int) -> str:
    """The 题库名称 of a level's sample bank."""
    return f"保卫管理员（{_NAMES[level]}）理论 样题"


def bank_file(level: int) -> Path:
    """Where the workbook of a level's questions lies."""
    return HERE / f"sample-bank-level-{level}.xlsx"


def rules_file(level: int) -> Path:
    """Where the workbook of a level's outline and specification lies."""
    return HERE / f"sample-rules-level-{level}.xlsx"


#: Of level 3, the one that most of the demonstration uses.
BANK = bank_name(3)
BANK_FILE = bank_file(3)
RULES_FILE = rules_file(3)


def outline(level: int = 3) -> Outline:
    """The sample 要素细目表 of a level, unverified."""
    folder = SOURCE / f"level-{level}"
    rows = _table(folder / "areas.csv")
    weights = {row["code"]: Fraction(row["weight"]) for row in rows}
    names = {row["code"]: row["name"] for row in rows}
    points: dict[str, list[Point]] = {}
    for path in sorted(folder.glob("points-*.csv")):
        for row in _table(path):
            point = Point(row["code"], row["name"], Importance(row["importance"]))
            points.setdefault(area_code(point.code), []).append(point)

    def area(code: str) -> Area:
        below = tuple(area(child) for child in names if child.rpartition("-")[0] == code)
        return Area(code, names[code], weights[code], below, tuple(points.get(code, ())))

    return Outline(
        bank_name(level),
        tuple(area(code) for code in names if "-" not in code),
        "样题，为本项目编写",
        verified=False,
    )


def specification(level: int = 3) -> Specification:
    """The sample 组题规则 of a level: the outline's weights as shares."""

    def share(area: Area) -> Share:
        return Share(area.code, area.weight, tuple(share(child) for child in area.children))

    shares = tuple(share(area) for area in outline(level).areas)
    return Specification(bank_name(level), SECTIONS[level], shares, bank=bank_name(level))


def drafts(level: int = 3) -> list[Draft]:
    """Every sample question of a level, with its ID in the trade's six parts."""
    found = []
    numbers: dict[tuple[str, str], int] = {}
    for path in sorted((SOURCE / f"level-{level}").glob("questions-*.csv")):
        for place, row in enumerate(_table(path), start=2):
            number = numbers[row["kind"], row["point"]] = numbers.get((row["kind"], row["point"]), 0) + 1
            external_id = f"{row['kind']}-{row['point']}-{number:03}"
            found.append(_draft(row, bank_name(level), external_id, path.name, place))
    return found


def _draft(row: dict[str, str], bank: str, external_id: str, source: str, place: int) -> Draft:
    kind = Kind(row["kind"])
    options = tuple(Option(letter, row[letter.lower()]) for letter in "ABCDE" if row[letter.lower()])
    key = Key()
    if kind.has_options:
        key = Key(frozenset(row["answer"].split(",")))
    elif kind is Kind.JUDGEMENT:
        key = Key(truth={"正确": True, "错误": False}[row["answer"]])
    elif kind is Kind.BLANK:
        key = Key(blanks=tuple(tuple(part.split("/")) for part in row["answer"].split("、")))
    else:
        key = Key(model_answer=row["answer"])
    question = Question(
        kind,
        row["stem"],
        options,
        row["point"],
        int(row["difficulty"]),
        int(row["consistency"]),
        sources=tuple(part.strip() for part in row["source"].split("；") if part.strip()),
    )
    return Draft(question, key, bank, external_id, source, place)


def bank_workbook(level: int = 3) -> bytes:
    """The 17-column workbook of a level.  ValueError where a question can't be held by it exactly."""
    written = write(drafts(level))
    if written.problems:
        raise ValueError("; ".join(str(problem) for problem in written.problems))
    return written.data


def rules_workbook(level: int = 3) -> bytes:
    """The rule workbook of a level: outline and specification."""
    return write_rules(outline(level), specification(level))


def _table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def main() -> int:
    """Write both workbooks of every level beside this module."""
    for level in LEVELS:
        bank_file(level).write_bytes(bank_workbook(level))
        rules_file(level).write_bytes(rules_workbook(level))
        counted = f"{len(drafts(level))} questions, {len(outline(level).points)} points"
        print(f"{counted}: {bank_file(level).name}, {rules_file(level).name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
