"""Which kinds of question exist, what they are called, and how each is answered and marked."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """题型.  The value is the letter of the trade's item codes (source: domain facts, item codes of the 国家题库)."""

    SINGLE = "B"
    MULTIPLE = "G"
    JUDGEMENT = "C"
    BLANK = "T"
    SHORT = "D"
    CALCULATION = "U"
    ESSAY = "W"
    CASE = "E"
    COMPOUND = "F"

    @property
    def label(self) -> str:
        """The Chinese name, as printed on papers."""
        return _LABELS[self]

    @property
    def english(self) -> str:
        """The English name."""
        return _ENGLISH[self]

    @property
    def has_options(self) -> bool:
        return self in (Kind.SINGLE, Kind.MULTIPLE)

    @property
    def is_machine_scored(self) -> bool:
        """True where every response of this kind earns its points without a marker.

        A 计算题 with a number and a 案例分析题 whose parts are all of such kinds are too: `parts.is_machine_scored`.
        """
        return self in MACHINE_SCORED


class MultiplePolicy(StrEnum):
    """What an incomplete response to a 多选题 earns; a specification says which holds for its papers.

    EXACT: nothing.  HALF: half the points where nothing is wrong and something is missing.  SHARE: each right option its
    share, nothing where anything is wrong.  Both are rounded down to half points.
    """

    EXACT = "exact"
    HALF = "half"
    SHARE = "share"


_LABELS = {
    Kind.SINGLE: "单选题",
    Kind.MULTIPLE: "多选题",
    Kind.JUDGEMENT: "判断题",
    Kind.BLANK: "填空题",
    Kind.SHORT: "简答题",
    Kind.CALCULATION: "计算题",
    Kind.ESSAY: "论述题",
    Kind.CASE: "案例分析题",
    Kind.COMPOUND: "综合题",
}
_ENGLISH = {
    Kind.SINGLE: "single choice",
    Kind.MULTIPLE: "multiple choice",
    Kind.JUDGEMENT: "true or false",
    Kind.BLANK: "fill in the blanks",
    Kind.SHORT: "short answer",
    Kind.CALCULATION: "calculation",
    Kind.ESSAY: "essay",
    Kind.CASE: "case analysis",
    Kind.COMPOUND: "compound",
}
MACHINE_SCORED = frozenset({Kind.SINGLE, Kind.MULTIPLE, Kind.JUDGEMENT, Kind.BLANK})

#: The order in which a paper presents its sections.
PAPER_ORDER = tuple(Kind)
