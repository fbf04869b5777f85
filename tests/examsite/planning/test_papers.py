"""Papers: drawn exactly, stored, drawn again, refused in words."""

from __future__ import annotations

from sqlalchemy import select

from examsite.planning.models import Paper, PaperMode
from tests.conftest import Site
from tests.factories import (
    make_enrolment,
    make_paper_set,
    make_sitting,
)


def test_every_candidate_gets_another_paper_of_a_hundred_points(site: Site) -> None:
    with site.writing() as session:
        row = make_paper_set(session, mode=PaperMode.UNIQUE, count=12, spare=3)
        make_enrolment(session, make_sitting(session, paper_set=row))
    with site.reading() as session:
        drawn = session.scalars(select(Paper).where(Paper.set_id == row.id)).all()
    assert len(drawn) == 15
    assert len({frozenset(q["version"] for q in paper.document["questions"]) for paper in drawn}) == 15
    for paper in drawn:
        assert sum(float(q["points"]) for q in paper.document["questions"]) == 100
