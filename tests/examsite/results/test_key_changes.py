"""A wrong key is corrected after use by two persons, who see before it happens whose result would change."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from examsite.access.permissions import Role
from examsite.authoring import keys
from examsite.authoring.vetting import keychanges as corrections
from examsite.authoring.vetting.models import KeyCorrection
from examsite.results.models import SubjectScore
from tests.browse import Browse, Page
from tests.conftest import Site
from tests.examsite.results.arrange import (
    NOTHING,
    RIGHT,
    WRONG,
    Over,
    candidate_of,
    collected,
    released,
    sat,
    score_page,
    staff_of,
)
from tests.factories import make_bank, make_person, make_question

#: The third question is a judgement; whoever answered it "wrong" is right by the new key.
FORTY_THEN_SIXTY = [RIGHT, RIGHT, WRONG, WRONG, NOTHING]
SIXTY_THEN_FORTY = [RIGHT, RIGHT, RIGHT, WRONG, NOTHING]
HUNDRED_THEN_EIGHTY = [RIGHT] * 5


def _province(site: Site) -> Browse:
    with site.writing() as session:
        person = make_person(session, Role.PROVINCE, name="样例决定人")
    return site.browse_as(person)


def _proposed(site: Site, over: Over) -> Page:
    with site.writing() as session:
        person = make_person(session, Role.REVIEWER, name="样例提出人")
    judgement = over.versions[2]
    site.clock.advance(hours=1)
    version = site.browse_as(person).get(f"/bank/versions/{judgement.id}")
    page = version.follow("使用后更正错误答案")
    assert page.submit("提出更正", truth="false", reason="").status == 422
    assert page.submit("提出更正", truth="true", reason="没有变化").status == 409
    return page.submit("提出更正", truth="false", reason="条款已修订，原答案有误")


def _scores(site: Site) -> list[tuple[int, Decimal | None]]:
    with site.reading() as session:
        rows = session.execute(select(SubjectScore.number, SubjectScore.value).order_by(SubjectScore.id))
        return [tuple(row) for row in rows]


def _recheck(site: Site) -> dict[str, object]:
    found = json.loads(site.run("results", "recheck", "--json"))
    assert isinstance(found, dict)
    return found


def test_the_second_person_sees_whose_result_would_change_and_approving_scores_anew(site: Site) -> None:
    over = sat(site, FORTY_THEN_SIXTY, SIXTY_THEN_FORTY, HUNDRED_THEN_EIGHTY, None)
    collected(site, over)
    proposed = _proposed(site, over)
    assert "3 人分数改变" in proposed.text
    assert "2 人结论改变" in proposed.text
    assert over.enrolments[0].ticket not in proposed.text, "who sees no scores sees counts"
    assert "批准并重新评分" not in proposed.text
    before = _scores(site)
    page = _province(site).get("/results/").follow("答案更正").follow("#")
    assert over.enrolments[0].ticket in page.text
    assert page.submit("批准并重新评分", note="").status == 422
    assert _scores(site) == before, "nothing changes before it is approved"
    site.clock.advance(minutes=5)
    done = page.submit("批准并重新评分", note="同意")
    assert "1 个场次已重新评分，2 人的结论改变" in done.text
    assert _scores(site)[len(before) :] == [(2, Decimal(60)), (2, Decimal(40)), (2, Decimal(80))]
    assert _recheck(site)["differences"] == []


def test_released_results_stay_what_candidates_see_until_the_next_release(site: Site) -> None:
    over = sat(site, FORTY_THEN_SIXTY)
    released(site, over)
    proposed = _proposed(site, over)
    site.clock.advance(hours=1)
    page = _province(site).get(proposed.url)
    assert "在两人提议并发布新成绩之前" in page.text
    page.submit("批准并重新评分", note="同意")
    assert "40 分" in candidate_of(site, over, 1).get("/results/mine").text
    assert _recheck(site)["differences"] == []
    sitting = staff_of(site).get(score_page(over))
    assert "发布后成绩已重新评定" in sitting.text
    site.clock.advance(minutes=1)
    sitting.submit("提交发布")
    done = staff_of(site).get(sitting.url).submit("发布成绩")
    assert "发布后成绩已重新评定" not in done.text
    assert "60 分" in candidate_of(site, over, 1).get("/results/mine").text
    assert _recheck(site)["differences"] == []


def test_nobody_decides_what_they_proposed_in_the_page_or_the_database(site: Site) -> None:
    over = sat(site, SIXTY_THEN_FORTY)
    collected(site, over)
    with site.writing() as session:
        both = make_person(session, Role.REVIEWER, Role.PROVINCE)
    browser = site.browse_as(both)
    page = browser.get(f"/results/versions/{over.versions[2].id}/key-changes")
    change = page.submit("提出更正", truth="false", reason="有误")
    assert "批准并重新评分" not in change.text
    token = page.find_all("input", name="csrf_token")[0].get("value", "")
    forged = browser.post(change.url + "/approve", {"note": "x", "csrf_token": token})
    assert forged.status == 409
    assert "由您本人提出" in forged.text
    with pytest.raises(DBAPIError), site.writing() as session:
        session.execute(
            text("UPDATE key_corrections SET status = 'approved', decided_by_id = proposed_by_id")
        )


def test_a_refused_change_leaves_everything_as_it_was(site: Site) -> None:
    over = sat(site, SIXTY_THEN_FORTY)
    collected(site, over)
    before = _scores(site)
    proposed = _proposed(site, over)
    done = _province(site).get(proposed.url).submit("不批准", note="原答案无误")
    assert "未批准" in done.text
    assert _scores(site) == before
    with site.reading() as session:
        assert keys.keys(session, [over.versions[2].id])[over.versions[2].id].truth is True
    assert _recheck(site)["differences"] == []


def test_a_correction_is_frozen_and_one_at_a_time_is_open(site: Site) -> None:
    over = sat(site, SIXTY_THEN_FORTY)
    collected(site, over)
    proposed = _proposed(site, over)
    again = proposed.browse.get(f"/results/versions/{over.versions[2].id}/key-changes")
    assert "提出更正并查看影响" not in again.text
    for change in ("reason = 'x'", "document = NULL", "number = 7"):
        with pytest.raises(DBAPIError, match="frozen"), site.writing() as session:
            session.execute(text(f"UPDATE key_corrections SET {change}"))
    _province(site).get(proposed.url).submit("不批准", note="原答案无误")
    with pytest.raises(DBAPIError, match="decided correction stays"), site.writing() as session:
        session.execute(text("UPDATE key_corrections SET note = 'x'"))


def test_recheck_names_scores_that_a_correction_has_not_reached(site: Site) -> None:
    """Somebody approved a correction without scoring anew: the score is proved by its own key, and the reason is told."""
    over = sat(site, SIXTY_THEN_FORTY)
    collected(site, over)
    _proposed(site, over)
    with site.writing() as session:
        row = session.scalars(select(KeyCorrection)).one()
        other = make_person(session, Role.PROVINCE)
        corrections.decide(
            session,
            row,
            corrections.CorrectionStatus.APPROVED,
            "样例",
            actor=other,
            now=site.now + timedelta(1),
        )
    outcome = site.app.test_cli_runner().invoke(args=["results", "recheck", "--json"])
    assert outcome.exit_code == 1
    [difference] = json.loads(outcome.output)["differences"]
    assert difference["what"] == "key-corrected-since 3"


def test_the_key_in_force_depends_on_the_instant(site: Site) -> None:
    over = sat(site, SIXTY_THEN_FORTY)
    collected(site, over)
    version, before = over.versions[2].id, site.now
    proposed = _proposed(site, over)
    _province(site).get(proposed.url).submit("批准并重新评分", note="同意")
    with site.reading() as session:
        assert keys.keys(session, [version])[version].truth is False
        assert keys.keys(session, [version], at=before)[version].truth is True
        assert keys.keys_as_written(session, [version])[version].truth is True


def test_a_version_that_was_on_no_paper_is_revised_instead(site: Site) -> None:
    with site.writing() as session:
        version = make_question(session, make_bank(session))
        person = make_person(session, Role.REVIEWER)
    page = site.browse_as(person).get(f"/results/versions/{version.id}/key-changes")
    assert "请直接修订试题" in page.text
    assert "提出更正并查看影响" not in page.text


def test_what_is_no_key_of_the_question_is_refused_beside_its_field(site: Site) -> None:
    over = sat(site, SIXTY_THEN_FORTY)
    with site.writing() as session:
        person = make_person(session, Role.REVIEWER)
    browser = site.browse_as(person)
    single, multiple, blank = over.versions[0], over.versions[1], over.versions[3]
    one = multiple.document["options"][0]["id"]
    for version, sent, sentence in (
        (single, {"options": None}, "请选择一个正确选项"),
        (multiple, {"options": one}, "请至少选择两个正确选项"),
        (blank, {"blank-0": " \n "}, "每个空至少要有一个可接受的答案"),
    ):
        page = browser.get(f"/results/versions/{version.id}/key-changes")
        refused = page.submit("提出更正", reason="有误", **sent)
        assert refused.status == 422
        assert sentence in refused.text
        assert "有误" in refused.text, "what was typed stays"


def test_a_blank_gains_a_text_and_the_rest_of_the_key_stays(site: Site) -> None:
    over = sat(site, SIXTY_THEN_FORTY)
    collected(site, over)
    with site.writing() as session:
        person = make_person(session, Role.REVIEWER)
        old = keys.keys(session, [over.versions[3].id])[over.versions[3].id]
    page = site.browse_as(person).get(f"/results/versions/{over.versions[3].id}/key-changes")
    change = page.submit("提出更正", reason="同义", **{"blank-0": "样例答案\r\n样例错误"})
    assert "1 人分数改变" in change.text
    with site.reading() as session:
        row = session.scalars(select(KeyCorrection.id)).one()
        assert keys.proposed_key(session, row) == replace(old, blanks=(("样例答案", "样例错误"),))
