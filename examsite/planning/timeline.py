"""The steps of a plan in order, and what blocks the next one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from examsite.pages import moment
from examsite.planning.models import (
    PaperSet,
    PaperSetStatus,
    Plan,
    Sitting,
    SittingStatus,
    SpecificationRow,
    SpecificationStatus,
)


@dataclass(frozen=True, slots=True)
class Facts:
    """What the timeline is worked out from.  viewer_id: who looks; may_edit: whether links to forms are shown."""

    plan: Plan
    approved_questions: int
    has_outline: bool
    specifications: Sequence[SpecificationRow]
    paper_sets: Sequence[PaperSet]
    sittings: Sequence[Sitting]
    candidates: Mapping[int, int]
    needs_confirmation: bool
    viewer_id: int
    may_edit: bool
    now: datetime


@dataclass(frozen=True, slots=True)
class Step:
    """One step as the timeline shows it.  state: done, now, blocked or later."""

    title: str
    state: str
    text: str = ""
    when: str = ""
    url: str = ""
    blocker: str = ""


@dataclass(frozen=True, slots=True)
class _Stage:
    title: str
    is_done: bool
    text: str = ""
    when: str = ""
    url: str = ""
    blocker: str = ""


def steps(facts: Facts) -> list[Step]:
    """Each step of the plan; the first that is not done is "now", or "blocked" where its reader can't do it."""
    found: list[Step] = []
    is_open = True
    for stage in (*_bank_and_specification(facts), *_papers(facts), *_sitting(facts)):
        if stage.is_done:
            found.append(Step(stage.title, "done", stage.text, stage.when, stage.url))
        elif is_open:
            state = "blocked" if stage.blocker else "now"
            text, badge = stage.text, ""
            if stage.blocker:
                text, badge = stage.blocker, _("waits for somebody else")
            found.append(Step(stage.title, state, text, "", stage.url, badge))
            is_open = False
        else:
            found.append(Step(stage.title, "later", url=stage.url))
    return found


def focus(sittings: Sequence[Sitting], now: datetime) -> Sitting | None:
    """The sitting that the timeline speaks of: the next that has not closed, else the last; cancelled ones never."""
    alive = [sitting for sitting in sittings if sitting.status != SittingStatus.CANCELLED]
    coming = [sitting for sitting in alive if sitting.closes_at > now]
    return coming[0] if coming else (alive[-1] if alive else None)


def _bank_and_specification(facts: Facts) -> list[_Stage]:
    count = facts.approved_questions
    blocker = ""
    if not facts.has_outline:
        blocker = _("The bank has no published outline. Ask its writers to publish one.")
    elif not count:
        blocker = _("The bank has no approved questions. Ask its writers and reviewers.")
    approved = [s for s in facts.specifications if s.status == SpecificationStatus.APPROVED]
    own = all(s.created_by_id == facts.viewer_id for s in facts.specifications)
    text = _("Import the rule workbook, or fill in the form.")
    url = _new(facts, "planning.new_specification")
    waiting = ""
    if facts.specifications:
        text = _("A draft waits for its approval.")
        url = url_for("planning.specification", specification_id=facts.specifications[0].id)
        waiting = _("A second person must approve it: you made it yourself.") if own else ""
    return [
        _Stage(
            _("Bank has approved questions"),
            not blocker,
            ngettext("%(num)s approved question", "%(num)s approved questions", count),
            blocker=blocker,
        ),
        _Stage(
            _("Specification approved"),
            bool(approved),
            approved[0].name if approved else text,
            moment(approved[0].approved_at) if approved else "",
            url_for("planning.specification", specification_id=approved[0].id) if approved else url,
            waiting,
        ),
    ]


def _papers(facts: Facts) -> list[_Stage]:
    kept = [s for s in facts.paper_sets if s.status != PaperSetStatus.DISCARDED]
    approved = [s for s in kept if s.status == PaperSetStatus.APPROVED]
    own = bool(kept) and all(s.drawn_by_id == facts.viewer_id for s in kept)
    page = url_for("planning.paper_set", set_id=kept[0].id) if kept else ""
    return [
        _Stage(
            _("Papers drawn"),
            bool(kept),
            _papers_text(kept[0].count) if kept else _("Draw papers from the approved questions."),
            moment(kept[0].drawn_at) if kept else "",
            page or _new(facts, "planning.new_paper_set"),
        ),
        _Stage(
            _("Papers approved by a second person"),
            bool(approved),
            _papers_text(approved[0].count) if approved else _("Read the proof report, then approve."),
            moment(approved[0].approved_at) if approved else "",
            url_for("planning.paper_set", set_id=approved[0].id) if approved else page,
            _("A second person must approve them: you drew them yourself.") if own else "",
        ),
    ]


def _sitting(facts: Facts) -> list[_Stage]:
    sitting = focus(facts.sittings, facts.now)
    url = url_for("planning.sitting", sitting_id=sitting.id) if sitting else ""
    has_papers = sitting is not None and sitting.paper_set_id is not None
    is_ready = sitting is not None and sitting.status == SittingStatus.READY
    count = facts.candidates.get(sitting.id, 0) if sitting else 0
    confirmed_at = sitting.unverified_confirmed_at if sitting else None
    has_opened = is_ready and sitting is not None and sitting.opens_at <= facts.now
    return [
        _Stage(
            _("Sitting arranged with its papers"),
            has_papers,
            sitting.title if sitting and has_papers else _("Make a sitting, then choose its papers."),
            url=url or _new(facts, "planning.new_sitting"),
        ),
        _Stage(
            _("Unverified figures confirmed by a named person"),
            sitting is not None and (is_ready or confirmed_at is not None or not facts.needs_confirmation),
            _("Somebody answers by name for the figures marked unverified."),
            moment(confirmed_at) if confirmed_at else "",
            url,
        ),
        _Stage(
            _("Candidates enrolled"),
            count > 0,
            ngettext("%(num)s candidate", "%(num)s candidates", count)
            if count
            else _("Enrol candidates in the sitting."),
            url=url,
        ),
        _Stage(
            _("Sitting made ready"),
            is_ready,
            "" if is_ready else _("Check what is missing on its page."),
            url=url,
        ),
        _Stage(
            _("Sitting opens"),
            has_opened,
            _("By itself at %(moment)s.", moment=moment(sitting.opens_at))
            if sitting and not has_opened
            else "",
            moment(sitting.opens_at) if sitting else "",
            url=url,
        ),
    ]


def _papers_text(count: int) -> str:
    return str(ngettext("%(num)s paper", "%(num)s papers", count))


def _new(facts: Facts, endpoint: str) -> str:
    return url_for(endpoint, plan_id=facts.plan.id) if facts.may_edit else ""
