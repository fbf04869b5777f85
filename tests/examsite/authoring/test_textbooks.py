"""教材审验: textbooks are entered, confirmed by another person, cited, replaced and withdrawn, through the door."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from examsite.access.models import Person
from examsite.access.permissions import Role
from examsite.audit import AuditRecord
from examsite.authoring import actions as authoring
from examsite.authoring.models import Bank
from examsite.authoring.textbooks import actions
from examsite.authoring.textbooks.models import Textbook, TextbookAct
from tests.browse import Browse, Page
from tests.conftest import START, Site
from tests.factories import make_bank, make_institution, make_person, question_of

CONTENT = actions.Content(
    "样例保卫教程", "样例编写组", "样例出版社", "第1版", 2025, "9789295055025", (3,), "", ""
)
FIELDS = {
    "title": "《样例保卫教程》",
    "authors": "样例编写组",
    "publisher": "样例出版社",
    "edition": "第1版",
    "year": "2025",
    "isbn": "ISBN 978-92-95055-02-5",
    "levels": ["3", "2"],
}


def entered(site: Site, **changes: Any) -> int:
    """A textbook of the sample institution that waits."""
    with site.writing() as session:
        writer = make_person(session, Role.WRITER)
        institution = make_institution(session)
        return actions.enter(session, institution.id, replace(CONTENT, **changes), actor=writer, now=START).id


def confirmed(site: Site, **changes: Any) -> int:
    textbook_id = entered(site, **changes)
    with site.writing() as session:
        row = session.get_one(Textbook, textbook_id)
        actions.confirm(session, row, 1, "样例文号", actor=make_person(session, Role.PROVINCE), now=START)
    return textbook_id


def somebody(site: Site, *roles: Role, **fields: Any) -> Browse:
    with site.writing() as session:
        person = make_person(session, *roles, **fields)
    return site.browse_as(person)


def status(site: Site, textbook_id: int) -> str:
    with site.reading() as session:
        return session.get_one(Textbook, textbook_id).status


def cite(session: Session, source: str, bank: Bank | None = None) -> Person:
    """A question that rests on this source; who wrote it."""
    bank = bank or make_bank(session)
    author = make_person(session, Role.WRITER)
    question, key = question_of()
    authoring.write_question(
        session, bank, replace(question, sources=(source,)), key, actor=author, now=START
    )
    return author


def errors(page: Page) -> str:
    return " ".join("".join(one.itertext()) for one in page.find_all("p", class_="field-error"))


def test_an_empty_register_says_what_to_do(site: Site) -> None:
    page = somebody(site, Role.WRITER).get("/bank/textbooks")
    assert "还没有登记教材" in page.text
    assert page.link("登记教材") == "/bank/textbooks/new"
    assert "/bank/textbooks/new" not in {
        one.get("href") for one in somebody(site, Role.REVIEWER).get("/bank/textbooks").find_all("a")
    }


@pytest.mark.parametrize("role", [Role.WRITER, Role.BANK_MANAGER])
def test_a_textbook_goes_from_entry_to_confirmation(site: Site, role: Role) -> None:
    page = somebody(site, role, name="登记人").get("/bank/").follow("教材").follow("登记教材")
    page = page.submit("保存并送审验", **FIELDS)
    assert page.status == 200
    assert "待审验" in page.text
    assert "9789295055025" in page.text
    assert page.heading == "教材《样例保卫教程》第1版"
    province = somebody(site, Role.PROVINCE, name="审验人")
    assert "有 1 种教材待审验" in province.get("/").text
    page = province.get("/bank/confirmations").follow("管辖范围内的教材").follow("样例保卫教程")
    page = page.submit("审验可用", reason="样例〔2026〕1号")
    assert "已审验通过" in page.text
    assert "样例〔2026〕1号" in page.text
    assert "审验人" in page.text
    assert "登记人" in page.text
    with site.reading() as session:
        acts = session.scalars(
            select(AuditRecord.act).where(AuditRecord.act.like("textbook.%")).order_by(AuditRecord.sequence)
        ).all()
    assert list(acts) == ["textbook.enter", "textbook.confirm"]


def test_the_gate_shows_textbooks_in_figures(site: Site) -> None:
    confirmed(site)
    entered(site, edition="第2版")
    page = somebody(site, Role.PROVINCE).get("/bank/confirmations")
    row = next(one for one in page.find_all("tr") if "管辖范围内的教材" in "".join(one.itertext()))
    assert ["".join(one.itertext()) for one in row.iter("td")] == ["1", "1", "0"]


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("title", " ", "请填写书名"),
        ("isbn", "978-92-95055-02-6", "ISBN 校验不符"),
        ("year", "2099", "年份尚未到来"),
        ("year", "20", "1949"),
        ("levels", [], "至少选择一个等级"),
    ],
)
def test_an_error_stands_beside_its_field_and_nothing_is_lost(
    site: Site, field: str, value: Any, said: str
) -> None:
    page = somebody(site, Role.WRITER).get("/bank/textbooks/new")
    page = page.submit("保存并送审验", **{**FIELDS, "note": "样例备注", field: value})
    assert page.status == 422
    assert said in errors(page)
    assert "样例备注" in page.text
    with site.reading() as session:
        assert session.scalars(select(Textbook)).all() == []


def test_the_same_edition_is_entered_once(site: Site) -> None:
    entered(site)
    page = somebody(site, Role.WRITER).get("/bank/textbooks/new").submit("保存并送审验", **FIELDS)
    assert page.status == 422
    assert "已有这一版次" in errors(page)


def test_nobody_confirms_what_they_entered_or_changed(site: Site) -> None:
    with site.writing() as session:
        both = make_person(session, Role.WRITER, Role.PROVINCE)
    browse = site.browse_as(both)
    page = browse.get("/bank/textbooks/new").submit("保存并送审验", **FIELDS)
    page = page.submit("审验可用", reason="样例文号")
    assert page.status == 409
    assert "须由其他人审验" in page.text
    assert "样例文号" in {one.get("value") for one in page.find_all("input")}
    textbook_id = entered(site, edition="第2版")
    page = browse.get(f"/bank/textbooks/{textbook_id}/edit").submit("保存并送审验", note="样例")
    assert page.submit("审验可用", reason="样例文号").status == 409
    assert status(site, textbook_id) == "submitted"


def test_the_database_refuses_that_as_well(site: Site) -> None:
    textbook_id = entered(site)
    with pytest.raises(DBAPIError), site.writing() as session:
        session.execute(
            text("UPDATE textbooks SET status = 'confirmed', decided_by_id = sent_by_id WHERE id = :id"),
            {"id": textbook_id},
        )


@pytest.mark.parametrize("button", ["审验可用", "退回"])
def test_deciding_needs_a_number_or_a_reason(site: Site, button: str) -> None:
    textbook_id = entered(site)
    page = somebody(site, Role.PROVINCE).get(f"/bank/textbooks/{textbook_id}")
    assert page.submit(button, reason=" ").status == 422
    assert status(site, textbook_id) == "submitted"


def test_a_refused_entry_is_corrected_and_sent_again(site: Site) -> None:
    textbook_id = entered(site)
    province = somebody(site, Role.PROVINCE)
    province.get(f"/bank/textbooks/{textbook_id}").submit("退回", reason="样例：版次有误。")
    page = somebody(site, Role.WRITER).get(f"/bank/textbooks/{textbook_id}")
    assert "版次有误" in page.text
    page = page.follow("修改登记").submit("保存并送审验", edition="第2版")
    assert "待审验" in page.text
    assert [one.text for one in page.find_all("del")] == ["第1版"]
    assert [one.text for one in page.find_all("ins")] == ["第2版"]
    page = province.get(f"/bank/textbooks/{textbook_id}").submit("审验可用", reason="样例文号")
    assert status(site, textbook_id) == "confirmed"


def test_nobody_confirms_what_they_did_not_see(site: Site) -> None:
    textbook_id = entered(site)
    seen = somebody(site, Role.PROVINCE).get(f"/bank/textbooks/{textbook_id}")
    writer = somebody(site, Role.WRITER)
    form = writer.get(f"/bank/textbooks/{textbook_id}/edit")
    form.submit("保存并送审验", title="另一样例")
    page = seen.submit("审验可用", reason="样例文号")
    assert page.status == 409
    assert "另一样例" in page.text
    page = form.submit("保存并送审验", title="过时的样例")
    assert page.status == 409
    assert "过时的样例" in {one.get("value") for one in page.find_all("input")}
    assert status(site, textbook_id) == "submitted"


def test_a_confirmed_textbook_is_never_edited(site: Site) -> None:
    textbook_id = confirmed(site)
    writer = somebody(site, Role.WRITER)
    page = writer.get(f"/bank/textbooks/{textbook_id}")
    assert not [one for one in page.find_all("a") if "修改登记" in "".join(one.itertext())]
    assert writer.get(f"/bank/textbooks/{textbook_id}/edit").url == f"/bank/textbooks/{textbook_id}"
    other = writer.get(f"/bank/textbooks/new?replaces={textbook_id}")
    data = {
        **FIELDS,
        "seen": "1",
        "title": "改名",
        "industry": "",
        "csrf_token": other.find_all("input", name="csrf_token")[0].get("value"),
    }
    assert writer.post(f"/bank/textbooks/{textbook_id}/edit", data).status == 409
    assert writer.post(f"/bank/textbooks/{textbook_id}/delete", data).status == 409
    with site.reading() as session:
        assert session.get_one(Textbook, textbook_id).title == "样例保卫教程"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE textbooks SET title = 'x' WHERE id = :id",
        "UPDATE textbooks SET levels = ' 1 ' WHERE id = :id",
        "UPDATE textbooks SET institution_id = NULL WHERE id = :id",
        "UPDATE textbooks SET decided_by_id = entered_by_id WHERE id = :id",
        "UPDATE textbooks SET status = 'submitted' WHERE id = :id",
        "UPDATE textbooks SET status = 'refused' WHERE id = :id",
        "DELETE FROM textbook_acts WHERE textbook_id = :id",
        "UPDATE textbook_acts SET reason = 'x' WHERE textbook_id = :id",
        "DELETE FROM textbooks WHERE id = :id",
    ],
)
def test_the_database_freezes_what_is_confirmed(site: Site, statement: str) -> None:
    textbook_id = confirmed(site)
    with pytest.raises(DBAPIError), site.writing() as session:
        session.execute(text(statement), {"id": textbook_id})


@pytest.mark.parametrize("after", ["confirmed", "submitted"])
def test_what_is_withdrawn_stays_withdrawn(site: Site, after: str) -> None:
    textbook_id = confirmed(site)
    with site.writing() as session:
        row = session.get_one(Textbook, textbook_id)
        actions.withdraw(session, row, "样例理由", actor=make_person(session), now=START)
    with pytest.raises(DBAPIError), site.writing() as session:
        session.execute(
            text("UPDATE textbooks SET status = :to WHERE id = :id"), {"to": after, "id": textbook_id}
        )


def test_a_new_edition_supersedes_the_old_one_once_it_is_confirmed(site: Site) -> None:
    textbook_id = confirmed(site)
    writer = somebody(site, Role.WRITER)
    page = writer.get(f"/bank/textbooks/{textbook_id}").follow("登记新版")
    form = page.form("保存并送审验")
    assert {one.get("value") for one in form.iter("input") if one.get("name") in ("edition", "isbn")} == {""}
    page = page.submit("保存并送审验", edition="第2版", year="2026")
    assert page.status == 200
    new_id = int(page.url.rpartition("/")[2])
    assert status(site, textbook_id) == "confirmed"
    assert "已有新版登记" in writer.get(f"/bank/textbooks/{textbook_id}").text
    again = writer.get(f"/bank/textbooks/new?replaces={textbook_id}")
    assert again.submit("保存并送审验", edition="第3版").status == 409
    somebody(site, Role.PROVINCE).get(f"/bank/textbooks/{new_id}").submit("审验可用", reason="样例文号")
    assert (status(site, textbook_id), status(site, new_id)) == ("superseded", "confirmed")
    page = writer.get(f"/bank/textbooks/{textbook_id}")
    assert "已由新版替代" in page.text


def test_withdrawing_says_how_many_questions_cite_it(site: Site) -> None:
    textbook_id = confirmed(site, title='样例"保卫"_教程\\')
    with site.writing() as session:
        bank = make_bank(session)
        for source in ('《样例"保卫"_教程\\》第3章', '样例"保卫"_教程\\ 12页', '《样例"保卫"X教程\\》'):
            cite(session, source, bank)
        elsewhere = make_bank(session, "别处", institution=make_institution(session, "别的机构"))
        cite(session, '《样例"保卫"_教程\\》', elsewhere)
    page = somebody(site, Role.BANK_MANAGER).get(f"/bank/textbooks/{textbook_id}")
    assert "有 2 道试题以它为依据" in page.text
    assert page.submit("停用", reason=" ").status == 422
    page = page.submit("停用", reason="样例：内容过时")
    assert "有 2 道试题以它为依据" in page.text
    assert "内容过时" in page.text
    assert status(site, textbook_id) == "withdrawn"


def test_an_entry_is_deleted_only_while_nothing_rests_on_it(site: Site) -> None:
    textbook_id = entered(site)
    writer = somebody(site, Role.WRITER)
    page = writer.get(f"/bank/textbooks/{textbook_id}")
    with site.writing() as session:
        cite(session, "《样例保卫教程》第1章")
    answer = page.submit("删除")
    assert answer.status == 409
    assert "登记不能删除" in answer.text
    other = entered(site, title="无人引用的样例")
    assert "登记已删除" in writer.get(f"/bank/textbooks/{other}").submit("删除").text
    with site.reading() as session:
        assert session.scalars(select(Textbook.id)).all() == [textbook_id]
        assert set(session.scalars(select(TextbookAct.textbook_id))) == {textbook_id}


def test_textbooks_of_all_institutions_are_the_provinces(site: Site) -> None:
    page = somebody(site, Role.PROVINCE).get("/bank/textbooks/new")
    page = page.submit("保存并送审验", **FIELDS, institution="all")
    textbook_id = int(page.url.rpartition("/")[2])
    assert "全部机构" in page.text
    writer = somebody(site, Role.WRITER)
    assert "样例保卫教程" in writer.get("/bank/textbooks").text
    assert writer.get(f"/bank/textbooks/{textbook_id}").status == 200
    assert writer.get(f"/bank/textbooks/{textbook_id}/edit").status == 404
    assert "all" not in {one.get("value") for one in writer.get("/bank/textbooks/new").find_all("option")}
    somebody(site, Role.PROVINCE).get(f"/bank/textbooks/{textbook_id}").submit("审验可用", reason="样例文号")
    assert status(site, textbook_id) == "confirmed"


def test_another_institution_does_not_see_it(site: Site) -> None:
    textbook_id = entered(site)
    with site.writing() as session:
        other = make_institution(session, "别的机构")
    stranger = somebody(site, Role.WRITER, institution=other)
    assert stranger.get(f"/bank/textbooks/{textbook_id}").status == 404
    assert "样例保卫教程" not in stranger.get("/bank/textbooks").text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"search": "保卫"}, {"样例保卫教程"}),
        ({"search": "978-92-95055-02-5"}, {"样例保卫教程"}),
        ({"search": "security"}, {"Sample Security"}),
        ({"search": "%"}, set()),
        ({"status": "confirmed"}, {"Sample Security"}),
        ({"level": "2"}, {"Sample Security"}),
        ({"industry": "医院"}, {"Sample Security"}),
        ({"status": "nonsense", "level": "x"}, {"样例保卫教程", "Sample Security"}),
    ],
)
def test_the_list_is_narrowed(site: Site, query: dict[str, str], found: set[str]) -> None:
    entered(site)
    confirmed(site, title="Sample Security", isbn="", levels=(2,), industry="医院")
    page = somebody(site, Role.REVIEWER).get("/bank/textbooks", query=query)
    names = {"".join(one.itertext()) for one in page.find_all("th", scope="row")}
    assert names == found
    assert found or "没有符合条件的教材" in page.text


def test_confirmed_textbooks_are_offered_as_sources(site: Site) -> None:
    confirmed(site)
    entered(site, title="待审样例")
    with site.writing() as session:
        bank_id = make_bank(session).id
    page = somebody(site, Role.WRITER).get(f"/bank/{bank_id}/questions/new?kind=B")
    offered = [one.get("value") for one in page.find_all("datalist", id="textbooks")[0].iter("option")]
    assert offered == ["《样例保卫教程》 样例出版社 第1版"]
    page = page.submit("加入教材", sources="样例法第1条", textbook=offered[0])
    sources = page.find_all("textarea", name="sources")[0]
    assert "".join(sources.itertext()).strip() == "样例法第1条\n《样例保卫教程》 样例出版社 第1版"
    assert page.find_all("input", name="textbook")[0].get("value", "") == ""


def test_a_textbook_left_in_its_field_is_saved_with_the_question(site: Site) -> None:
    textbook_id = confirmed(site)
    with site.writing() as session:
        bank_id = make_bank(session).id
    writer = somebody(site, Role.WRITER)
    page = writer.get(f"/bank/{bank_id}/questions/new?kind=C")
    page.submit(
        "存为草稿",
        stem="样例题。",
        right="true",
        point="A-A-001",
        textbook="《样例保卫教程》 样例出版社 第1版",
    )
    assert "有 1 道试题以它为依据" in writer.get(f"/bank/textbooks/{textbook_id}").text
