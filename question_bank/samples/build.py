"""`python -m question_bank.samples.build` writes the two sample workbooks from the tables in source/.

The tables are what people edit and review; the workbooks are what an institution would hold, read by our own importer.
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
BANK = "保卫管理员（三级）理论 样题"
BANK_FILE = HERE / "sample-bank-level-3.xlsx"
RULES_FILE = HERE / "sample-rules-level-3.xlsx"

#: 100 points: the mix is ours; every institution sets its own.
SECTIONS = (
    Section(Kind.SINGLE, 60, Decimal(1)),
    Section(Kind.MULTIPLE, 10, Decimal(2)),
    Section(Kind.JUDGEMENT, 15, Decimal(1)),
    Section(Kind.BLANK, 5, Decimal(1)),
)


def outline() -> Outline:
    """The sample 要素细目表, unverified."""
    rows = _table("areas.csv")
    weights = {row["code"]: Fraction(row["weight"]) for row in rows}
    names = {row["code"]: row["name"] for row in rows}
    points: dict[str, list[Point]] = {}
    for path in sorted(SOURCE.glob("points-*.csv")):
        for row in _table(path.name):
            point = Point(row["code"], row["name"], Importance(row["importance"]))
            points.setdefault(area_code(point.code), []).append(point)

    def area(code: str) -> Area:
        below = tuple(area(child) for child in names if child.rpartition("-")[0] == code)
        return Area(code, names[code], weights[code], below, tuple(points.get(code, ())))

    return Outline(
        BANK, tuple(area(code) for code in names if "-" not in code), "样题，为本项目编写", verified=False
    )


def specification() -> Specification:
    """The sample 组题规则: the outline's weights as shares."""

    def share(area: Area) -> Share:
        return Share(area.code, area.weight, tuple(share(child) for child in area.children))

    return Specification(BANK, SECTIONS, tuple(share(area) for area in outline().areas), bank=BANK)


def drafts() -> list[Draft]:
    """Every sample question, with its ID in the trade's six parts."""
    found = []
    numbers: dict[tuple[str, str], int] = {}
    for path in sorted(SOURCE.glob("questions-*.csv")):
        for place, row in enumerate(_table(path.name), start=2):
            number = numbers[row["kind"], row["point"]] = numbers.get((row["kind"], row["point"]), 0) + 1
            found.append(_draft(row, f"{row['kind']}-{row['point']}-{number:03}", path.name, place))
    return found


def _draft(row: dict[str, str], external_id: str, source: str, place: int) -> Draft:
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
    return Draft(question, key, BANK, external_id, source, place)


def bank_workbook() -> bytes:
    """The 17-column workbook.  ValueError where a question can't be held by it exactly."""
    written = write(drafts())
    if written.problems:
        raise ValueError("; ".join(str(problem) for problem in written.problems))
    return written.data


def rules_workbook() -> bytes:
    """The rule workbook: outline and specification."""
    return write_rules(outline(), specification())


def _table(name: str) -> list[dict[str, str]]:
    with (SOURCE / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def main() -> int:
    """Write both workbooks beside this module."""
    BANK_FILE.write_bytes(bank_workbook())
    RULES_FILE.write_bytes(rules_workbook())
    print(f"{len(drafts())} questions, {len(outline().points)} points: {BANK_FILE.name}, {RULES_FILE.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
