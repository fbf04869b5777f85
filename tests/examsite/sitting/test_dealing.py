"""Papers are dealt before the start: everybody one, neighbours unlike, anew when seats change before the opening."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import joinedload

from examsite.access.models import Person
from examsite.audit import AuditRecord
from examsite.planning.models import Paper, PaperMode, Sitting
from examsite.registration import actions as registration
from examsite.registration import seating
from examsite.registration.models import Enrolment, Room
from examsite.registration.rooms import neighbours, seat_number
from examsite.sitting import presenting
from examsite.sitting.dealing import deal_papers
from examsite.sitting.models import Attempt, DealtPaper
from examsite.sitting.queries import attempt_id
from tests.conftest import Site
from tests.examsite.sitting.counting import statements
from tests.factories import draw_seats, make_enrolment, make_paper_set, make_room, make_sitting


def hall(
    site: Site, *, mode: PaperMode = PaperMode.FIXED, papers: int = 4, candidates: int = 12, rooms: int = 1
) -> Sitting:
    """A ready sitting with candidates in rooms of 3 × 4 seats, drawn."""
    with site.writing() as session:
        sitting = make_sitting(session, paper_set=make_paper_set(session, mode=mode, count=papers))
        for _room in range(rooms):
            make_room(session, sitting, rows=3, columns=4)
        for _candidate in range(candidates):
            make_enrolment(session, sitting)
        if rooms:
            draw_seats(session, sitting)
    return sitting


def dealt(site: Site, sitting: Sitting) -> dict[int, int]:
    with site.reading() as session:
        rows = session.execute(
            select(Enrolment.id, DealtPaper.paper_id)
            .join(DealtPaper, DealtPaper.enrolment_id == Enrolment.id)
            .where(Enrolment.sitting_id == sitting.id)
        )
        return {enrolment: paper for enrolment, paper in rows}  # noqa: C416


def close_pairs(site: Site, sitting: Sitting) -> list[tuple[int, int]]:
    """Enrolments that sit beside one another."""
    with site.reading() as session:
        rooms = session.scalars(select(Room).where(Room.sitting_id == sitting.id)).all()
        rows = session.scalars(select(Enrolment).where(Enrolment.sitting_id == sitting.id)).all()
        at = {(row.room_id, seat_number(row.seat)): row.id for row in rows}
        return [
            (at[room.id, a], at[room.id, b])
            for room in rooms
            for a, b in neighbours(room)
            if (room.id, a) in at and (room.id, b) in at
        ]


def test_neighbours_never_have_the_same_of_four_papers(site: Site) -> None:
    sitting = hall(site)
    papers = dealt(site, sitting)
    assert len(papers) == 12
    pairs = close_pairs(site, sitting)
    assert len(pairs) == 29
    assert all(papers[a] != papers[b] for a, b in pairs)


def test_with_papers_of_their_own_nobody_shares_one(site: Site) -> None:
    sitting = hall(site, mode=PaperMode.UNIQUE, papers=14)
    papers = dealt(site, sitting)
    assert len(set(papers.values())) == 12


def test_without_rooms_everybody_has_the_paper_that_seed_and_rank_say(site: Site) -> None:
    sitting = hall(site, rooms=0, papers=3, candidates=7)
    papers = dealt(site, sitting)
    first = [papers[id_] for id_ in sorted(papers)]
    assert first[:3] == first[3:6]
    assert len(set(first[:3])) == 3


def test_the_candidate_opens_the_paper_that_was_dealt(site: Site) -> None:
    sitting = hall(site, candidates=3)
    papers = dealt(site, sitting)
    with site.writing() as session:
        row = session.scalars(select(Enrolment).where(Enrolment.sitting_id == sitting.id)).first()
        assert row is not None
        person = session.get_one(Person, row.person_id)
        other = session.scalars(select(Paper.id).where(Paper.id != papers[row.id])).first()
        assert other is not None
        session.execute(delete(DealtPaper).where(DealtPaper.enrolment_id == row.id))
        session.add(DealtPaper(enrolment_id=row.id, paper_id=other, dealt_at=sitting.opens_at))
    site.clock.set(sitting.opens_at + timedelta(minutes=1))
    with site.app.app_context():
        attempt = attempt_id(row.id)
    browse = site.browse_as(person, as_candidate=True)
    browse.get(f"/exam/{attempt}/wait").submit("进入")
    with site.reading() as session:
        assert session.get_one(Attempt, attempt).paper_id == other


def test_other_seats_before_the_opening_deal_anew_and_the_record_says_so(site: Site) -> None:
    sitting = hall(site)
    before = dealt(site, sitting)
    with site.writing() as session:
        draw_seats(session, sitting, seed="另一个", reason="样例")
    after = dealt(site, sitting)
    assert after != before
    assert all(after[a] != after[b] for a, b in close_pairs(site, sitting))
    with site.reading() as session:
        acts = session.scalars(select(AuditRecord.act).where(AuditRecord.act == "papers.deal")).all()
    assert len(acts) >= 2


def test_who_comes_late_to_the_list_gets_a_paper_no_neighbour_has_and_others_keep_theirs(site: Site) -> None:
    sitting = hall(site, candidates=6)
    before = dealt(site, sitting)
    with site.writing() as session:
        late = make_enrolment(session, sitting)
    after = dealt(site, sitting)
    assert {id_: after[id_] for id_ in before} == before
    close = {a if b == late.id else b for a, b in close_pairs(site, sitting) if late.id in (a, b)}
    assert close
    assert after[late.id] not in {after[id_] for id_ in close}


def test_a_withdrawn_candidates_own_paper_is_free_for_the_next(site: Site) -> None:
    sitting = hall(site, mode=PaperMode.UNIQUE, papers=4, candidates=4)
    before = dealt(site, sitting)
    gone = min(before)
    with site.writing() as session:
        row, place = session.get_one(Enrolment, gone), session.get_one(Sitting, sitting.id)
        staff = session.get_one(Person, sitting.created_by_id)
        at = sitting.opens_at - timedelta(minutes=30)
        registration.withdraw(session, row, place, reason="样例原因", actor=staff, now=at)
    assert set(dealt(site, sitting)) == set(before) - {gone}
    with site.writing() as session:
        late = make_enrolment(session, sitting)
    assert dealt(site, sitting)[late.id] == before[gone]


def test_a_move_while_the_sitting_runs_changes_no_paper(site: Site) -> None:
    sitting = hall(site, candidates=6)
    before = dealt(site, sitting)
    with site.writing() as session:
        row, place = session.get_one(Enrolment, min(before)), session.get_one(Sitting, sitting.id)
        staff = session.get_one(Person, sitting.created_by_id)
        at = sitting.opens_at + timedelta(minutes=10)
        seating.move(session, row, place, seat="01-12", reason="机器故障", actor=staff, now=at)
    assert dealt(site, sitting) == before


def test_dealing_again_keeps_the_paper_of_who_has_started(site: Site) -> None:
    sitting = hall(site, candidates=6)
    before = dealt(site, sitting)
    chosen = min(before)
    with site.writing() as session:
        other = session.scalars(select(Paper.id).where(Paper.id != before[chosen])).first()
        session.add(Attempt(id="a" * 32, enrolment_id=chosen, paper_id=other, settings={}))
        session.flush()
        staff = session.get_one(Person, sitting.created_by_id)
        place = session.get_one(Sitting, sitting.id)
        assert deal_papers(session, place, staff, sitting.opens_at) == 5
    assert dealt(site, sitting)[chosen] == before[chosen]


def test_the_waiting_page_reads_the_paper_that_the_start_will_show(site: Site) -> None:
    sitting = hall(site)
    with site.reading() as session:
        row = session.scalars(
            select(Enrolment).where(Enrolment.sitting_id == sitting.id).options(joinedload(Enrolment.person))
        ).first()
        assert row is not None
    presenting._papers._held.clear()
    with site.app.app_context():
        place = attempt_id(row.id)
    assert site.browse_as(row.person, as_candidate=True).get(f"/exam/{place}/wait").status == 200
    with statements(site) as seen, site.reading() as session:
        assert presenting.presented_paper(session, dealt(site, sitting)[row.id])
    assert not [one for one in seen if "document" in one]
