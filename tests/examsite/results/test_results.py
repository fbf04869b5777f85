"""From the end of a sitting to results that candidates see, through the door."""

from __future__ import annotations

import io
import json
import re
import zipfile
from datetime import timedelta
from decimal import Decimal

import openpyxl
import pytest
from sqlalchemy import event, select, text
from sqlalchemy.exc import DBAPIError

from examsite.access.models import Person
from examsite.access.permissions import Role
from examsite.audit import AuditRecord
from examsite.results import actions
from examsite.results.models import Decision, Release, SubjectScore
from examsite.sitting import quarantine
from examsite.sitting.models import Answer, Attempt, QuarantinedAnswer
from question_bank.questions.kinds import Kind
from tests.browse import Page
from tests.conftest import Site
from tests.examsite.results.arrange import (
    AFTER,
    FIVE,
    NOTHING,
    OPENS,
    RIGHT,
    WRONG,
    Over,
    candidate_of,
    collected,
    make_sat_sitting,
    released,
    sat,
    score_page,
    staff_of,
)
from tests.factories import make_institution, make_person

ALL = [RIGHT] * 5
SIXTY = [RIGHT, RIGHT, RIGHT, WRONG, NOTHING]
FORTY = [RIGHT, RIGHT, WRONG, WRONG, NOTHING]


def scores(site: Site) -> list[tuple[int, int, Decimal | None, str]]:
    """(enrolment, number, value, outcome) of every score, in order."""
    with site.reading() as session:
        rows = session.execute(
            select(SubjectScore.enrolment_id, SubjectScore.number, SubjectScore.value, Decision.outcome)
            .join(Decision, Decision.score_id == SubjectScore.id)
            .order_by(SubjectScore.id)
        )
        return [tuple(row) for row in rows]


def row_of(page: Page, over: Over, seat: int) -> list[str]:
    """The cells of one candidate."""
    ticket = over.enrolments[seat - 1].ticket
    for row in page.find_all("tr"):
        cells = [re.sub(r"\s+", " ", "".join(cell.itertext())).strip() for cell in row]
        if cells and cells[0] == ticket:
            return cells
    raise AssertionError(f"no row of {ticket}")


def csrf(page: Page) -> str:
    return next(e.get("value", "") for e in page.find_all("input", name="csrf_token"))


# ---- collecting ----


def test_scores_are_exact_and_decided_at_the_pass_mark(site: Site) -> None:
    over = sat(site, ALL, SIXTY, FORTY, None)
    page = collected(site, over).get(score_page(over))
    shown = {seat: row_of(page, over, seat)[4:9] for seat in (1, 2, 3, 4)}
    assert shown[1] == ["已交卷", "100", "0", "合格", "达到合格分"]
    assert shown[2] == ["已交卷", "60", "0", "合格", "达到合格分"]
    assert shown[3] == ["已交卷", "40", "0", "不合格", "未达到合格分"]
    assert shown[4] == ["缺考", "–", "0", "不合格", "缺考"]


def test_half_points_below_the_mark_do_not_pass(site: Site) -> None:
    parts = ((Kind.SINGLE, "59.5"), (Kind.SINGLE, "40.5"))
    over = sat(site, [RIGHT, WRONG], parts=parts)
    collected(site, over)
    assert scores(site) == [(over.enrolments[0].id, 1, Decimal("59.5"), "failed")]


def test_a_written_answer_leaves_the_decision_incomplete_and_blocks_the_release(site: Site) -> None:
    parts = (*FIVE[:4], (Kind.SHORT, "20"))
    over = sat(site, ALL, [RIGHT] * 4 + [NOTHING], parts=parts)
    browse = collected(site, over)
    page = browse.get(score_page(over))
    assert row_of(page, over, 1)[5:8] == ["80", "1", "未完成"]
    assert row_of(page, over, 2)[5:8] == ["80", "0", "合格"]  # nothing entered earns 0 without a marker
    assert "1 份作答待人工评阅" in page.text
    answer = browse.post(f"{score_page(over)}/propose", {"csrf_token": csrf(page)})
    assert answer.status == 409
    assert "1 份作答待人工评阅" in answer.text


def test_collecting_twice_changes_nothing(site: Site) -> None:
    over = sat(site, ALL, FORTY, None)
    browse = collected(site, over)
    before = scores(site)
    site.clock.advance(minutes=10)
    again = browse.get(score_page(over)).submit("汇总成绩")
    assert "没有变化" in again.text
    assert scores(site) == before
    assert len(before) == 3


def test_nothing_is_collected_while_somebody_may_still_come_or_answers(site: Site) -> None:
    over = sat(site, ALL, None)
    site.clock.set(OPENS + timedelta(hours=1, minutes=5))
    browse = staff_of(site)
    page = browse.get(score_page(over))
    assert "未到" in page.text
    answer = browse.post(f"{score_page(over)}/collect", {"csrf_token": csrf(page)})
    assert answer.status == 409
    assert "尚有考生未到" in answer.text
    assert scores(site) == []


def test_collecting_closes_scripts_whose_time_ended_and_refuses_those_still_open(site: Site) -> None:
    with site.writing() as session:
        over = make_sat_sitting(session, [ALL, FORTY], closed=False)
        # Extra time is an accommodation that runs past the end of the sitting.
        session.get_one(Attempt, over.attempt(1)).extra_seconds = 4 * 3600
    site.clock.set(AFTER)
    browse = staff_of(site)
    page = browse.get(score_page(over)).submit("汇总成绩")
    assert page.status == 409
    assert "1 名考生正在作答" in page.text
    assert row_of(page, over, 2)[4] == "到时自动交卷"
    site.clock.advance(hours=6)
    page = staff_of(site).get(score_page(over)).submit("汇总成绩")
    assert row_of(page, over, 1)[4:6] == ["到时自动交卷", "100"]


def test_a_paper_without_100_points_is_not_scored(site: Site) -> None:
    over = sat(site, [RIGHT], parts=((Kind.SINGLE, "12"),))
    answer = staff_of(site).get(score_page(over)).submit("汇总成绩")
    assert answer.status == 409
    assert "满分为 12 分" in answer.text


def test_scores_can_not_be_edited(site: Site) -> None:
    over = sat(site, ALL)
    collected(site, over)
    with pytest.raises(DBAPIError), site.writing() as session:
        session.execute(text("UPDATE subject_scores SET awaits_marker = 3"))


def test_the_number_of_statements_does_not_grow_with_the_candidates(sqlite_site: Site) -> None:
    counts = []
    for candidates in (2, 20):
        over = sat(sqlite_site, *([ALL] * candidates))
        ran: list[str] = []
        engine = sqlite_site.database.engine

        def note(_c, _cursor, statement, *_rest, ran=ran) -> None:  # type: ignore[no-untyped-def]
            ran.append(statement)

        with sqlite_site.writing() as session:
            actor = session.get_one(Person, over.plan.created_by_id)
            event.listen(engine, "before_cursor_execute", note)
            actions.collect(session, over.sitting, over.plan, actor=actor, now=AFTER)
            event.remove(engine, "before_cursor_execute", note)
        counts.append(len(ran))
    assert counts[0] == counts[1]


# ---- release ----


def test_two_persons_release_and_the_candidate_then_sees_it(site: Site) -> None:
    over = sat(site, SIXTY, FORTY)
    candidate = candidate_of(site, over)
    assert "成绩尚未发布" in candidate.get("/results/mine").text
    proposer = collected(site, over)
    assert "成绩尚未发布" in candidate.get("/results/mine").text
    page = proposer.get(score_page(over)).submit("提交发布")
    assert "须由另一人发布" in page.text
    assert "成绩尚未发布" in candidate.get("/results/mine").text
    assert "60 分" not in candidate.get("/results/mine").text
    second = staff_of(site)
    page = second.get(score_page(over)).submit("发布成绩")
    assert "已发布，考生现在可以查看成绩" in page.text
    mine = candidate.get("/results/mine")
    assert "成绩尚未发布" not in mine.text
    assert "60 分（满分 100 分） 合格" in mine.text
    assert "未核实" in mine.text
    assert "不合格" in candidate_of(site, over, 2).get("/results/mine").text


def test_points_are_told_by_area_and_kind(site: Site) -> None:
    over = sat(site, SIXTY)
    released(site, over)
    mine = candidate_of(site, over).get("/results/mine")
    rows = {
        re.sub(r"\s+", " ", "".join(row[0].itertext())).strip(): ["".join(c.itertext()) for c in row[1:]]
        for row in mine.find_all("tr")
        if len(row) == 4
    }
    # Questions 1, 3 and 5 lie in area A, 2 and 4 in B; the first three are right.
    assert rows["A 样例范围A"] == ["3", "40 / 60", "67%"]
    assert rows["└ A-A 样例范围A之一"] == ["3", "40 / 60", "67%"]
    assert rows["B 样例范围B"] == ["2", "20 / 40", "50%"]
    assert rows["单选题"] == ["2", "20 / 40", "50%"]
    assert rows["填空题"] == ["1", "0 / 20", "0%"]


def test_a_candidate_never_sees_questions_or_keys(site: Site) -> None:
    over = sat(site, FORTY)
    released(site, over)
    body = candidate_of(site, over).get("/results/mine").response.get_data(as_text=True)
    for version in over.versions:
        assert version.document["stem"][:4] not in body
        for option in version.document["options"]:
            assert option["id"] not in body
            assert option["content"] not in body
    assert "样例解析" not in body
    assert "样例答案" not in body


def test_nobody_releases_what_they_proposed(site: Site) -> None:
    over = sat(site, ALL)
    browse = collected(site, over)
    page = browse.get(score_page(over)).submit("提交发布")
    with pytest.raises(AssertionError, match="no form"):
        page.form("发布成绩")
    for verb, more in (("release", {}), ("return", {"note": "样例原因"})):
        answer = browse.post(f"/results/releases/1/{verb}", {"csrf_token": csrf(page), **more})
        assert answer.status == 409
        assert "须由另一人" in answer.text
    with site.reading() as session:
        assert session.scalars(select(Release.status)).all() == ["proposed"]


def test_the_database_too_refuses_one_person_for_both(site: Site) -> None:
    over = sat(site, ALL)
    collected(site, over).get(score_page(over)).submit("提交发布")
    with pytest.raises(DBAPIError), site.writing() as session:
        session.execute(text("UPDATE releases SET status = 'released', ended_by_id = proposed_by_id"))


def test_a_proposal_is_returned_with_a_reason_and_made_again(site: Site) -> None:
    over = sat(site, ALL)
    first = collected(site, over)
    first.get(score_page(over)).submit("提交发布")
    second = staff_of(site)
    empty = second.get(score_page(over)).submit("退回", note="")
    assert empty.status == 422
    assert "请写明退回原因" in empty.text
    page = second.get(score_page(over)).submit("退回", note="样例：请核对缺考名单")
    assert "已退回" in page.text
    assert "请核对缺考名单" in first.get(score_page(over)).text
    assert "成绩尚未发布" in candidate_of(site, over).get("/results/mine").text
    first.get(score_page(over)).submit("提交发布")
    second.get(score_page(over)).submit("发布成绩")
    assert "100" in candidate_of(site, over).get("/results/mine").text


def test_scores_that_changed_after_the_proposal_are_not_released(site: Site) -> None:
    over = sat(site, ALL, FORTY)
    first = collected(site, over)
    first.get(score_page(over)).submit("提交发布")
    second = staff_of(site)
    seen = second.get(score_page(over))
    with site.writing() as session:
        # A person decided on a late answer: the script, its receipt and so its score are others now.
        session.get_one(Answer, (over.attempt(2), 3)).response = {"truth": True}
        session.get_one(Attempt, over.attempt(2)).receipt = None
    site.clock.advance(minutes=5)
    assert "1 名考生的成绩为新增或有变化" in first.get(score_page(over)).submit("汇总成绩").text
    assert [row[1:3] for row in scores(site) if row[0] == over.enrolments[1].id] == [(1, 40), (2, 60)]
    answer = seen.submit("发布成绩")
    assert answer.status == 409
    assert "与提交时不一致" in answer.text
    assert "成绩尚未发布" in candidate_of(site, over, 2).get("/results/mine").text
    second.get(score_page(over)).submit("退回", note="样例：成绩已变化")
    first.get(score_page(over)).submit("提交发布")
    second.get(score_page(over)).submit("发布成绩")
    assert "合格" in candidate_of(site, over, 2).get("/results/mine").text


def test_candidates_keep_seeing_what_was_released_until_the_next_release(site: Site) -> None:
    over = sat(site, FORTY)
    released(site, over)
    with site.writing() as session:
        session.get_one(Answer, (over.attempt(1), 3)).response = {"truth": True}
        session.get_one(Attempt, over.attempt(1)).receipt = None
    site.clock.advance(minutes=5)
    collected(site, over)
    assert "40 分（满分" in candidate_of(site, over).get("/results/mine").text


def test_the_same_results_are_not_released_twice(site: Site) -> None:
    over = sat(site, ALL)
    released(site, over)
    browse = staff_of(site)
    page = browse.get(score_page(over))
    answer = browse.post(f"{score_page(over)}/propose", {"csrf_token": csrf(page)})
    assert answer.status == 409
    assert "已经发布" in answer.text


# ---- who may ----


def test_another_institution_and_roles_without_scores_stay_outside(site: Site) -> None:
    over = sat(site, ALL)
    with site.writing() as session:
        stranger = make_person(session, Role.STAFF, institution=make_institution(session, "另一样例机构"))
    elsewhere = site.browse_as(stranger)
    assert elsewhere.get(score_page(over)).status == 404
    own = elsewhere.get("/results/")
    assert over.sitting.title not in own.text
    for verb in ("collect", "propose", "export"):
        answer = elsewhere.post(f"{score_page(over)}/{verb}", {"csrf_token": _token(elsewhere)})
        assert answer.status == 404
    assert staff_of(site, role=Role.WRITER).get(score_page(over)).status == 403
    assert candidate_of(site, over).get(score_page(over)).status == 403
    assert staff_of(site, role=Role.WRITER).get("/results/mine").status == 403


def _token(browse) -> str:  # type: ignore[no-untyped-def]
    return csrf(browse.get("/profile"))


def test_the_province_sees_scores_and_prepares_none(site: Site) -> None:
    over = sat(site, ALL)
    collected(site, over)
    province = staff_of(site, role=Role.PROVINCE)
    page = province.get(score_page(over))
    assert row_of(page, over, 1)[5] == "100"
    with pytest.raises(AssertionError, match="no form"):
        page.form("提交发布")
    answer = province.post(f"{score_page(over)}/propose", {"csrf_token": csrf(page)})
    assert answer.status == 403


def test_nobody_sees_the_results_of_somebody_else(site: Site) -> None:
    over = sat(site, ALL, FORTY)
    released(site, over)
    other = candidate_of(site, over, 2).get("/results/mine")
    assert over.enrolments[0].ticket not in other.text
    assert "40 分（满分" in other.text
    with site.writing() as session:
        nobody = make_person(session, Role.CANDIDATE)
    assert "还没有成绩" in site.browse_as(nobody).get("/results/mine").text


# ---- the table ----


def test_the_list_counts_and_an_empty_one_says_what_to_do_first(site: Site) -> None:
    assert "请先安排带有试卷和考生的场次" in staff_of(site).get("/results/").text
    over = sat(site, ALL, FORTY, None)
    released(site, over)
    page = staff_of(site).get("/results/")
    [row] = [row for row in page.find_all("tr") if over.sitting.title in "".join(row.itertext())]
    assert ["".join(cell.itertext()).strip() for cell in row][4:] == ["3", "3", "1", "已发布"]


def test_an_empty_sitting_says_so(site: Site) -> None:
    over = sat(site)
    page = staff_of(site).get(score_page(over))
    assert "没有考生" in page.text
    answer = staff_of(site).post(f"{score_page(over)}/propose", {"csrf_token": csrf(page)})
    assert answer.status in (400, 409)


def test_the_table_filters_by_decision(site: Site) -> None:
    over = sat(site, ALL, FORTY)
    page = collected(site, over).get(score_page(over)).submit("显示", outcome="failed")
    assert row_of(page, over, 2)[7] == "不合格"
    with pytest.raises(AssertionError):
        row_of(page, over, 1)


def test_the_export_holds_text_that_no_spreadsheet_computes_and_is_on_the_record(site: Site) -> None:
    over = sat(site, ALL, None)
    with site.writing() as session:
        session.get_one(Person, over.enrolments[0].person_id).name = '=HYPERLINK("x")'
    browse = collected(site, over)
    answer = browse.get(score_page(over)).submit("导出 Excel")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.response.data)).active
    assert sheet is not None
    cell = sheet["B4"]
    assert cell.value == '=HYPERLINK("x")'
    assert b"<f>" not in zipfile.ZipFile(io.BytesIO(answer.response.data)).read("xl/worksheets/sheet1.xml")
    assert [sheet["G4"].value, sheet["I4"].value, sheet["F5"].value] == [100, "合格", "缺考"]
    with site.reading() as session:
        assert "scores.export" in session.scalars(select(AuditRecord.act)).all()


# ---- proving again ----


def recheck(site: Site, *more: str):  # type: ignore[no-untyped-def]
    return site.app.test_cli_runner().invoke(args=["results", "recheck", *more])


def test_recheck_proves_every_score(site: Site) -> None:
    over = sat(site, ALL, FORTY, None)
    released(site, over)
    outcome = recheck(site)
    assert outcome.exit_code == 0, outcome.output
    assert "3 scores of 1 sittings proved again: 0 differences" in outcome.output
    document = json.loads(recheck(site, "--sitting", str(over.sitting.id), "--json").output)
    assert document == {"sittings": 1, "scores": 3, "differences": []}
    assert recheck(site, "--sitting", "99").exit_code == 2


def test_recheck_finds_an_answer_that_was_changed_from_outside(site: Site) -> None:
    over = sat(site, ALL, FORTY)
    collected(site, over)
    with site.writing() as session:
        session.execute(
            text("UPDATE answers SET response = :r WHERE attempt_id = :a AND position = 3"),
            {"r": '{"truth": true}', "a": over.attempt(2)},
        )
    outcome = recheck(site, "--json")
    assert outcome.exit_code == 1
    found = {(one["ticket"], one["what"]): one for one in json.loads(outcome.output)["differences"]}
    ticket = over.enrolments[1].ticket
    assert (ticket, "receipt") in found
    earned = found[ticket, "earned 3"]
    assert (earned["stored"], earned["found"]) == ("0", "20")
    assert (found[ticket, "score"]["stored"], found[ticket, "score"]["found"]) in {
        ("40", "60"),
        ("40.00", "60"),
    }
    assert {who for who, _ in found} == {ticket}


def test_a_late_answer_admitted_after_collecting_outdates_the_score_until_it_is_collected_anew(
    site: Site,
) -> None:
    over = sat(site, ALL, FORTY)
    collected(site, over)
    with site.writing() as session:
        late = QuarantinedAnswer(
            attempt_id=over.attempt(2),
            position=3,
            revision=900,
            response=session.get_one(Answer, (over.attempt(1), 3)).response,
            marked=False,
            made_at=over.sitting.opens_at,
            arrived_at=site.now,
            evidence={"ended_at": over.sitting.closes_at.isoformat()},
        )
        session.add(late)
        session.flush()
        staff = session.get_one(Person, over.sitting.created_by_id)
        quarantine.admit(session, [late.id], reason="网络中断有记录", actor=staff, now=site.now)
    outcome = recheck(site, "--json")
    assert outcome.exit_code == 1
    found = {(one["ticket"], one["what"]): one for one in json.loads(outcome.output)["differences"]}
    ticket = over.enrolments[1].ticket
    assert found[ticket, "earned 3"]["found"] == "20"
    # The receipt was made anew with the admission, so the answers themselves are as they should be.
    assert (ticket, "receipt") not in found
    collected(site, over)
    assert recheck(site).exit_code == 0


@pytest.mark.parametrize(
    ("table", "change", "what"),
    [
        ("subject_scores", "value = 10000", "sum-of-parts"),
        ("decisions", "outcome = 'passed'", "decision"),
        # A key sealed for another version does not open, however whole it is.
        (
            "question_keys",
            "document = (SELECT k.document FROM question_keys k WHERE k.version_id <> question_keys.version_id LIMIT 1)",
            "question-or-key",
        ),
    ],
)
def test_recheck_finds_what_somebody_changed_behind_the_triggers(
    sqlite_site: Site, table: str, change: str, what: str
) -> None:
    over = sat(sqlite_site, FORTY)
    released(sqlite_site, over)
    with sqlite_site.writing() as session:
        session.execute(text(f"DROP TRIGGER frozen_update_{table}"))
        assert session.execute(text(f"UPDATE {table} SET {change}")).rowcount
    outcome = recheck(sqlite_site)
    assert outcome.exit_code == 1
    assert what in outcome.output
