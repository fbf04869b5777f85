"""What later stages add to the pages of plans and sittings, without planning knowing those stages.

A later stage registers at import: how many candidates a sitting has, whether somebody still answers, links that stand on a
sitting's page, and what it does when a sitting is made ready.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from examsite.access.permissions import Permission
from examsite.audit import Actor
from examsite.planning.models import Sitting

#: How many candidates each of these sittings has, by sitting id; sittings without any may be left out.
CandidateCounter = Callable[[Session, Collection[int]], dict[int, int]]
#: In which of these sittings somebody still has time left.
RunningFinder = Callable[[Session, Collection[int], datetime], set[int]]


@dataclass(frozen=True, slots=True)
class SittingLink:
    """A page of a later stage about one sitting; its endpoint takes `sitting_id`.  label: a lazy text."""

    label: Any
    endpoint: str
    permission: Permission


SITTING_LINKS: list[SittingLink] = []
_COUNTERS: list[CandidateCounter] = []
_FINDERS: list[RunningFinder] = []


def add_sitting_link(link: SittingLink) -> None:
    """Show this link on every sitting's page and beside it in its plan, to whoever has the permission."""
    if link not in SITTING_LINKS:
        SITTING_LINKS.append(link)


def count_candidates_with(counter: CandidateCounter) -> CandidateCounter:
    """Register the function that counts candidates (a decorator)."""
    _COUNTERS[:] = [counter]
    return counter


def candidate_counts(session: Session, sitting_ids: Collection[int]) -> dict[int, int]:
    """How many candidates each of these sittings has; 0 where nobody is enrolled."""
    counts = dict.fromkeys(sitting_ids, 0)
    if sitting_ids:
        for counter in _COUNTERS:
            counts.update(counter(session, sitting_ids))
    return counts


def find_running_with(finder: RunningFinder) -> RunningFinder:
    """Register the function that finds sittings in which somebody still answers, past the closing too (a decorator)."""
    _FINDERS[:] = [finder]
    return finder


def still_running(session: Session, sitting_ids: Collection[int], now: datetime) -> set[int]:
    """Those of these sittings in which somebody still has time left, by extra time or a pause."""
    return {found for finder in _FINDERS for found in finder(session, sitting_ids, now)}


#: Called within the transaction that makes a sitting ready.
ReadyListener = Callable[[Session, Sitting, Actor, datetime], None]
_READY: list[ReadyListener] = []


def when_ready(listener: ReadyListener) -> ReadyListener:
    """Register what a later stage does when a sitting is made ready (a decorator)."""
    if listener not in _READY:
        _READY.append(listener)
    return listener


def made_ready(session: Session, sitting: Sitting, *, actor: Actor, now: datetime) -> None:
    """Tell every later stage that this sitting is ready."""
    for listener in _READY:
        listener(session, sitting, actor, now)
