"""What a specification may demand beyond kinds, points and shares: values, their faults, their documents.

Everything here is optional.  What is not demanded is not written, so a specification that demands nothing has the
document and the digest that it had before.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from question_bank.outlines.tree import Importance

if TYPE_CHECKING:
    from question_bank.assembly.specification import Specification

#: `max_per_point` of this value: once while points last, then twice, and so on, by area.
AUTO = 0
DEFAULT_CUT = Decimal(60)
DEFAULT_TOLERANCE = Decimal("0.5")
_WHOLE = Fraction(100)


@dataclass(frozen=True, slots=True)
class ImportanceRange:
    """From `lowest` to `highest` per cent of a paper's questions are on points of this 重要程度; equal = exact."""

    importance: Importance
    lowest: Fraction
    highest: Fraction


@dataclass(frozen=True, slots=True)
class IndustryRule:
    """eligible: industries whose tagged questions may come; general questions always may.

    From `lowest` to `highest` per cent of a paper's questions are tagged for one of them.
    """

    eligible: tuple[str, ...]
    lowest: Fraction = Fraction(0)
    highest: Fraction = _WHOLE


@dataclass(frozen=True, slots=True)
class ExposureLimit:
    """A question that more than `percent` per cent of the people of the last `days` days have met does not come."""

    percent: Fraction
    days: int


@dataclass(frozen=True, slots=True)
class StimulusRule:
    """Questions of one stimulus: all of a set or none of it; from `least` to `most` (None = any) sets on a paper.

    whole: whether sets come complete; else single questions of a set may stand on a paper.
    """

    whole: bool = True
    least: int = 0
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Parallel:
    """How equally hard papers are to be.

    cut: score, of 100, at which papers are compared.  demanded: whether papers are refused where the spread of their
    expected scores, largest less smallest, is beyond `tolerance` points.
    """

    cut: Decimal = DEFAULT_CUT
    demanded: bool = False
    tolerance: Decimal = DEFAULT_TOLERANCE


NO_PARALLEL = Parallel()


def importance_by_ratio(x: int, y: int, z: int) -> tuple[ImportanceRange, ...]:
    """The exact mix X:Y:Z as ranges.  ValueError where all three are 0 or one is negative."""
    total = x + y + z
    if total <= 0 or min(x, y, z) < 0:
        raise ValueError("a ratio of whole numbers from 0, not all of them 0")
    shares = zip(Importance, (x, y, z), strict=True)
    return tuple(
        ImportanceRange(one, Fraction(100 * n, total), Fraction(100 * n, total)) for one, n in shares
    )


def whole_range(lowest: Fraction, highest: Fraction, count: int) -> tuple[int, int]:
    """The range of per cents as whole questions of `count`; the numbers next to it where no whole number lies within."""
    low, high = lowest * count / 100, highest * count / 100
    if math.ceil(low) <= math.floor(high):
        return math.ceil(low), math.floor(high)
    return math.floor(low), math.ceil(high)


def faults_of(specification: Specification) -> list[tuple[str, str]]:
    """(code, sentence) of everything wrong with the numbers of the further requirements."""
    faults: list[tuple[str, str]] = []

    def fault(code: str, message: str) -> None:
        faults.append((code, message))

    _check_importance(specification.importance, fault)
    if (rule := specification.industries) is not None:
        _check_range("行业题", rule.lowest, rule.highest, "industry", fault)
        if not rule.eligible:
            fault("industry-none", "行业题要求没有写明行业。请至少写一个行业标签，或删去这项要求。")
    for name, count in Counter(specification.anchors).items():
        if count > 1:
            fault("anchor-repeated", f"固定题 {name} 写了 {count} 次。请只写一次。")
    if len(specification.anchors) > specification.count:
        fault(
            "anchors-too-many",
            f"固定题 {len(specification.anchors)} 题，多于每卷的 {specification.count} 题。请减少固定题。",
        )
    if specification.exclude_sittings < 0:
        fault("exclude-negative", "避开最近场次数不能为负。请填 0 或正整数。")
    if (limit := specification.exposure_limit) is not None:
        if not 0 < limit.percent <= 100:
            fault("exposure-percent", f"曝光上限 {_percent(limit.percent)} 应大于 0%，不超过 100%。")
        if limit.days < 1:
            fault("exposure-days", "曝光统计的天数应为正整数。")
    if specification.overlap_limit is not None:
        if specification.overlap_limit < 0:
            fault("overlap-negative", "两卷相同题数上限不能为负。")
        elif specification.overlap_limit < len(specification.anchors):
            fault(
                "overlap-below-anchors",
                f"每卷都有 {len(specification.anchors)} 道固定题，两卷相同题数上限不能低于它，现为 {specification.overlap_limit}。",
            )
    if specification.max_per_point is not None and specification.max_per_point < 0:
        fault("point-limit", "每个认定点的题数上限应为正整数。")
    sets = specification.stimulus
    if sets is not None and (sets.least < 0 or (sets.most is not None and sets.most < sets.least)):
        fault("stimulus-range", "材料题组数的下限应不小于 0，且不大于上限。请改正。")
    elif sets is not None and not sets.whole and (sets.least or sets.most not in (None, 0)):
        fault("stimulus-single", "材料题单题使用时不能规定组数。请改为成组使用，或删去组数。")
    if not 0 < specification.parallel.cut < 100:
        fault("cut-outside", f"比较难度的分数线 {specification.parallel.cut} 应在 0 与 100 之间。")
    if specification.parallel.tolerance < 0:
        fault("tolerance-negative", "预期得分的允许差距不能为负。")
    return faults


def as_document(specification: Specification) -> dict[str, Any]:
    """The part of a specification's document that says what is demanded further; without what isn't."""
    document: dict[str, Any] = {}
    if specification.importance:
        document["importance"] = [
            [one.importance.value, str(one.lowest), str(one.highest)] for one in specification.importance
        ]
    if (rule := specification.industries) is not None:
        document["industries"] = [list(rule.eligible), str(rule.lowest), str(rule.highest)]
    if specification.anchors:
        document["anchors"] = list(specification.anchors)
    if specification.exclude_sittings:
        document["exclude_sittings"] = specification.exclude_sittings
    if (limit := specification.exposure_limit) is not None:
        document["exposure_limit"] = [str(limit.percent), limit.days]
    if specification.overlap_limit is not None:
        document["overlap_limit"] = specification.overlap_limit
    if specification.max_per_point is not None:
        document["max_per_point"] = specification.max_per_point
    if (sets := specification.stimulus) is not None:
        document["stimulus"] = [sets.whole, sets.least, sets.most]
    if (parallel := specification.parallel) != NO_PARALLEL:
        document["parallel"] = [str(parallel.cut), parallel.demanded, str(parallel.tolerance)]
    return document


def from_document(document: dict[str, Any]) -> dict[str, Any]:
    """The same read back, by field name of `Specification`; fields that aren't in the document are left out."""
    found: dict[str, Any] = {
        name: document[name]
        for name in ("exclude_sittings", "overlap_limit", "max_per_point")
        if name in document
    }
    if "importance" in document:
        found["importance"] = tuple(
            ImportanceRange(Importance(name), Fraction(low), Fraction(high))
            for name, low, high in document["importance"]
        )
    if "industries" in document:
        eligible, low, high = document["industries"]
        found["industries"] = IndustryRule(tuple(eligible), Fraction(low), Fraction(high))
    if "anchors" in document:
        found["anchors"] = tuple(document["anchors"])
    if "exposure_limit" in document:
        percent, days = document["exposure_limit"]
        found["exposure_limit"] = ExposureLimit(Fraction(percent), days)
    if "stimulus" in document:
        found["stimulus"] = StimulusRule(*document["stimulus"])
    if "parallel" in document:
        cut, demanded, tolerance = document["parallel"]
        found["parallel"] = Parallel(Decimal(cut), demanded, Decimal(tolerance))
    return found


def _check_importance(ranges: tuple[ImportanceRange, ...], fault: Callable[[str, str], None]) -> None:
    for one in ranges:
        _check_range(f"重要程度 {one.importance.value}", one.lowest, one.highest, "importance", fault)
    names = [one.importance.value for one in ranges]
    for name in sorted({name for name in names if names.count(name) > 1}):
        fault("importance-repeated", f"重要程度 {name} 出现多次。请合并为一行。")
    if not ranges:
        return
    # A level without a range may take any share.
    least = sum((one.lowest for one in ranges), Fraction(0))
    most = sum((one.highest for one in ranges), Fraction(0))
    if least > _WHOLE:
        fault("importance-over-100", f"重要程度的下限合计 {_percent(least)}，超过 100%。请调低下限。")
    if len(set(names)) == len(Importance) and most < _WHOLE:
        fault("importance-under-100", f"重要程度的上限合计 {_percent(most)}，不足 100%。请调高上限。")


def _check_range(
    what: str, lowest: Fraction, highest: Fraction, code: str, fault: Callable[[str, str], None]
) -> None:
    if not 0 <= lowest <= highest <= _WHOLE:
        fault(
            f"{code}-range",
            f"{what}的范围 {_percent(lowest)}–{_percent(highest)} 不对：应为 0%–100% 之间，下限不大于上限。",
        )


def _percent(value: Fraction) -> str:
    return f"{float(value):g}%"
