"""Answers on paper: typed in twice by two persons, blind, compared; then they are answers like all others."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from examsite.access.models import Person
from examsite.access.permissions import Role
from examsite.audit import AuditRecord
from examsite.invigilation.duties.models import InvigilatorDuty
from examsite.planning.models import Paper, Sitting
from examsite.registration.models import Enrolment
from examsite.sitting.closing import receipt_hash
from examsite.sitting.models import Answer, AnswerLog, Attempt
from examsite.sitting.presenting import presented_paper
from examsite.sitting.queries import answers, attempt_id
from examsite.sitting.transcription.models import PaperScript
from examsite.sitting.transcription.reading import Unreadable, differences, read_question, read_sheet, shown
from question_bank.questions.kinds import Kind
from question_bank.questions.present import present
from tests.browse import Page
from tests.conftest import Site
from tests.examsite.sitting.arrange import OPENS, make_running_sitting
from tests.factories import compound_question, make_institution, make_person, numeric_question, question_of

SHEET = {"q1": "b", "q2": "D", "q3": "a c", "q4": "1", "q5-b1": "样例答案", "q6": "样例作答\n第二行"}


@dataclass
class Case:
    """A sitting that is over, one candidate in it, and two members of staff."""

    site: Site
    sitting: Sitting
    enrolment: Enrolment
    paper: Paper
    first: Person
    second: Person

    def begin(self, **fields: str) -> Page:
        page = self.site.browse_as(self.first).get(f"/exam/on-paper/enrolments/{self.enrolment.id}")
        wish = {
            "number": str(self.paper.number),
            "code": self.paper.content_hash[:8],
            "reason": "样例：机器损坏",
        }
        return page.submit("下一步：录入答案", **{**wish, **fields})

    def page(self, person: Person) -> Page:
        return self.site.browse_as(person).get("/exam/on-paper/1")

    def type(self, person: Person, **changed: str) -> Page:
        return self.page(person).submit("保存本次录入", **{**SHEET, "complete": "1", **changed})

    def held(self) -> dict[int, Answer]:
        with self.site.reading() as session:
            return answers(session, attempt_id(self.enrolment.id))

    def attempt(self) -> Attempt | None:
        with self.site.reading() as session:
            return session.scalars(select(Attempt)).one_or_none()


@pytest.fixture
def case(site: Site) -> Case:
    with site.writing() as session:
        sitting = make_running_sitting(session)
        enrolment = session.scalars(select(Enrolment)).one()
        paper = session.scalars(select(Paper).where(Paper.number == 2)).one()
        staff = [make_person(session, Role.STAFF), make_person(session, Role.INVIGILATOR)]
        session.add(
            InvigilatorDuty(
                sitting_id=sitting.id, person_id=staff[1].id, given_by_id=staff[0].id, given_at=site.now
            )
        )
    site.clock.set(sitting.closes_at + timedelta(hours=1))
    return Case(site, sitting, enrolment, paper, *staff)


def make_attempt(case: Case, *, closed: bool = True, paper: Paper | None = None, **fields: object) -> None:
    """The candidate answered questions 1 and 6 at the machine."""
    with case.site.writing() as session:
        id_ = attempt_id(case.enrolment.id)
        questions = presented_paper(session, case.paper.id)
        values = {"started_at": OPENS, "revision": 2, "settings": {}, **fields}
        if closed:
            values |= {"closed_at": OPENS + timedelta(minutes=90), "closed_by": "clock", "receipt": "0" * 64}
        session.add(
            Attempt(id=id_, enrolment_id=case.enrolment.id, paper_id=(paper or case.paper).id, **values)
        )
        session.flush()
        said = {1: {"options": [questions[0].options[0].id]}, 6: {"text": "机上作答"}}
        for revision, (position, response) in enumerate(said.items(), start=1):
            session.add(
                Answer(
                    attempt_id=id_,
                    position=position,
                    revision=revision,
                    response=response,
                    marked=False,
                    made_at=OPENS,
                    saved_at=OPENS,
                )
            )


def test_two_entries_that_agree_become_the_answers_with_log_receipt_and_record(case: Case) -> None:
    case.begin()
    assert "请由另一人再录入一遍" in case.type(case.first).text
    assert case.attempt() is None
    page = case.type(case.second, q3="CA", q4="√", q1=" B ")
    assert "两遍录入一致，答案已入库" in page.text
    held, attempt = case.held(), case.attempt()
    assert attempt is not None
    assert attempt.closed_by == "paper"
    assert attempt.paper_id == case.paper.id
    assert attempt.receipt == receipt_hash(attempt.id, held)
    with case.site.reading() as session:
        questions = presented_paper(session, case.paper.id)
        log = session.scalars(select(AnswerLog)).all()
        acts = set(session.scalars(select(AuditRecord.act).where(AuditRecord.act.startswith("paper-script"))))
    ids = [[option.id for option in question.options] for question in questions]
    assert held[1].response == {"options": [ids[0][1]]}
    assert held[2].response == {"options": [ids[1][3]]}
    assert held[3].response == {"options": [ids[2][0], ids[2][2]]}
    assert held[4].response == {"truth": True}
    assert held[5].response == {"blanks": ["样例答案"]}
    assert held[6].response == {"text": "样例作答\n第二行"}
    assert {(row.position, row.revision) for row in log} == {(p, held[p].revision) for p in held}
    assert acts == {"paper-script.begin", "paper-script.enter", "paper-script.store"}
    assert attempt.receipt[:16] in page.text


def test_nobody_types_a_sheet_in_twice(case: Case) -> None:
    case.begin()
    form = case.page(case.first)
    case.type(case.first)
    assert "保存本次录入" not in case.page(case.first).text
    again = form.submit("保存本次录入", **SHEET, complete="1")
    assert again.status == 409
    assert "第二遍须由另一人录入" in again.text
    copy = (
        "INSERT INTO paper_entries (script_id, place, person_id, responses, entered_at) "
        "SELECT script_id, 2, person_id, responses, entered_at FROM paper_entries"
    )
    with pytest.raises(DatabaseError), case.site.writing() as session:
        session.execute(text(copy))


def test_the_second_person_sees_nothing_of_the_first_entry(case: Case) -> None:
    case.begin()
    case.type(case.first, q6="第一人所录的长文", **{"q5-b1": "第一人所录"})
    for person in (case.first, case.second):
        assert "第一人所录" not in case.page(person).response.get_data(as_text=True)
    with case.site.reading() as session:
        details = str(session.scalars(select(AuditRecord.detail)).all())
    assert "第一人所录" not in details


def test_the_form_shows_no_question(case: Case) -> None:
    case.begin()
    html = case.page(case.second).response.get_data(as_text=True)
    assert "样题" not in html
    assert "样例选项" not in html


def test_differences_are_listed_and_settled_with_a_reason(case: Case) -> None:
    case.begin()
    case.type(case.first)
    page = case.type(case.second, q1="C", q4="", **{"q5-b1": "样例  答案"})
    assert "两遍录入不一致" in page.text
    assert "2 处不一致" in page.text
    assert case.attempt() is None
    again = page.submit("裁定并入库", choice1="1", choice4="2", reason="")
    assert again.status == 422
    again = page.submit("裁定并入库", choice1="other", q1="Z", choice4="2", reason="样例：再看原卷")
    assert again.status == 422
    assert "没有选项“Z”" in again.text
    assert "样例：再看原卷" in again.response.get_data(as_text=True)
    done = page.submit("裁定并入库", choice1="other", q1="D", choice4="2", reason="样例：再看原卷")
    assert "差异已裁定，答案已入库" in done.text
    held = case.held()
    with case.site.reading() as session:
        questions = presented_paper(session, case.paper.id)
    assert held[1].response == {"options": [questions[0].options[3].id]}
    assert 4 not in held
    assert held[5].response == {"blanks": ["样例答案"]}
    assert "样例：再看原卷" in done.text


def test_two_persons_settle_at_once_and_one_is_taken(case: Case) -> None:
    case.begin()
    case.type(case.first)
    case.type(case.second, q1="C")
    forms = [case.page(case.first), case.page(case.second)]
    assert "答案已入库" in forms[0].submit("裁定并入库", choice1="1", reason="样例甲").text
    late = forms[1].submit("裁定并入库", choice1="2", reason="样例乙")
    assert late.status == 409
    with case.site.reading() as session:
        assert session.scalars(select(PaperScript.status)).one() == "stored"


def test_what_was_typed_at_the_machine_stays_where_the_paper_is_empty(case: Case) -> None:
    make_attempt(case)
    case.begin()
    assert "该考生机考已作答 2 题" in case.page(case.first).text
    case.type(case.first, q6="")
    case.type(case.second, q6="")
    held, attempt = case.held(), case.attempt()
    assert attempt is not None
    assert held[6].response == {"text": "机上作答"}
    assert held[6].revision == 2
    assert held[1].revision > 2
    assert attempt.receipt == receipt_hash(attempt.id, held)
    with case.site.reading() as session:
        [stored] = session.scalars(select(AuditRecord.detail).where(AuditRecord.act == "paper-script.store"))
    assert stored["superseded"] == [1]
    assert stored["before"]["receipt"] == "0" * 64


def test_who_still_answers_at_the_machine_is_waited_for(case: Case) -> None:
    make_attempt(case, closed=False, extra_seconds=7200)
    case.site.clock.set(case.sitting.closes_at - timedelta(minutes=1))
    page = case.begin()
    assert page.status == 409
    assert "机考尚未结束" in page.text
    case.site.clock.set(case.sitting.closes_at + timedelta(hours=4))
    assert case.begin().status == 200


def test_another_paper_than_at_the_machine_is_refused(case: Case) -> None:
    with case.site.reading() as session:
        other = session.scalars(select(Paper).where(Paper.number == 1)).one()
    make_attempt(case, paper=other)
    page = case.begin()
    assert page.status == 422
    assert "另一份试卷" in page.text


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"number": "9"}, "没有第 9 号卷"),
        ({"code": "00000000"}, "卷号与校验码不符"),
        ({"reason": ""}, "请说明原因"),
    ],
)
def test_a_wrong_number_or_code_is_named_and_nothing_is_lost(case: Case, fields: dict, sentence: str) -> None:
    page = case.begin(**fields)
    assert page.status == 422
    assert sentence in page.text
    with case.site.reading() as session:
        assert session.scalars(select(PaperScript)).all() == []


def test_before_the_sitting_nothing_is_typed_in(case: Case) -> None:
    case.site.clock.set(OPENS - timedelta(minutes=1))
    page = case.begin()
    assert page.status == 409
    assert "尚未开始" in page.text


def test_bad_entries_are_named_beside_their_field_and_kept(case: Case) -> None:
    case.begin()
    page = case.type(case.first, q1="AB", q4="maybe", **{"q5-b1": "留下的字"})
    assert page.status == 422
    assert "只能有一个选项" in page.text
    assert "看不懂“maybe”" in page.text
    assert "留下的字" in page.response.get_data(as_text=True)
    unsure = case.page(case.first).submit("保存本次录入", **SHEET)
    assert unsure.status == 422
    assert "请确认整张答题卡已录完" in unsure.text


def test_a_sheet_begun_by_mistake_is_void_and_another_begins(case: Case) -> None:
    case.begin()
    assert case.begin().status == 409
    case.page(case.first).submit("作废本次录入", reason="样例：拿错答题卡")
    assert case.begin().status == 200


def test_staff_of_another_institution_find_nothing(case: Case) -> None:
    case.begin()
    with case.site.writing() as session:
        stranger = make_person(session, Role.STAFF, institution=make_institution(session, "别的机构"))
    browse = case.site.browse_as(stranger)
    for address in (f"sittings/{case.sitting.id}", f"enrolments/{case.enrolment.id}", "1"):
        assert browse.get(f"/exam/on-paper/{address}").status == 404


def test_an_invigilator_without_a_duty_in_the_sitting_finds_nothing(case: Case) -> None:
    case.begin()
    with case.site.writing() as session:
        other = make_person(session, Role.INVIGILATOR)
    assert case.page(case.second).status == 200
    assert case.page(other).status == 404
    assert case.site.browse_as(other).get(f"/exam/on-paper/sittings/{case.sitting.id}").status == 404


def test_an_entry_cannot_be_changed(case: Case) -> None:
    case.begin()
    case.type(case.first)
    with pytest.raises(DatabaseError), case.site.writing() as session:
        session.execute(text("UPDATE paper_entries SET place = 2"))


# ---- reading, without a site


def presented(made, position: int = 1):
    return present(made[0], position=position, points=Decimal(6))


@pytest.mark.parametrize(
    ("typed", "read"), [("acd", "ACD"), ("Ａ、Ｃ", "AC"), ("d b", "BD"), ("AA", "A"), ("", "（未作答）")]
)
def test_letters_are_read_as_people_type_them(typed: str, read: str) -> None:
    question = presented(question_of(Kind.MULTIPLE))
    assert shown(question, read_question(question, {"q1": typed})) == read


def test_letters_mean_the_options_of_the_printed_order() -> None:
    made = question_of(Kind.SINGLE)[0]
    order = [option.id for option in reversed(made.options)]
    question = present(made, position=1, points=Decimal(1), order=order)
    assert read_question(question, {"q1": "A"}) == {"options": [made.options[-1].id]}


@pytest.mark.parametrize("typed", ["E", "AB", "甲"])
def test_letters_that_a_single_choice_has_not_are_refused(typed: str) -> None:
    with pytest.raises(Unreadable):
        read_question(presented(question_of(Kind.SINGLE)), {"q1": typed})


def test_parts_and_blanks_are_read_and_shown() -> None:
    question = presented(compound_question())
    typed = {
        "q1-p1": "b",
        "q1-p2": "AC",
        "q1-p3": "0",
        "q1-p4-b1": "东门",
        "q1-p4-b2": "",
        "q1-p5": "6 次",
        "q1-p6": "因为",
    }
    found, faults = read_sheet([question], typed)
    assert faults == {}
    assert shown(question, found[1]) == "（1）B　（2）AC　（3）×　（4）东门；（空）　（5）6 次　（6）因为"
    assert read_sheet([question], {}) == ({}, {})


def test_spaces_and_full_width_signs_make_no_difference_and_words_do() -> None:
    question = presented(numeric_question())
    one, same, other = ({"1": {"number": text}} for text in ("12.5 kW", "12.5kW", "12.6 kW"))
    assert differences([question], one, same) == []
    assert differences([question], one, other) == [1]
    assert differences([question], one, {}) == [1]
