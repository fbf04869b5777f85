"""The optional sheets 重要程度 and 其他要求 of a rule workbook: what a specification demands further, read and written.

Anchors are not among them: they name questions of one bank, which a workbook can't know.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from question_bank.assembly.requirements import (
    DEFAULT_CUT,
    DEFAULT_TOLERANCE,
    NO_PARALLEL,
    ExposureLimit,
    ImportanceRange,
    IndustryRule,
    Parallel,
    StimulusRule,
)
from question_bank.assembly.specification import Specification
from question_bank.formats.headings import Column
from question_bank.formats.weights import importance_of, number_of
from question_bank.problems import Place, Problem

_BANK = Column("bank", "题库名称", ("题库", "题库代码", "Bank"))
IMPORTANCE_COLUMNS = (
    _BANK,
    Column("importance", "重要程度", ("Importance",)),
    Column("lowest", "下限(%)", ("下限", "不少于(%)", "最低(%)")),
    Column("highest", "上限(%)", ("上限", "不多于(%)", "最高(%)")),
)
DEMAND_COLUMNS = (
    _BANK,
    Column("demand", "要求", ("要求项目", "其他要求")),
    Column("value", "要求内容", ("内容", "取值", "数值")),
)
INDUSTRIES, STIMULUS = "适用行业", "每卷材料题组数"
LOWEST, HIGHEST = "行业题下限(%)", "行业题上限(%)"
EXCLUDED, MET, DAYS = "避开最近场次数", "曝光上限(%)", "曝光统计天数"
OVERLAP, POINT = "两卷相同题数上限", "每个认定点题数上限"
CUT, TOLERANCE = "比较难易的分数线", "预期得分最大差距"
_WHOLE_NUMBERS = (EXCLUDED, DAYS, OVERLAP, POINT, STIMULUS)
_NUMBERS = (LOWEST, HIGHEST, MET, CUT, TOLERANCE)
DEMANDS = (INDUSTRIES, *_NUMBERS, *_WHOLE_NUMBERS)


@dataclass(slots=True)
class Demands:
    """What the sheets say of one bank.  numbers: by name of the demand."""

    importance: list[ImportanceRange] = field(default_factory=list)
    industries: list[str] = field(default_factory=list)
    numbers: dict[str, Fraction] = field(default_factory=dict)

    def fields(self) -> dict[str, Any]:
        """The same by field of `Specification`; nothing for what is not demanded."""
        numbers = self.numbers
        found: dict[str, Any] = {}
        if self.importance:
            found["importance"] = tuple(self.importance)
        if self.industries or LOWEST in numbers or HIGHEST in numbers:
            low, high = numbers.get(LOWEST, Fraction(0)), numbers.get(HIGHEST, Fraction(100))
            found["industries"] = IndustryRule(tuple(self.industries), low, high)
        if MET in numbers:
            found["exposure_limit"] = ExposureLimit(numbers[MET], int(numbers.get(DAYS, Fraction(365))))
        for name, key in (
            (EXCLUDED, "exclude_sittings"),
            (OVERLAP, "overlap_limit"),
            (POINT, "max_per_point"),
        ):
            if name in numbers:
                found[key] = int(numbers[name])
        if STIMULUS in numbers:
            sets = int(numbers[STIMULUS])
            found["stimulus"] = StimulusRule(True, sets, sets)
        if CUT in numbers or TOLERANCE in numbers:
            found["parallel"] = Parallel(
                _decimal(numbers.get(CUT, Fraction(DEFAULT_CUT))),
                TOLERANCE in numbers,
                _decimal(numbers.get(TOLERANCE, Fraction(DEFAULT_TOLERANCE))),
            )
        return found


def read_importance(
    texts: dict[str, str], at: Callable[[str], Place], demands: Demands, problems: list[Problem]
) -> None:
    """One row of 重要程度.  at: the place of a field's cell."""
    importance = importance_of(texts["importance"], at("importance"), problems)
    ends = []
    for name, usual in (("lowest", Fraction(0)), ("highest", Fraction(100))):
        value = number_of(texts[name]) if texts[name] else usual
        if value is None or not 0 <= value <= 100:
            message = f"“{texts[name][:20]}”不是 0–100 的百分数。请填写如 60。"
            problems.append(Problem(at(name), "importance-not-a-number", message))
            return
        ends.append(value)
    if importance is not None:
        demands.importance.append(ImportanceRange(importance, *ends))


def read_demand(
    texts: dict[str, str], at: Callable[[str], Place], demands: Demands, problems: list[Problem]
) -> None:
    """One row of 其他要求; one without a value demands nothing."""
    name, text = texts["demand"].replace("（", "(").replace("）", ")").replace("％", "%"), texts["value"]
    if name not in DEMANDS:
        message = f"不认识要求“{texts['demand'][:20]}”。可用：{'、'.join(DEMANDS)}。"
        problems.append(Problem(at("demand"), "demand-unknown", message))
    elif not text:
        return
    elif name == INDUSTRIES:
        for mark in "，、；;\n":
            text = text.replace(mark, ",")
        demands.industries += [part.strip() for part in text.split(",") if part.strip()]
    else:
        value = number_of(text)
        is_whole = value is not None and value.denominator == 1
        if value is None or value < 0 or (name in _WHOLE_NUMBERS and not is_whole):
            kind = "非负整数" if name in _WHOLE_NUMBERS else "非负数"
            message = f"{name}“{text[:20]}”应为{kind}。请改正。"
            problems.append(Problem(at("value"), "demand-not-a-number", message))
        else:
            demands.numbers[name] = value


def written(
    specification: Specification, number: Callable[[Fraction], str]
) -> list[tuple[str, Sequence[Column], list[list[str]]]]:
    """The sheets (name, columns without the bank, rows) that say what a specification demands further.

    Raises ValueError where that is more than the sheets can say: material without whole sets, or a range of sets.
    """
    found: dict[str, str] = {}
    if (rule := specification.industries) is not None:
        found[INDUSTRIES] = "、".join(rule.eligible)
        found[LOWEST], found[HIGHEST] = number(rule.lowest), number(rule.highest)
    if (limit := specification.exposure_limit) is not None:
        found[MET], found[DAYS] = number(limit.percent), str(limit.days)
    if specification.exclude_sittings:
        found[EXCLUDED] = str(specification.exclude_sittings)
    if specification.overlap_limit is not None:
        found[OVERLAP] = str(specification.overlap_limit)
    if specification.max_per_point is not None:
        found[POINT] = str(specification.max_per_point)
    if (sets := specification.stimulus) is not None:
        if not sets.whole or sets.least != sets.most:
            raise ValueError("the sheets know only a fixed number of whole sets")
        found[STIMULUS] = str(sets.least)
    if (parallel := specification.parallel) != NO_PARALLEL:
        found[CUT] = number(Fraction(parallel.cut))
        if parallel.demanded:
            found[TOLERANCE] = number(Fraction(parallel.tolerance))
    sheets: list[tuple[str, Sequence[Column], list[list[str]]]] = []
    if specification.importance:
        rows = [
            [one.importance.value, number(one.lowest), number(one.highest)]
            for one in specification.importance
        ]
        sheets.append(("重要程度", IMPORTANCE_COLUMNS[1:], rows))
    if found:
        sheets.append(("其他要求", DEMAND_COLUMNS[1:], [[name, text] for name, text in found.items()]))
    return sheets


def _decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)
