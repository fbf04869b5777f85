"""The audit record and the state of the site, as administrators see them."""

import csv
import io
from datetime import timedelta

import pytest
from sqlalchemy import text

from examsite import audit, jobs
from examsite.access.permissions import Role
from examsite.admin.records import formula_safe
from tests.factories import make_person


@pytest.fixture
def auditor(site):
    with site.writing() as session:
        return make_person(session, Role.AUDIT_ADMINISTRATOR, name="审计样例")


@pytest.fixture
def operator(site):
    with site.writing() as session:
        return make_person(session, Role.SYSTEM_ADMINISTRATOR)


def shown_acts(page):
    return ["".join(c.itertext()) for th in page.find_all("th", scope="row") for c in th.iter("code")]


def test_the_record_is_listed_newest_first_with_who_acted(site, auditor):
    with site.writing() as session:
        audit.record(session, "sample.first", of="things:1", actor=auditor, now=site.now, reason="样例原因")
        audit.record(session, "sample.second", of="things:2", actor=None, now=site.now)
    page = site.browse_as(auditor).get("/admin/audit")
    acts = shown_acts(page)
    assert acts[:3] == ["login.start", "sample.second", "sample.first"]
    for words in ("审计样例", "样例原因", "things:1", "系统", "2026年11月24日 09:00"):
        assert words in page.text


def test_acts_are_told_in_words_beside_their_code(site, auditor):
    page = site.browse_as(auditor).get("/admin/audit", query={"act": "login.start"})
    assert "登录 login.start" in page.text


def test_the_record_is_filtered_by_act_person_and_day(site, auditor):
    with site.writing() as session:
        other = make_person(session, Role.WRITER, name="另一样例", username="another")
        for days in range(3):
            now = site.now + timedelta(days=days)
            audit.record(session, "sample.act", of=f"things:{days}", actor=other, now=now)
        audit.record(session, "sample.other", of="things:9", actor=auditor, now=site.now)
    browser = site.browse_as(auditor)

    def objects(**query):
        page = browser.get("/admin/audit", query=query)
        cells = ["".join(code.itertext()) for td in page.find_all("td") for code in td.iter("code")]
        return [cell for cell in cells if cell.startswith("things:")]

    assert objects(act="sample.act") == ["things:2", "things:1", "things:0"]
    assert objects(act="sample.") == ["things:9", "things:2", "things:1", "things:0"]
    assert objects(who="另一") == ["things:2", "things:1", "things:0"]
    assert objects(who="anoth", first="2026-11-25") == ["things:2", "things:1"]
    # Days are the site's, and the last is included whole.
    assert objects(act="sample.act", first="2026-11-24", last="2026-11-24") == ["things:0"]
    assert browser.get("/admin/audit", query={"act": "nothing"}).text.count("没有符合条件的记录") == 1


def test_a_day_that_is_no_day_is_refused_and_kept(site, auditor):
    page = site.browse_as(auditor).get("/admin/audit", query={"first": "yesterday"})
    assert page.status == 422


def test_the_filter_goes_along_from_page_to_page(site, auditor):
    with site.writing() as session:
        for number in range(60):
            audit.record(session, "sample.act", of=f"things:{number}", actor=None, now=site.now)
    page = site.browse_as(auditor).get("/admin/audit", query={"act": "sample.act"})
    second = page.follow("下一页")
    assert shown_acts(second) == ["sample.act"] * 10


def test_a_whole_record_is_proved_whole_and_the_look_is_recorded(site, auditor):
    page = site.browse_as(auditor).get("/admin/audit").submit("立即校验")
    with site.reading() as session:
        head = session.get(audit.AuditHead, 1)
    assert "审计记录完整" in page.text
    assert shown_acts(page)[0] == "audit.verify"
    assert head.sequence == len(shown_acts(page))


def test_a_tampered_record_is_told_with_its_number(sqlite_site):
    site = sqlite_site
    with site.writing() as session:
        auditor = make_person(session, Role.AUDIT_ADMINISTRATOR)
        audit.record(session, "sample.act", of="things:1", actor=None, now=site.now)
    with site.writing() as session:
        session.execute(text("DROP TRIGGER frozen_update_audit_records"))
        session.execute(text("UPDATE audit_records SET act = 'harmless' WHERE sequence = 2"))
    page = site.browse_as(auditor).get("/admin/audit").submit("立即校验")
    assert "自第 2 条起被篡改" in page.text


def test_an_export_holds_the_filtered_records_and_no_formula(site, auditor):
    with site.writing() as session:
        evil = make_person(session, Role.WRITER, name="=HYPERLINK(1)")
        audit.record(session, "sample.act", of="@things:1", actor=evil, now=site.now, reason="+1")
    page = site.browse_as(auditor).get("/admin/audit", query={"act": "sample.act"})
    answer = page.submit("导出 CSV").response
    assert answer.mimetype == "text/csv"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    content = answer.get_data(as_text=True)
    assert content.startswith("\ufeff")
    rows = list(csv.reader(io.StringIO(content.removeprefix("\ufeff"))))
    assert len(rows) == 2
    assert rows[1][3:6] == ["'=HYPERLINK(1)", "sample.act", "'@things:1"]
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]
    assert shown_acts(site.browse_as(auditor).get("/admin/audit"))[1] == "audit.export"


@pytest.mark.parametrize("cell", ["=1", "+1", "-1", "@x", "\t=1", "\r=1"])
def test_a_cell_that_a_spreadsheet_would_compute_is_made_text(cell):
    assert formula_safe(cell) == "'" + cell


def test_a_plain_cell_is_left_alone():
    assert formula_safe("题 = 1") == "题 = 1"


def test_nobody_else_reads_the_record_or_the_system(site, operator, auditor):
    with site.writing() as session:
        others = [make_person(session, role) for role in (Role.STAFF, Role.PROVINCE, Role.WRITER)]
    for person in [operator, *others]:
        assert site.browse_as(person).get("/admin/audit").status == 403
    for person in [auditor, *others]:
        assert site.browse_as(person).get("/admin/system").status == 403


def test_the_system_page_tells_version_schema_jobs_and_nothing_secret(site, operator):
    with site.writing() as session:
        jobs.add(session, "sample", {"token": "not-for-the-page"}, now=site.now)
        failed = jobs.add(session, "sample.broken", {}, now=site.now)
        failed.status, failed.tries, failed.error = jobs.JobStatus.FAILED, 5, "ValueError: 样例错误"
        failed.ended_at = site.now
    page = site.browse_as(operator).get("/admin/system")
    for words in (site.dialect, "已是最新", "sample.broken", "样例错误"):
        assert words in page.text
    config = site.app.extensions["examsite-config"]
    for secret in (config.secret_key, config.field_key.decode(), config.database_url, "not-for-the-page"):
        assert secret not in page.response.get_data(as_text=True)


def test_a_schema_that_is_behind_is_told(sqlite_site):
    site = sqlite_site
    with site.writing() as session:
        operator = make_person(session, Role.SYSTEM_ADMINISTRATOR)
        session.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    assert "schema upgrade" in site.browse_as(operator).get("/admin/system").text
