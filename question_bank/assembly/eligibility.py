"""Which questions a specification rules out beforehand, and why: industry, recent sittings, exposure, stimulus sets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from enum import StrEnum

from question_bank.assembly.pool import PoolQuestion
from question_bank.assembly.specification import Specification


class Reason(StrEnum):
    """Why a question of the pool can't come; the first that holds counts."""

    ELSEWHERE = "elsewhere"
    SAME_CONTENT = "same-content"
    INDUSTRY = "industry"
    RECENT = "recent"
    EXPOSED = "exposed"
    STIMULUS = "stimulus"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    Reason.ELSEWHERE: "不在知识点分布、题型或难度之内",
    Reason.SAME_CONTENT: "与另一题内容相同",
    Reason.INDUSTRY: "属于其他行业",
    Reason.RECENT: "最近场次用过",
    Reason.EXPOSED: "曝光超过上限",
    Reason.STIMULUS: "材料题不用或不成组",
}


def is_of_industry(question: PoolQuestion, specification: Specification) -> bool:
    """Whether a question is tagged for an industry that the specification is for."""
    rule = specification.industries
    return rule is not None and bool(question.industries.intersection(rule.eligible))


def ruled_out(question: PoolQuestion, specification: Specification) -> Reason | None:
    """Why the specification leaves this question out, or None.  Anchors are never left out."""
    if question.id in specification.anchors:
        return None
    if (
        specification.industries is not None
        and question.industries
        and not is_of_industry(question, specification)
    ):
        return Reason.INDUSTRY
    ago = question.sittings_ago
    if ago is not None and ago <= specification.exclude_sittings:
        return Reason.RECENT
    limit = specification.exposure_limit
    if limit is not None and question.exposure > limit.percent * 10:
        return Reason.EXPOSED
    rule = specification.stimulus
    if rule is not None and rule.most == 0 and question.stimulus:
        return Reason.STIMULUS
    return None


def broken_sets(
    usable: Iterable[PoolQuestion], pool: Iterable[PoolQuestion], specification: Specification
) -> frozenset[str]:
    """Stimuli of which not every question is usable, where sets come complete or not at all."""
    rule = specification.stimulus
    if rule is None or not rule.whole or rule.most == 0:
        return frozenset()
    here = Counter(question.stimulus for question in usable if question.stimulus)
    whole = Counter(question.stimulus for question in pool if question.stimulus)
    return frozenset(name for name, count in here.items() if count < whole[name])
