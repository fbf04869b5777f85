"""Nobody sees a question before they have signed; a signature counts for a year, for one institution and one text."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import delete, select, text

from examsite.access import people
from examsite.access.models import Person
from examsite.access.permissions import Role
from examsite.access.scope import EVERYTHING, institution_scope
from examsite.audit import AuditRecord
from examsite.authoring.models import Bank, QuestionVersion, VersionStatus
from examsite.authoring.secrecy import undertakings
from examsite.authoring.secrecy.models import Undertaking
from tests.conftest import START, Site
from tests.examsite.authoring.workbooks import BANK
from tests.factories import make_bank, make_institution, make_person, make_question

STEM = "绝密样题（ ）。"


def arrange(site: Site, role: Role) -> tuple[Person, Bank, QuestionVersion]:
    """A person of this role who has signed nothing, and a bank with a question that waits for review."""
    with site.writing() as session:
        bank = make_bank(session, BANK)
        version = make_question(session, bank, stem=STEM, status=VersionStatus.IN_REVIEW)
        scope = EVERYTHING if role is Role.PROVINCE else institution_scope(bank.institution_id)
        person = people.create(session, name="样例新人", username="new", actor=None, now=START)
        people.grant(session, person, role, scope, actor=None, now=START)
        return person, bank, version


@pytest.mark.parametrize("role", [Role.WRITER, Role.REVIEWER, Role.BANK_MANAGER, Role.PROVINCE])
def test_nothing_leaks_before_the_signature_and_the_way_leads_back(site: Site, role: Role) -> None:
    person, bank, version = arrange(site, role)
    browser = site.browse_as(person)
    addresses = [f"/bank/{bank.id}/questions?q=样题", f"/bank/versions/{version.id}"]
    addresses += ["/bank/review", f"/bank/review/{version.id}"] if role is Role.REVIEWER else []
    addresses += [f"/bank/{bank.id}/imports/new"] if role is Role.WRITER else []
    for address in addresses:
        answer = browser.client.get(address)
        assert answer.status_code == 303, address
        assert f"/bank/{bank.id}/undertaking?next=" in answer.headers["Location"]
        assert "绝密" not in answer.get_data(as_text=True)
    page = browser.get(addresses[0])
    assert page.heading == "保密承诺"
    assert "示例文本" in page.text
    assert "绝密" not in page.text
    done = page.submit("签署并继续", name=" 样例新人 ", agreed="y")
    assert done.url.startswith(f"/bank/{bank.id}/questions")
    assert "绝密样题" in done.text


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"name": "别人", "agreed": "y"}, "请按账号中的姓名填写：样例新人"),
        ({"name": "", "agreed": "y"}, "请填写姓名以签署"),
        ({"name": "样例新人", "agreed": None}, "如同意承诺，请勾选"),
    ],
)
def test_a_signature_is_ones_own_name_and_a_tick(
    site: Site, values: dict[str, str | None], sentence: str
) -> None:
    person, bank, _version = arrange(site, Role.WRITER)
    page = site.browse_as(person).get(f"/bank/{bank.id}/undertaking").submit("签署并继续", **values)
    assert page.status == 422
    assert sentence in page.text
    with site.reading() as session:
        assert session.scalars(select(Undertaking).where(Undertaking.person_id == person.id)).first() is None


def test_a_signature_counts_for_a_year_and_for_one_text(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    with site.writing() as session:
        bank = make_bank(session, BANK)
        writer = make_person(session, Role.WRITER)
    address = f"/bank/{bank.id}/questions"
    assert site.browse_as(writer).client.get(address).status_code == 200
    with monkeypatch.context() as patch:
        patch.setattr(undertakings, "IN_FORCE", replace(undertakings.IN_FORCE, version=2))
        assert site.browse_as(writer).client.get(address).status_code == 303
    site.clock.set(START + timedelta(days=364))
    assert site.browse_as(writer).client.get(address).status_code == 200
    site.clock.set(START + timedelta(days=366))
    assert site.browse_as(writer).client.get(address).status_code == 303


def test_a_signature_counts_for_one_institution(site: Site) -> None:
    with site.writing() as session:
        bank = make_bank(session, BANK)
        there = make_institution(session, "别处的样例中心")
        writer = make_person(session, Role.WRITER, institution=there)
        scope = institution_scope(bank.institution_id)
        people.grant(session, session.merge(writer), Role.WRITER, scope, actor=None, now=START)
    assert site.browse_as(writer).client.get(f"/bank/{bank.id}/questions").status_code == 303


def test_a_signature_is_on_the_record_and_can_be_printed(site: Site) -> None:
    person, bank, _version = arrange(site, Role.WRITER)
    browser = site.browse_as(person)
    browser.get(f"/bank/{bank.id}/undertaking").submit("签署并继续", name="样例新人", agreed="y")
    with site.reading() as session:
        row = session.scalars(select(Undertaking).where(Undertaking.person_id == person.id)).one()
        record = session.scalars(
            select(AuditRecord).where(
                AuditRecord.act == "undertaking.sign", AuditRecord.actor_id == person.id
            )
        ).one()
    assert record.detail["hash"] == row.text_hash == undertakings.IN_FORCE.digest
    sheet = browser.get(f"/bank/{bank.id}/undertaking").follow("打印")
    assert sheet.heading == "保密承诺书"
    assert "样例新人" in sheet.text
    with site.writing() as session:
        manager, other = make_person(session, Role.BANK_MANAGER), make_person(session, Role.WRITER)
    assert "样例新人" in site.browse_as(manager).get(f"/bank/{bank.id}/undertakings").text
    assert site.browse_as(manager).get(f"/bank/undertakings/{row.id}").status == 200
    assert site.browse_as(other).get(f"/bank/undertakings/{row.id}").status == 404


@pytest.mark.parametrize("change", ["name_typed = 'another'", "valid_until = signed_at"])
def test_a_signature_is_never_changed(site: Site, change: str) -> None:
    with site.writing() as session:
        make_person(session, Role.WRITER)
    with pytest.raises(Exception, match="undertakings is frozen"), site.writing() as session:
        session.execute(text(f"UPDATE undertakings SET {change}"))
    with pytest.raises(Exception, match="undertakings is frozen"), site.writing() as session:
        session.execute(delete(Undertaking))


def test_somebody_elses_address_does_not_lead_away_after_signing(site: Site) -> None:
    person, bank, _version = arrange(site, Role.WRITER)
    page = site.browse_as(person).get(f"/bank/{bank.id}/undertaking?next=//elsewhere.example/")
    assert page.submit("签署并继续", name="样例新人", agreed="y").url == f"/bank/{bank.id}"


def test_a_form_opened_before_the_signature_ran_out_is_still_taken(site: Site) -> None:
    with site.writing() as session:
        bank = make_bank(session, BANK)
        writer = make_person(session, Role.WRITER)
    site.clock.set(START + timedelta(days=365, minutes=-5))
    page = site.browse_as(writer).get(f"/bank/{bank.id}/questions/new?kind=D")
    site.clock.advance(minutes=10)
    saved = page.submit("保存", stem="样题。", right="样例", sources="样例依据", point="A-A-001")
    assert saved.heading == "保密承诺", "saved, and the next page asks for the signature"
    with site.reading() as session:
        assert session.scalars(select(QuestionVersion.stem)).all() == ["样题。"]
