"""A cancelled result, an absence and a low score stay apart, and no cancelled result is released as a score."""

from __future__ import annotations

from sqlalchemy import select

from examsite.access.permissions import Role
from examsite.invigilation.conduct import actions as conduct
from examsite.invigilation.conduct.actions import Report
from examsite.invigilation.conduct.models import Effect, Misconduct
from examsite.registration.models import Enrolment
from examsite.results.models import Decision, SubjectScore
from examsite.results.proving import recheck
from tests.examsite.results.arrange import (
    OPENS,
    RIGHT,
    WRONG,
    candidate_of,
    collected,
    released,
    sat,
    score_page,
    staff_of,
)
from tests.factories import make_person

FULL = [RIGHT] * 5
LOW = [WRONG] * 5


def cancel(site, over, seat, *, signed=True):
    """An invigilator cancels the result of this seat, another signs."""
    with site.writing() as session:
        first, second = make_person(session, Role.INVIGILATOR), make_person(session, Role.INVIGILATOR)
        row = conduct.record_misconduct(
            session,
            session.get_one(Enrolment, over.enrolments[seat - 1].id),
            Report("1", Effect.CANCEL, "样例:夹带", OPENS),
            once=f"{seat:032x}",
            actor=first,
            now=site.now,
        )
        if signed:
            conduct.sign(session, row, actor=second, now=site.now)
        return row.id


def outcomes(site):
    with site.reading() as session:
        rows = session.execute(
            select(SubjectScore, Decision)
            .join(Decision, Decision.score_id == SubjectScore.id)
            .order_by(SubjectScore.enrolment_id, SubjectScore.number)
        )
        return [(score.value, decision.outcome, decision.reasons) for score, decision in rows]


def test_a_cancelled_result_is_apart_from_an_absence_and_from_a_low_score(site):
    over = sat(site, FULL, LOW, None)
    cancel(site, over, 1)
    collected(site, over)
    assert outcomes(site) == [
        (None, "failed", ["cancelled"]),
        (0, "failed", ["below-pass-mark"]),
        (None, "failed", ["absent"]),
    ]
    released(site, over)
    mine = candidate_of(site, over, 1).get("/results/mine")
    assert "取消" in mine.text
    with site.reading() as session:
        assert recheck(session, [over.sitting.id]).differences == ()


def test_a_record_without_a_witness_keeps_the_scores_back(site):
    over = sat(site, FULL)
    cancel(site, over, 1, signed=False)
    browse = collected(site, over)
    page = browse.get(score_page(over))
    assert "违纪记录待见证人签字" in page.text
    assert not any("提交发布" in "".join(button.itertext()) for button in page.find_all("button"))


def test_scores_collected_before_the_record_are_collected_again_before_they_are_proposed(site):
    over = sat(site, FULL, FULL)
    browse = collected(site, over)
    cancel(site, over, 1)
    assert "请重新汇总成绩" in browse.get(score_page(over)).text
    with site.reading() as session:
        assert recheck(session, [over.sitting.id]).differences
    collected(site, over, browse)
    assert [(v, o) for v, o, _r in outcomes(site)] == [(100, "passed"), (None, "failed"), (100, "passed")]


def test_a_record_made_after_the_proposal_stops_its_release(site):
    over = sat(site, FULL)
    collected(site, over).get(score_page(over)).submit("提交发布")
    seen = staff_of(site).get(score_page(over))
    cancel(site, over, 1)
    late = seen.submit("发布成绩")
    assert late.status == 409
    assert "请重新汇总成绩" in late.text


def test_a_record_that_is_taken_back_gives_the_score_back(site):
    over = sat(site, FULL)
    misconduct_id = cancel(site, over, 1)
    browse = collected(site, over)
    with site.writing() as session:
        person = make_person(session, Role.INVIGILATOR)
        row = session.get_one(Misconduct, misconduct_id)
        conduct.withdraw_misconduct(session, row, "样例:误判", once="f" * 32, actor=person, now=site.now)
    collected(site, over, browse)
    assert [(v, o) for v, o, _r in outcomes(site)] == [(None, "failed"), (100, "passed")]
