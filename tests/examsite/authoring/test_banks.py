"""Banks and outlines, through the door."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from examsite.access.permissions import Role
from examsite.authoring import queries
from examsite.authoring.models import Bank, OutlineRow
from tests.browse import text_of
from tests.conftest import Site
from tests.examsite.authoring.workbooks import BANK, sheets, upload
from tests.factories import make_approved_bank, make_bank, make_institution, make_outline, make_person

RULES: list[list[Any]] = [
    ["题库名称", "1级代码", "1级比重(%)", "2级代码", "2级比重(%)", "3级代码", "3级比重(%)", "知识点数量"],
    [BANK, "A", 20, "A", 5, "A", 2.5, 4],
    ["", "", "", "", "", "B", 2.5, 4],
    ["", "", "", "B", 15, "A", 15, 4],
    ["", "B", 80, "A", 80, "A", 80, 4],
]


def test_an_empty_site_says_what_to_do_first(site: Site) -> None:
    with site.writing() as session:
        writer = make_person(session, Role.WRITER)
    page = site.browse_as(writer).get("/bank/")
    assert "还没有题库" in page.text
    assert page.follow("新建题库").heading == "新建题库"


def test_a_writer_makes_a_bank_and_learns_what_comes_next(site: Site) -> None:
    with site.writing() as session:
        writer = make_person(session, Role.WRITER)
    page = site.browse_as(writer).get("/bank/new").submit("建立题库", name=" 三级理论 ")
    assert page.heading == "三级理论"
    assert "导入要素细目表并发布" in page.text
    with site.reading() as session:
        bank = session.scalars(select(Bank)).one()
        assert (bank.level, bank.standard_code, bank.standard_edition) == (3, "3-02-02-00", "2020")


@pytest.mark.parametrize(("name", "sentence"), [("", "请填写题库名称"), (BANK, "已有同名题库")])
def test_a_bank_needs_a_name_of_its_own(site: Site, name: str, sentence: str) -> None:
    with site.writing() as session:
        make_bank(session, BANK)
        writer = make_person(session, Role.WRITER)
    page = site.browse_as(writer).get("/bank/new").submit("建立题库", name=name)
    assert page.status == 422
    assert sentence in page.text


def test_a_bank_can_be_made_only_in_ones_own_institution(site: Site) -> None:
    with site.writing() as session:
        other = make_institution(session, "别处的样例中心")
        writer = make_person(session, Role.WRITER)
    form = site.browse_as(writer).get("/bank/new")
    assert "别处的样例中心" not in form.text
    assert form.submit("建立题库", name="越界", institution=str(other.id)).status == 422


def test_banks_of_other_institutions_are_out_of_reach(site: Site) -> None:
    with site.writing() as session:
        bank = make_bank(session, BANK)
        outline = make_outline(session, bank)
        other = make_institution(session, "别处的样例中心")
        stranger = make_person(session, Role.REVIEWER, institution=other)
        province = make_person(session, Role.PROVINCE)
        staff = make_person(session, Role.STAFF)
    browser = site.browse_as(stranger)
    assert BANK not in browser.get("/bank/").text
    for address in (f"/bank/{bank.id}", f"/bank/{bank.id}/questions", f"/bank/outlines/{outline.id}"):
        assert browser.get(address).status == 404
    assert site.browse_as(province).get(f"/bank/{bank.id}").status == 200
    assert site.browse_as(staff).get(f"/bank/{bank.id}").status == 403


def test_the_bank_page_counts_and_covers(site: Site) -> None:
    with site.writing() as session:
        bank = make_approved_bank(session, 40, areas=4, points=5)
        reviewer = make_person(session, Role.REVIEWER)
    page = site.browse_as(reviewer).get(f"/bank/{bank.id}")
    assert "未核实" in page.text
    covered = [" ".join("".join(row.itertext()).split()) for row in page.find_all("tr")]
    assert any(line.startswith("A-A") and "5 / 5" in line for line in covered)
    with site.reading() as session:
        found = queries.published_outline(session, bank.id)
        assert found is not None
        totals = [line.total for line in queries.coverage(session, bank.id, found[1])]
    assert sum(totals) == 40


def test_an_outline_is_read_looked_at_and_published(site: Site) -> None:
    with site.writing() as session:
        bank = make_bank(session, BANK)
        writer = make_person(session, Role.WRITER)
    browser = site.browse_as(writer)
    content = sheets({"蓝图": RULES})
    page = browser.get(f"/bank/{bank.id}/outlines/new").submit("读取细目表", upload(content, "规则.xlsx"))
    assert "草稿" in page.text
    assert "A-A-A" in page.text
    assert "2.5%" in page.text
    with site.reading() as session:
        assert queries.outline_in_force(session, bank.id) is None, "a draft can't be referenced"
    done = page.submit("发布细目表")
    assert "细目表已生效" in done.text
    with site.reading() as session:
        found = queries.published_outline(session, bank.id)
        assert found is not None
        assert found[1].verified is False
        assert [area.code for area in found[1].areas] == ["A", "B"]


def test_an_outline_whose_weights_do_not_balance_is_not_published(site: Site) -> None:
    with site.writing() as session:
        bank = make_bank(session, BANK)
        writer = make_person(session, Role.WRITER)
    wrong = [list(line) for line in RULES]
    wrong[4][2] = 70
    page = (
        site.browse_as(writer)
        .get(f"/bank/{bank.id}/outlines/new")
        .submit("读取细目表", upload(sheets({"蓝图": wrong})))
    )
    if page.status == 200:
        page = page.submit("发布细目表")
    assert page.status in (409, 422)
    assert "比重" in page.text
    with site.reading() as session:
        assert queries.outline_in_force(session, bank.id) is None


@pytest.mark.parametrize("content", [b"", "代码,比重".encode(), sheets({"Sheet1": [["别的"], ["1"]]})])
def test_a_file_without_an_outline_is_said_so(site: Site, content: bytes) -> None:
    with site.writing() as session:
        bank = make_bank(session, BANK)
        writer = make_person(session, Role.WRITER)
    page = site.browse_as(writer).get(f"/bank/{bank.id}/outlines/new").submit("读取细目表", upload(content))
    assert page.status == 422
    with site.reading() as session:
        assert session.scalar(select(func.count()).select_from(OutlineRow)) == 0


def test_the_newest_published_outline_is_in_force(site: Site) -> None:
    with site.writing() as session:
        bank = make_bank(session, BANK)
        first = make_outline(session, bank, areas=2)
        second = make_outline(session, bank, areas=3)
        writer = make_person(session, Role.WRITER)
    with site.reading() as session:
        found = queries.published_outline(session, bank.id)
        assert found is not None
        assert found[0].id == second.id
    browser = site.browse_as(writer)
    assert "已取代" in browser.get(f"/bank/outlines/{first.id}").text
    assert "生效" in browser.get(f"/bank/outlines/{second.id}").text


def test_a_draft_is_discarded_but_a_published_outline_stays(site: Site) -> None:
    with site.writing() as session:
        bank = make_bank(session, BANK)
        draft = make_outline(session, bank, areas=2, published=False)
        writer = make_person(session, Role.WRITER)
    browser = site.browse_as(writer)
    page = browser.get(f"/bank/outlines/{draft.id}")
    again = browser.get(f"/bank/outlines/{draft.id}")
    assert "草稿已删除" in page.submit("删除草稿").text
    assert again.submit("删除草稿").status == 404
    with site.writing() as session:
        kept = make_outline(session, bank, areas=2)
    for statement in (
        "DELETE FROM outlines WHERE id = :id",
        "UPDATE outlines SET document = '{}' WHERE id = :id",
    ):
        with pytest.raises(DBAPIError), site.writing() as session:
            session.execute(text(statement), {"id": kept.id})


def test_figures_are_verified_by_name_by_whoever_may(site: Site) -> None:
    with site.writing() as session:
        bank = make_bank(session, BANK)
        row = make_outline(session, bank)
        province = make_person(session, Role.PROVINCE, name="核实样例")
        writer = make_person(session, Role.WRITER)
    assert "对照标准原文" not in site.browse_as(writer).get(f"/bank/outlines/{row.id}").text
    page = site.browse_as(province).get(f"/bank/outlines/{row.id}").submit("我已对照标准原文核实")
    assert "已核实 核实样例" in page.text
    with site.reading() as session:
        found = queries.published_outline(session, bank.id)
        assert found is not None
        assert found[1].verified


@pytest.mark.parametrize(
    ("role", "primary"),
    [
        (Role.WRITER, "编写试题"),
        (Role.REVIEWER, "审定试题"),
        (Role.BANK_MANAGER, "派题与进度"),
        (Role.PROVINCE, "审验可用"),
    ],
)
def test_the_bank_page_offers_each_role_one_primary_act_and_no_closed_door(
    site: Site, role: Role, primary: str
) -> None:
    with site.writing() as session:
        bank = make_approved_bank(session, 10)
        bank.needs_confirmation = True
        person = make_person(session, role)
    browser = site.browse_as(person)
    page = browser.get(f"/bank/{bank.id}")
    [act] = [link for link in page.find_all("a") if "btn-primary" in (link.get("class") or "")]
    assert text_of(act) == primary
    addresses = {str(link.get("href")) for link in page.find_all("a")}
    for address in sorted(one for one in addresses if one.startswith(("/bank", "/plans"))):
        assert browser.get(address).status == 200, address


def test_a_writer_who_runs_a_bank_reaches_all_that_its_page_offers(site: Site) -> None:
    with site.writing() as session:
        writer = make_person(session, Role.WRITER)
    browser = site.browse_as(writer)
    page = browser.get("/bank/new").submit("建立题库", name="新的样题库")
    for name in ("题库人员", "派题与进度", "一致性与用时", "已签署的保密承诺", "导出", "审题环节"):
        assert page.follow(name).status == 200, name
