"""Candidates: previewed before they come in, numbered once, masked always, withdrawn with a reason."""

from __future__ import annotations

import io
import zipfile
from concurrent.futures import ThreadPoolExecutor

import pytest
import xlsxwriter
from sqlalchemy import func, select

from examsite.access import people
from examsite.access.models import Grant, Person
from examsite.access.permissions import Role
from examsite.audit import AuditRecord
from examsite.authoring.models import Bank
from examsite.files import StoredFile
from examsite.planning.models import PaperMode, PaperSet, Plan, Sitting
from examsite.registration import actions
from examsite.registration.models import Enrolment
from examsite.registration.queries import by_ticket, candidate_counts, enrolments, enrolments_of
from question_bank.formats.sheets import read_sheets
from question_bank.rules.identity_number import check_digit
from tests.browse import Page
from tests.conftest import START, Site
from tests.factories import (
    make_enrolment,
    make_institution,
    make_paper_set,
    make_person,
    make_sitting,
)

ONE, TWO, THREE = "000000199001010011", "000000199001010022", "000000199001010033"


def valid(first17: str) -> str:
    return first17 + check_digit(first17)


def arranged(site: Site, *, is_sample: bool = True) -> tuple[Sitting, Person]:
    with site.writing() as session:
        sitting = make_sitting(session)
        plan = session.get_one(Plan, sitting.plan_id)
        session.get_one(Bank, plan.bank_id).is_sample = is_sample
        return sitting, make_person(session, Role.STAFF)


def preview(site: Site, sitting: Sitting, staff: Person, lines: str) -> Page:
    return site.browse_as(staff).get(f"/registration/sittings/{sitting.id}/new").submit("预览", lines=lines)


def rows_of(site: Site, sitting: Sitting) -> list[Enrolment]:
    with site.reading() as session:
        return list(enrolments(session, sitting.id))


def test_a_pasted_list_is_previewed_then_enrolled(site: Site) -> None:
    sitting, staff = arranged(site)
    page = site.browse_as(staff).get(f"/plans/sittings/{sitting.id}").follow("考生").follow("登记考生")
    shown = page.submit(
        "预览", lines=f"# 样例名单\n样例甲,{ONE},样例一厂\n样例乙\t{TWO}\t样例二厂\n样例丙 {THREE}\n"
    )
    assert "可登记 3 人，不能登记 0 行" in shown.text
    assert "因属样例题库，予以接受" in shown.text
    assert rows_of(site, sitting) == []
    enrolled = shown.submit("登记 3 名考生")
    assert "已登记 3 名考生" in enrolled.text
    rows = rows_of(site, sitting)
    assert [(row.ticket, row.seat, row.person.name) for row in rows] == [
        ("2026000001", "1", "样例甲"),
        ("2026000002", "2", "样例乙"),
        ("2026000003", "3", "样例丙"),
    ]
    with site.reading() as session:
        grants = session.scalars(select(Grant).where(Grant.person_id == rows[0].person_id)).all()
        assert [(grant.role, grant.scope) for grant in grants] == [("candidate", "self")]
        assert [row.id for row in enrolments_of(session, rows[0].person_id)] == [rows[0].id]
        found = by_ticket(session, "2026000002")
        assert found is not None
        assert found.person.employer == "样例二厂"


def test_identity_numbers_are_never_shown_stored_in_the_clear_or_recorded(site: Site) -> None:
    sitting, staff = arranged(site)
    shown = preview(site, sitting, staff, f"样例甲,{ONE}")
    assert "000000********0011" in shown.text
    listed = shown.submit("登记 1 名考生")
    assert "000000********0011" in listed.text
    sheet = listed.browse.get(f"/registration/sittings/{sitting.id}/sign-in-list.xlsx").response.get_data()
    for page in shown.browse.seen:
        assert ONE.encode() not in page.response.get_data()
    with zipfile.ZipFile(io.BytesIO(sheet)) as archive:
        assert not [name for name in archive.namelist() if ONE.encode() in archive.read(name)]
    with site.reading() as session:
        assert not [r for r in session.scalars(select(AuditRecord)) if ONE in str(r.detail)]
        assert session.scalar(select(func.count()).select_from(StoredFile)) == 0
        person = session.scalars(select(Person).where(Person.name == "样例甲")).one()
        assert ONE not in "".join(str(value) for value in vars(person).values())


def test_every_row_has_its_fate(site: Site) -> None:
    sitting, staff = arranged(site)
    with site.writing() as session:
        make_enrolment(session, sitting, name="样例在册", identity=ONE)
        make_person(session, Role.CANDIDATE, name="样例他名", identity=TWO)
    lines = f"样例在册,{ONE}\n样例改名,{TWO}\n样例新人,{THREE}\n样例新人,{THREE}\n样例短号,12345\n,{'000000199001010044'}\n样例无号,\n"
    shown = preview(site, sitting, staff, lines)
    assert "可登记 1 人，不能登记 6 行" in shown.text
    for sentence in (
        "已在本场次名单中",
        "已登记在其他姓名之下",
        "与前面某行的证件号码重复",
        "证件号码不正确",
        "缺少姓名",
        "缺少证件号码",
    ):
        assert sentence in shown.text
    shown.submit("登记 1 名考生")
    assert [row.person.name for row in rows_of(site, sitting)] == ["样例在册", "样例新人"]


def test_made_up_numbers_are_for_sample_banks_only(site: Site) -> None:
    sitting, staff = arranged(site, is_sample=False)
    good = valid("22010419900101123")
    shown = preview(
        site,
        sitting,
        staff,
        f"样例假号,{ONE}\n样例真号,{good}\n样例错位,{good[:-1]}{'0' if good[-1] != '0' else '1'}",
    )
    assert "可登记 1 人，不能登记 2 行" in shown.text
    shown.submit("登记 1 名考生")
    assert [row.person.identity_masked for row in rows_of(site, sitting)] == [f"220104********{good[-4:]}"]


def test_a_person_known_by_identity_number_is_not_made_again(site: Site) -> None:
    sitting, staff = arranged(site)
    with site.writing() as session:
        known = make_person(session, Role.EXAMINER, name="样例甲", identity=ONE)
    preview(site, sitting, staff, f"样例甲,‘{ONE[:6]} {ONE[6:]}").submit("登记 1 名考生")
    assert [row.person_id for row in rows_of(site, sitting)] == [known.id]
    with site.reading() as session:
        assert people.by_identity(session, ONE).id == known.id  # type: ignore[union-attr]


def workbook(rows: list[list[str | float]]) -> io.BytesIO:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        sheet = book.add_worksheet("名单")
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    content.seek(0)
    return content


def test_a_workbook_is_read_by_its_titles(site: Site) -> None:
    sitting, staff = arranged(site)
    rows: list[list[str | float]] = [
        ["说明：样例"],
        ["序号", "工作单位", "身份证号", "姓名"],
        ["1", "样例一厂", ONE, "样例甲"],
        ["2", "样例二厂", 2.2010419900101e17, "样例失真"],
    ]
    page = site.browse_as(staff).get(f"/registration/sittings/{sitting.id}/new")
    shown = page.submit("预览", _files={"file": (workbook(rows), "名单.xlsx")})
    assert "可登记 1 人，不能登记 1 行" in shown.text
    assert "末几位已丢失" in shown.text
    shown.submit("登记 1 名考生")
    assert [row.person.employer for row in rows_of(site, sitting)] == ["样例一厂"]


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("名单.xlsx", b"no workbook", "内容是纯文本"),
        ("名单.csv", "甲,乙\n1,2\n".encode(), "没有找到“姓名”和“证件号码”两列"),
    ],
)
def test_files_that_are_no_list_are_refused_in_words(
    sqlite_site: Site, name: str, content: bytes, sentence: str
) -> None:
    sitting, staff = arranged(sqlite_site)
    page = sqlite_site.browse_as(staff).get(f"/registration/sittings/{sitting.id}/new")
    refused = page.submit("预览", _files={"file": (io.BytesIO(content), name)})
    assert refused.status == 422
    assert sentence in refused.text
    assert page.submit("预览", lines="  \n# 无\n").status == 422


def test_pasted_columns_may_stand_in_any_order_under_their_titles(sqlite_site: Site) -> None:
    sitting, staff = arranged(sqlite_site)
    lines = f"身份证号\t姓名\t单位\n{ONE}\t样例甲\t样例厂\n"
    preview(sqlite_site, sitting, staff, lines).submit("登记 1 名考生")
    [row] = rows_of(sqlite_site, sitting)
    assert (row.person.name, row.person.employer) == ("样例甲", "样例厂")


def test_a_csv_in_gb18030_is_read(sqlite_site: Site) -> None:
    sitting, staff = arranged(sqlite_site)
    page = sqlite_site.browse_as(staff).get(f"/registration/sittings/{sitting.id}/new")
    content = f"姓名,证件号码,工作单位\n样例甲,{ONE},样例厂\n".encode("gb18030")
    shown = page.submit("预览", _files={"file": (io.BytesIO(content), "名单.csv")})
    assert "样例甲" in shown.text


def test_a_sealed_list_serves_its_sender_and_sitting_only(site: Site) -> None:
    sitting, staff = arranged(site)
    with site.writing() as session:
        plan = session.get_one(Plan, sitting.plan_id)
        papers = session.get_one(PaperSet, sitting.paper_set_id)
        other = make_sitting(session, plan, papers, title="另一场")
        colleague = make_person(session, Role.STAFF)
    shown = preview(site, sitting, staff, f"样例甲,{ONE}")
    values = {e.get("name"): e.get("value") for e in shown.form("登记 1 名考生").iter("input")}
    assert shown.browse.post(f"/registration/sittings/{other.id}/confirm", values).status == 422
    changed = {**values, "sealed": str(values["sealed"])[:-4] + "AAA="}
    assert shown.browse.post(f"/registration/sittings/{sitting.id}/confirm", changed).status == 422
    theirs = preview(site, sitting, colleague, f"样例乙,{TWO}")
    assert theirs.submit("登记 1 名考生", sealed=str(values["sealed"])).status == 422
    assert rows_of(site, sitting) == []


def test_the_same_list_twice_enrols_nobody_twice(site: Site) -> None:
    sitting, staff = arranged(site)
    shown = preview(site, sitting, staff, f"样例甲,{ONE}")
    shown.submit("登记 1 名考生")
    shown.submit("登记 1 名考生")
    assert len(rows_of(site, sitting)) == 1


def test_tickets_count_on_over_sittings_and_are_never_given_again(site: Site) -> None:
    sitting, staff = arranged(site)
    with site.writing() as session:
        other = make_sitting(session)
        first = make_enrolment(session, sitting)
        second = make_enrolment(session, other)
        actions.withdraw(session, second, other, reason="样例原因", actor=staff, now=START)
        third = make_enrolment(session, other)
    assert (first.ticket, second.ticket, third.ticket) == ("2026000001", "2026000002", "2026000003")
    assert (first.seat, third.seat) == ("1", "1")
    with site.reading() as session:
        assert candidate_counts(session, [sitting.id, other.id]) == {sitting.id: 1, other.id: 1}


def test_two_sittings_that_enrol_at_once_share_the_numbers(site: Site) -> None:
    with site.writing() as session:
        sittings = [make_sitting(session), make_sitting(session)]

    def enrol(sitting: Sitting) -> None:
        for _ in range(8):
            with site.writing() as session:
                make_enrolment(session, sitting)

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(enrol, sittings))
    with site.reading() as session:
        tickets = sorted(session.scalars(select(Enrolment.ticket)))
    assert tickets == [f"20260000{number:02}" for number in range(1, 17)]


def test_a_candidate_is_withdrawn_with_a_reason_and_may_come_back(site: Site) -> None:
    sitting, staff = arranged(site)
    with site.writing() as session:
        row = make_enrolment(session, sitting, name="样例甲", identity=ONE)
        make_enrolment(session, sitting, name="样例乙", identity=TWO)
    page = site.browse_as(staff).get(f"/registration/sittings/{sitting.id}").follow("取消报名")
    assert page.submit("取消 样例甲 的报名", reason="").status == 422
    gone = page.submit("取消 样例甲 的报名", reason="本人申请")
    assert "座位已空出" in gone.text
    assert [r.person.name for r in rows_of(site, sitting)] == ["样例乙"]
    assert page.submit("取消 样例甲 的报名", reason="再来").status == 409
    with site.reading() as session:
        [record] = session.scalars(select(AuditRecord).where(AuditRecord.act == "enrolment.withdraw"))
        assert record.detail["reason"] == "本人申请"
    again = preview(site, sitting, staff, f"样例甲,{ONE}")
    assert "曾取消本场次报名" in again.text
    again.submit("登记 1 名考生")
    back = next(r for r in rows_of(site, sitting) if r.person.name == "样例甲")
    assert (back.id, back.ticket, back.seat) == (row.id, row.ticket, "1")


def test_nobody_comes_or_goes_once_the_sitting_has_opened(site: Site) -> None:
    sitting, staff = arranged(site)
    with site.writing() as session:
        row = make_enrolment(session, sitting)
    site.clock.set(sitting.opens_at)
    browse = site.browse_as(staff)
    page = browse.get(f"/registration/sittings/{sitting.id}")
    assert "登记考生" not in page.text
    assert "取消报名" not in page.text
    shown = browse.get(f"/registration/sittings/{sitting.id}/new").submit("预览", lines=f"样例甲,{ONE}")
    assert shown.submit("登记 1 名考生").status == 409
    late = browse.get(f"/registration/enrolments/{row.id}/withdraw")
    assert late.submit("的报名", reason="太迟").status == 409


def test_a_ready_sitting_takes_no_more_candidates_than_papers(site: Site) -> None:
    with site.writing() as session:
        papers = make_paper_set(session, mode=PaperMode.UNIQUE, count=1, spare=1)
        sitting = make_sitting(session, paper_set=papers)
        staff = make_person(session, Role.STAFF)
    shown = preview(site, sitting, staff, f"样例甲,{ONE}\n样例乙,{TWO}\n样例丙,{THREE}")
    refused = shown.submit("登记 3 名考生")
    assert refused.status == 409
    assert "最多还能登记 2 人" in refused.text
    assert rows_of(site, sitting) == []


def test_the_sign_in_list_holds_texts_not_formulas(site: Site) -> None:
    sitting, staff = arranged(site)
    with site.writing() as session:
        make_enrolment(session, sitting, name="=1+1", identity=ONE, employer="@SUM(A1)")
    page = site.browse_as(staff).get(f"/registration/sittings/{sitting.id}")
    answer = page.browse.get(page.link("签到表")).response
    content = answer.get_data()
    [sheet] = read_sheets("签到表.xlsx", content).sheets
    assert sheet.rows[3][:5] == ["1", "2026000001", "=1+1", "000000********0011", "@SUM(A1)"]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")


def test_lists_out_of_reach_do_not_exist(site: Site) -> None:
    sitting, staff = arranged(site)
    with site.writing() as session:
        row = make_enrolment(session, sitting)
        stranger = make_person(session, Role.STAFF, institution=make_institution(session, "另一样例中心"))
        province = make_person(session, Role.PROVINCE)
        candidate = make_person(session, Role.CANDIDATE)
    strange = site.browse_as(stranger)
    for path in (
        f"sittings/{sitting.id}",
        f"sittings/{sitting.id}/new",
        f"sittings/{sitting.id}/sign-in-list.xlsx",
    ):
        assert strange.get(f"/registration/{path}").status == 404
    assert strange.get(f"/registration/enrolments/{row.id}/withdraw").status == 404
    seen = site.browse_as(province)
    assert "登记考生" not in seen.get(f"/registration/sittings/{sitting.id}").text
    assert seen.get(f"/registration/sittings/{sitting.id}/new").status == 403
    assert site.browse_as(candidate).get(f"/registration/sittings/{sitting.id}").status == 403
    assert site.browse_as(staff).get("/registration/sittings/999").status == 404
