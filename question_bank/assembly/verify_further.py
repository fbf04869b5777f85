"""The part of `verify` that looks at the further requirements: importance, industry, anchors, what must not come, sets.

As independent of the drawing code as the rest: only the specification's and the pool's own values are read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

import numpy as np

from question_bank.assembly.paper import Paper
from question_bank.assembly.pool import PoolQuestion
from question_bank.assembly.specification import Specification
from question_bank.outlines.tree import Importance

Faults = list[tuple[str, str]]
#: Rows of pairs compared at once.
_ROWS = 500


def further_faults(
    questions: Sequence[PoolQuestion],
    specification: Specification,
    importance_of: Mapping[str, Importance],
    size_of_set: Callable[[str], int],
) -> Faults:
    """(code, sentence) of every further requirement that a paper of these questions misses.

    importance_of: of points, for questions that don't say it themselves.  size_of_set: questions of a stimulus in the pool.
    """
    free = [question for question in questions if question.id not in specification.anchors]
    return [
        *_anchors(questions, specification),
        *_importance(questions, specification, importance_of),
        *_industry(questions, free, specification),
        *_kept_away(free, specification),
        *_points(questions, specification),
        *_sets(questions, free, specification, size_of_set),
    ]


def overlap_faults(papers: Sequence[Paper], specification: Specification) -> Faults:
    """Pairs of papers that share more questions than allowed; the first of each paper is enough."""
    limit = specification.overlap_limit
    if limit is None or len(papers) < 2:
        return []
    places: dict[str, int] = {}
    for paper in papers:
        for place in paper.questions:
            places.setdefault(place.question_id, len(places))
    holds = np.zeros((len(papers), len(places)), dtype=np.float32)
    for row, paper in enumerate(papers):
        holds[row, [places[place.question_id] for place in paper.questions]] = 1
    faults: Faults = []
    for start in range(0, len(papers), _ROWS):
        shared = holds[start : start + _ROWS] @ holds.T
        for offset, row in enumerate(shared):
            later = row[start + offset + 1 :]
            if later.size and later.max() > limit:
                other = start + offset + 1 + int(later.argmax())
                one, two = papers[start + offset].number, papers[other].number
                faults.append(
                    (
                        "overlap-limit",
                        f"第 {one} 套与第 {two} 套相同 {int(later.max())} 题，上限 {limit} 题",
                    )
                )
    return faults


def _anchors(questions: Sequence[PoolQuestion], specification: Specification) -> Faults:
    present = {question.id for question in questions}
    return [("anchor-missing", f"缺固定题 {name}") for name in specification.anchors if name not in present]


def _allowed(percent: Fraction, other: Fraction, count: int) -> tuple[int, int]:
    """The whole numbers that a range of per cents allows; its neighbours where it holds none."""
    low, high = percent * count / 100, other * count / 100
    inside = [n for n in range(count + 1) if low <= n <= high]
    return (inside[0], inside[-1]) if inside else (int(low // 1), int(-(-high // 1)))


def _importance(
    questions: Sequence[PoolQuestion],
    specification: Specification,
    importance_of: Mapping[str, Importance],
) -> Faults:
    counts = Counter(question.importance or importance_of.get(question.point) for question in questions)
    faults: Faults = []
    for one in specification.importance:
        low, high = _allowed(one.lowest, one.highest, specification.count)
        if not low <= counts[one.importance] <= high:
            faults.append(
                (
                    "importance-count",
                    f"重要程度{one.importance.value} {counts[one.importance]} 题，应为 {_range(low, high)} 题",
                )
            )
    return faults


def _industry(
    questions: Sequence[PoolQuestion], free: Sequence[PoolQuestion], specification: Specification
) -> Faults:
    rule = specification.industries
    if rule is None:
        return []
    eligible = set(rule.eligible)
    faults: Faults = [
        ("industry-foreign", f"试题 {question.id} 属于其他行业（{'、'.join(sorted(question.industries))}）")
        for question in free
        if question.industries and not question.industries & eligible
    ]
    tagged = sum(bool(question.industries & eligible) for question in questions)
    low, high = _allowed(rule.lowest, rule.highest, specification.count)
    if not low <= tagged <= high:
        faults.append(("industry-count", f"行业题 {tagged} 题，应为 {_range(low, high)} 题"))
    return faults


def _kept_away(free: Sequence[PoolQuestion], specification: Specification) -> Faults:
    faults: Faults = []
    limit = specification.exposure_limit
    for question in free:
        ago = question.sittings_ago
        if ago is not None and ago <= specification.exclude_sittings:
            faults.append(("used-recently", f"试题 {question.id} 在最近第 {ago} 场用过"))
        if limit is not None and Fraction(question.exposure, 10) > limit.percent:
            faults.append(("over-exposed", f"试题 {question.id} 的曝光 {question.exposure / 10:g}% 超过上限"))
    return faults


def _points(questions: Sequence[PoolQuestion], specification: Specification) -> Faults:
    if not specification.max_per_point:
        return []
    counts = Counter(question.point for question in questions)
    return [
        ("point-limit", f"认定点 {point} {n} 题，上限 {specification.max_per_point} 题")
        for point, n in sorted(counts.items())
        if n > specification.max_per_point
    ]


def _sets(
    questions: Sequence[PoolQuestion],
    free: Sequence[PoolQuestion],
    specification: Specification,
    size_of_set: Callable[[str], int],
) -> Faults:
    rule = specification.stimulus
    if rule is None:
        return []
    if rule.most == 0:
        return [
            ("stimulus-unwanted", f"试题 {question.id} 是材料题，本规则不用材料题")
            for question in free
            if question.stimulus
        ]
    counts = Counter(question.stimulus for question in questions if question.stimulus)
    faults: Faults = []
    if rule.whole:
        faults += [
            ("stimulus-incomplete", f"材料题“{name}”只有 {n} 题在卷，应为全部 {size_of_set(name)} 题或不用")
            for name, n in sorted(counts.items())
            if n != size_of_set(name)
        ]
    most = len(counts) if rule.most is None else rule.most
    if not rule.least <= len(counts) <= most:
        faults.append(
            (
                "stimulus-count",
                f"材料题 {len(counts)} 组，应为 {_range(rule.least, max(rule.least, most))} 组",
            )
        )
    return faults


def _range(low: int, high: int) -> str:
    return str(low) if low == high else f"{low}–{high}"
