"""Supply against need: usable questions of an area and kind beside what one paper takes of them on the average.

The need of an area and kind is the count of the kind times the area's share.  Papers may move questions between areas
and kinds as long as both margins hold, so it is an expectation, good for seeing where a bank is thin, not a bound:
`explain` says whether a paper can be drawn.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from fractions import Fraction

from question_bank.assembly.specification import Share, Specification
from question_bank.questions.kinds import Kind

Need = dict[tuple[str, Kind], Fraction]


class Heat(StrEnum):
    """How well a need is met: not at all; by less than three papers' worth; by less than ten; by ten and more."""

    UNASKED = "unasked"
    MISSING = "missing"
    THIN = "thin"
    FAIR = "fair"
    GOOD = "good"


#: Supplies of this many papers' needs begin a warmer class.
FAIR_FROM, GOOD_FROM = 3, 10


def needs(specifications: Iterable[Specification]) -> Need:
    """Questions a paper by (code of a lowest area, kind): the largest of the specifications', each one's on the average."""
    found: Need = {}
    for specification in specifications:
        for leaf in _leaves(specification.shares):
            for section in specification.sections:
                need = section.count * leaf.percent / 100
                key = leaf.code, section.kind
                found[key] = max(found.get(key, Fraction(0)), need)
    return found


def heat(supply: int, need: Fraction) -> Heat:
    """The class of a supply against the need of one paper."""
    if need <= 0:
        return Heat.UNASKED
    papers = supply / need
    if papers < 1:
        return Heat.MISSING
    if papers < FAIR_FROM:
        return Heat.THIN
    return Heat.FAIR if papers < GOOD_FROM else Heat.GOOD


def _leaves(shares: Iterable[Share]) -> list[Share]:
    found = []
    for share in shares:
        found += _leaves(share.children) if share.children else [share]
    return found
