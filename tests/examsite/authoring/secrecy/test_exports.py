"""Questions leave a bank by two persons, for a while, a few times, and every step is on the record."""

from __future__ import annotations

import hashlib
import io
import zipfile

import pytest
from sqlalchemy import select, text

from examsite.access.models import Person
from examsite.access.permissions import Role
from examsite.authoring.secrecy.models import BankExport
from question_bank.formats.reading import read
from tests.browse import Browse, Page
from tests.conftest import Site
from tests.examsite.authoring.secrecy.test_people import KEY, Guarded, acts, make_guarded
from tests.factories import make_person


def ask(browser: Browse, one: Guarded, **values: str | None) -> Page:
    values = {"reason": "样例：备份", **values}
    return browser.get(f"/bank/{one.bank.id}/exports").submit("提交申请", **values)


def second_person(site: Site, role: Role = Role.BANK_MANAGER) -> Person:
    with site.writing() as session:
        return make_person(session, role)


def the_request(site: Site) -> BankExport:
    with site.reading() as session:
        return session.scalars(select(BankExport).order_by(BankExport.id.desc()).limit(1)).one()


def fetch(browser: Browse, one: Guarded) -> Page:
    return browser.get(f"/bank/{one.bank.id}/exports").submit("下载文件")


def test_one_asks_another_allows_and_the_first_fetches(site: Site) -> None:
    one = make_guarded(site)
    asks, allows = site.browse_as(one.manager), site.browse_as(second_person(site))
    page = ask(asks, one, area="A", status="approved")
    assert "待另一人审批" in page.text
    seen = allows.get(f"/bank/{one.bank.id}/exports")
    assert "样例：备份" in seen.text
    assert "现在可以下载" in seen.submit("同意").text
    file = fetch(asks, one).response
    assert file.mimetype.endswith("spreadsheetml.sheet")
    row = the_request(site)
    assert row.digest == hashlib.sha256(file.data).hexdigest()
    found = read("x.xlsx", file.data)
    [fate] = found.fates
    assert (fate.external_id, found.drafts) == ("ID-这里", ()), "one row, and no answer in it"
    with zipfile.ZipFile(io.BytesIO(file.data)) as archive:
        assert f"EX-{row.id} · {one.manager.name}" in archive.read("docProps/core.xml").decode()
        assert KEY not in "".join(
            archive.read(name).decode("utf-8", "replace") for name in archive.namelist()
        )
    steps = [record.act for act in ("request", "approve", "fetch") for record in acts(site, f"export.{act}")]
    assert steps == ["export.request", "export.approve", "export.fetch"]
    [fetched] = acts(site, "export.fetch")
    assert fetched.detail["digest"] == row.digest
    assert fetched.detail["time"] == 1


def test_the_province_can_be_the_second_person(site: Site) -> None:
    one = make_guarded(site)
    ask(site.browse_as(one.manager), one)
    page = site.browse_as(one.province).get(f"/bank/{one.bank.id}/exports").submit("同意")
    assert "现在可以下载" in page.text


def test_nobody_answers_what_they_asked_for(site: Site) -> None:
    one = make_guarded(site)
    browser = site.browse_as(one.manager)
    page = ask(browser, one)
    assert "须由另一人审批" in page.text
    assert "同意 EX" not in page.text
    token = page.find_all("input", name="csrf_token")[0].get("value")
    forged = browser.post(f"/bank/exports/{the_request(site).id}/approve", {"csrf_token": token})
    assert forged.status == 409
    with pytest.raises(Exception, match="two_persons"), site.writing() as session:
        session.execute(text("UPDATE bank_exports SET answered_by_id = requested_by_id"))


def test_a_refusal_needs_a_reason_and_ends_the_request(site: Site) -> None:
    one = make_guarded(site)
    asks, refuses = site.browse_as(one.manager), site.browse_as(second_person(site))
    ask(asks, one)
    page = refuses.get(f"/bank/{one.bank.id}/exports")
    token = page.find_all("input", name="csrf_token")[0].get("value")
    address = f"/bank/exports/{the_request(site).id}/refuse"
    empty = refuses.post(address, {"csrf_token": token, "answer": " "})
    assert empty.status == 422
    assert "请说明为什么不同意导出" in empty.text
    assert "不必要" in refuses.post(address, {"csrf_token": token, "answer": "不必要"}).text
    assert "下载文件" not in asks.get(f"/bank/{one.bank.id}/exports").text
    assert refuses.post(address, {"csrf_token": token, "answer": "再次"}).status == 409


def test_the_file_is_fetched_three_times_and_within_three_days(site: Site) -> None:
    one = make_guarded(site)
    asks, allows = site.browse_as(one.manager), site.browse_as(second_person(site))
    ask(asks, one)
    allows.get(f"/bank/{one.bank.id}/exports").submit("同意")
    files = {fetch(asks, one).response.data for _time in range(3)}
    assert len(files) == 1
    page = asks.get(f"/bank/{one.bank.id}/exports")
    assert "文件已不能下载" in page.text
    token = page.find_all("input", name="csrf_token")[0].get("value")
    address = f"/bank/exports/{the_request(site).id}/file"
    assert asks.post(address, {"csrf_token": token}).status == 409
    assert len(acts(site, "export.fetch")) == 3
    ask(asks, one)
    allows.get(f"/bank/{one.bank.id}/exports").submit("同意")
    site.clock.advance(hours=73)
    late = site.browse_as(one.manager)
    token = late.get(f"/bank/{one.bank.id}/exports").find_all("input", name="csrf_token")[0].get("value")
    assert late.post(f"/bank/exports/{the_request(site).id}/file", {"csrf_token": token}).status == 409


def test_only_the_requester_fetches(site: Site) -> None:
    one = make_guarded(site)
    other = second_person(site)
    ask(site.browse_as(one.manager), one)
    allows = site.browse_as(other)
    page = allows.get(f"/bank/{one.bank.id}/exports").submit("同意")
    token = page.find_all("input", name="csrf_token")[0].get("value")
    assert allows.post(f"/bank/exports/{the_request(site).id}/file", {"csrf_token": token}).status == 404


def test_keys_leave_only_with_whoever_may_see_them(site: Site) -> None:
    one = make_guarded(site)
    refused = ask(site.browse_as(one.manager), one, with_keys="y")
    assert refused.status == 422
    assert "没有符合条件且您可以查看答案的试题" in refused.text
    asks, allows = site.browse_as(one.province), site.browse_as(one.manager)
    ask(asks, one, with_keys="y", area="A", status="approved")
    allows.get(f"/bank/{one.bank.id}/exports").submit("同意")
    [draft] = read("x.xlsx", fetch(asks, one).response.data).drafts
    assert draft.key.model_answer == f"{KEY}这里"


def test_what_left_the_requesters_reach_does_not_leave_the_bank(site: Site) -> None:
    one = make_guarded(site)
    asks, allows = site.browse_as(one.manager), site.browse_as(second_person(site))
    ask(asks, one)
    allows.get(f"/bank/{one.bank.id}/exports").submit("同意")
    with site.writing() as session:
        session.execute(text("UPDATE bank_duties SET ended_at = given_at WHERE task = 'manage'"))
    assert fetch(asks, one).status == 422
    assert acts(site, "export.fetch") == []


def test_a_request_can_be_taken_back(site: Site) -> None:
    one = make_guarded(site)
    browser = site.browse_as(one.manager)
    ask(browser, one)
    assert "已撤回" in browser.get(f"/bank/{one.bank.id}/exports").submit("撤回").text


def test_a_request_needs_a_reason(site: Site) -> None:
    one = make_guarded(site)
    refused = ask(site.browse_as(one.manager), one, reason=" ")
    assert refused.status == 422
    assert "请说明用途" in refused.text


def test_whoever_is_not_named_to_run_the_bank_cannot_ask(site: Site) -> None:
    one = make_guarded(site)
    for person in (one.writer, one.author):
        assert site.browse_as(person).get(f"/bank/{one.bank.id}/exports").status == 404
    assert site.browse_as(one.reviewer).get(f"/bank/{one.bank.id}/exports").status == 403


@pytest.mark.parametrize("change", ["reason = 'another'", "versions = '[]'", "with_keys = true"])
def test_what_was_asked_for_is_never_changed(site: Site, change: str) -> None:
    one = make_guarded(site)
    ask(site.browse_as(one.manager), one)
    with pytest.raises(Exception, match="bank_exports is frozen"), site.writing() as session:
        session.execute(text(f"UPDATE bank_exports SET {change}"))
    with pytest.raises(Exception, match="bank_exports is frozen"), site.writing() as session:
        session.execute(text("DELETE FROM bank_exports"))
