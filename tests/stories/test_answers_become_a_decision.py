"""Answers become a decision.

One candidate hands in and passes, one is stopped by the clock and fails, one never comes.  Staff collect and propose,
another person releases, and only then does anybody see a score; every one of them can be proved again.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from examsite.results.models import Decision, SubjectScore
from tests.browse import Browse
from tests.conftest import Site
from tests.stories.journey import (
    CLOSES,
    OPENS,
    Ready,
    answer_paper,
    come_in,
    make_ready_sitting,
    rows_of,
    sit_down,
)

AFTER = CLOSES + timedelta(minutes=10)


def test_answers_become_a_decision(site: Site) -> None:
    ready = _ready(site)
    page = f"/results/sittings/{ready.sitting.id}"
    _one_hands_in_one_is_stopped_by_the_clock_one_never_comes(site, ready)
    site.clock.set(AFTER)
    staff, colleague = site.browse_as(ready.staff), site.browse_as(ready.colleague)
    candidates = [come_in(site, ticket).browse for ticket in ready.tickets]

    _nothing_is_shown(candidates)
    scores = rows_of(staff.get(page).submit("汇总成绩"), "3 名考生")
    assert [scores[ticket.number][3:] for ticket in ready.tickets] == [
        ["已交卷", "75", "0", "合格", "达到合格分"],
        ["到时自动交卷", "40", "0", "不合格", "未达到合格分"],
        ["缺考", "–", "0", "不合格", "缺考"],
    ]
    _nothing_is_shown(candidates)

    proposed = staff.get(page).submit("提交发布")
    with pytest.raises(AssertionError, match="no form"):
        proposed.form("发布成绩")
    _nothing_is_shown(candidates)

    assert "已发布" in colleague.get(page).submit("发布成绩").text
    passed, failed, absent = (browse.get("/results/mine").text for browse in candidates)
    assert "75 分（满分 100 分） 合格" in passed
    assert "40 分（满分 100 分） 不合格" in failed
    assert "缺考" in absent
    assert "分（满分" not in absent
    assert _stored(site) == [(75, "passed"), (40, "failed"), (None, "failed")]

    # Every score and decision follows again from what was stored, and the record of all acts is whole.
    assert "3 scores of 1 sittings proved again: 0 differences" in site.run("results", "recheck")
    assert "unbroken" in site.run("audit", "verify")


def _ready(site: Site) -> Ready:
    with site.writing() as session:
        return make_ready_sitting(session, "样例甲", "样例乙", "样例丙", papers=2)


def _one_hands_in_one_is_stopped_by_the_clock_one_never_comes(site: Site, ready: Ready) -> None:
    site.clock.set(OPENS)
    diligent, slow = (sit_down(site, come_in(site, ticket)) for ticket in ready.tickets[:2])
    answer_paper(diligent, [True] * 15 + [False] * 5)
    answer_paper(slow, [True] * 8 + [False] * 6)
    site.clock.advance(minutes=60)
    assert diligent.hand_in().json["handed_in"] is True


def _nothing_is_shown(candidates: list[Browse]) -> None:
    for browse in candidates:
        page = browse.get("/results/mine")
        assert "成绩尚未发布" in page.text
        assert "合格" not in page.text
        assert "分（满分" not in page.text


def _stored(site: Site) -> list[tuple[Decimal | None, str]]:
    with site.reading() as session:
        query = (
            select(SubjectScore.value, Decision.outcome)
            .join(Decision, Decision.score_id == SubjectScore.id)
            .order_by(SubjectScore.enrolment_id)
        )
        return [(value, outcome) for value, outcome in session.execute(query)]
