"""Answers typed in from paper are scored like all others, also after scores were collected without them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from examsite.access.permissions import Role
from examsite.authoring.keys import keys
from examsite.planning.models import Paper, PaperMode, Plan, Sitting
from examsite.results import actions, proving, queries
from examsite.sitting.presenting import presented_paper
from examsite.sitting.transcription import actions as transcription
from tests.conftest import START, Site
from tests.factories import make_enrolment, make_paper_set, make_person, make_sitting


def right_answers(session: Session, paper: Paper) -> dict[int, dict[str, Any]]:
    """What a candidate who knows everything writes."""
    held = keys(session, [place["version"] for place in paper.document["questions"]])
    found: dict[int, dict[str, Any]] = {}
    for question, place in zip(presented_paper(session, paper.id), paper.document["questions"], strict=True):
        key = held[place["version"]]
        if key.options:
            found[question.position] = {"options": [o.id for o in question.options if o.id in key.options]}
        elif key.truth is not None:
            found[question.position] = {"truth": key.truth}
        else:
            found[question.position] = {"blanks": [texts[0] for texts in key.blanks]}
    return found


def test_a_candidate_on_paper_gets_the_points_of_their_answers(site: Site) -> None:
    with site.writing() as session:
        papers = make_paper_set(session, mode=PaperMode.UNIQUE, count=3)
        sitting = make_sitting(session, paper_set=papers, opens_at=START)
        enrolment = make_enrolment(session, sitting)
        one, other = (make_person(session, Role.STAFF) for _ in range(2))
    after = sitting.closes_at + timedelta(hours=1)

    def collected() -> str:
        with site.writing() as session:
            row, plan = session.get_one(Sitting, sitting.id), session.get_one(Plan, sitting.plan_id)
            actions.collect(session, row, plan, actor=one, now=after)
            session.flush()
            [line] = queries.lines(session, sitting.id)
            return f"{line.status} {line.value and line.value.normalize():f}" if line.value else line.status

    assert collected() == "absent"
    with site.writing() as session:
        paper = session.scalars(select(Paper).where(Paper.set_id == papers.id, Paper.number == 2)).one()
        answers = right_answers(session, paper)
        script = transcription.begin(
            session,
            session.get_one(Sitting, sitting.id),
            session.get_one(type(enrolment), enrolment.id),
            number=2,
            code=paper.content_hash[:8],
            reason="样例：停电",
            actor=one,
            now=after,
        )
        transcription.enter(session, script, answers, actor=one, now=after)
        assert transcription.enter(session, script, answers, actor=other, now=after) == []
    assert collected() == "by-paper 100"
    with site.reading() as session:
        assert proving.recheck(session, [sitting.id]).differences == ()
    page = site.browse_as(one).get(f"/results/sittings/{sitting.id}")
    assert "纸笔录入" in page.text
