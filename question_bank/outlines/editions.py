"""From one edition of an outline to the next: where did each assessment point go?

A mapping says for an old code the new one; "" says that the point was given up.  A code that the mapping does not name
stays what it is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from question_bank.outlines.tree import Outline
from question_bank.problems import NOWHERE, Problem

#: Names less alike than this are no suggestion.
ALIKE = 0.6
_NOISE = re.compile(r"[\s、,，.。()（）的]+")


class Fate(StrEnum):
    """What seems to have become of a point."""

    SAME = "same"
    RENAMED = "renamed"
    MOVED = "moved"
    SIMILAR = "similar"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Passage:
    """One old point.  suggested: the new code, "" where none suggests itself.  SAME needs nobody's decision."""

    old: str
    old_name: str
    suggested: str
    new_name: str
    fate: Fate


def passages(old: Outline, new: Outline, *, also: Collection[str] = ()) -> list[Passage]:
    """Every point of the old edition, in its order, then the codes in `also` that it lacks (questions filed under them).

    Same code and name: SAME.  Same name elsewhere: MOVED.  Same code, another name: RENAMED.  A name much alike, nearest
    first: SIMILAR.  Else GONE.
    """
    names = {point.code: point.name for point in new.points} | {area.code: area.name for area in new.walk()}
    by_name: dict[str, str] = {}
    for point in new.points:
        by_name.setdefault(_plain(point.name), point.code)
    known = [(point.code, point.name) for point in old.points]
    area_names = {area.code: area.name for area in old.walk()}
    listed = {code for code, _ in known}
    known += [(code, area_names.get(code, "")) for code in sorted(set(also) - listed)]
    found = []
    for code, name in known:
        if code in names and (not name or _plain(names[code]) == _plain(name)):
            found.append(Passage(code, name, code, names[code], Fate.SAME))
        elif name and _plain(name) in by_name:
            there = by_name[_plain(name)]
            found.append(Passage(code, name, there, names[there], Fate.MOVED))
        elif code in names:
            found.append(Passage(code, name, code, names[code], Fate.RENAMED))
        else:
            there = _nearest(name, by_name) if name else ""
            fate = Fate.SIMILAR if there else Fate.GONE
            found.append(Passage(code, name, there, names.get(there, ""), fate))
    return found


def check_mapping(
    mapping: Mapping[str, str], old: Outline, new: Outline, in_use: Collection[str]
) -> list[Problem]:
    """What stands against a mapping: codes that the new edition lacks, and codes in use that nobody decided about."""
    valid = {point.code for point in new.points} | {area.code for area in new.walk()}
    problems = [
        Problem(NOWHERE, "code-not-in-outline", f"{before} → {after}：新细目表中没有代码 {after}。请改正。")
        for before, after in mapping.items()
        if after and after not in valid
    ]
    for passage in passages(old, new, also=in_use):
        if passage.old in in_use and passage.fate is not Fate.SAME and passage.old not in mapping:
            problems.append(
                Problem(
                    NOWHERE,
                    "point-undecided",
                    f"{passage.old} {passage.old_name}：已有试题，请指明其在新细目表中的代码，或写“-”表示取消。",
                )
            )
    return problems


def filed_under(code: str, mapping: Mapping[str, str]) -> str:
    """Where a question of this code stands in the new edition; a point that was given up keeps its code, outside of it."""
    return mapping.get(code) or code


def _nearest(name: str, by_name: Mapping[str, str]) -> str:
    wanted = _plain(name)
    best, there = ALIKE, ""
    matcher = SequenceMatcher(autojunk=False, b=wanted)
    for other, code in by_name.items():
        matcher.set_seq1(other)
        if matcher.quick_ratio() >= best and (alike := matcher.ratio()) > best:
            best, there = alike, code
    return there


def _plain(name: str) -> str:
    return _NOISE.sub("", unicodedata.normalize("NFKC", name).casefold())
