"""Approved papers are sealed; the seal says what differs; the seed stays secret until the last sitting is over."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from examsite import schema
from examsite.access.permissions import Role
from examsite.audit import AuditRecord
from examsite.authoring.models import Bank, QuestionVersion
from examsite.planning.models import Paper, PaperMode, PaperSet
from examsite.planning.sealing.disclosure import note_uses
from examsite.planning.sealing.models import PaperSeal
from examsite.planning.seeds import commitment
from examsite.sitting.models import Attempt
from tests.conftest import START, Site
from tests.factories import (
    make_enrolment,
    make_paper_set,
    make_person,
    make_plan,
    make_sitting,
    make_specification,
)


def sealed_set(site: Site, count: int = 3) -> tuple[int, str]:
    with site.writing() as session:
        row = make_paper_set(session, mode=PaperMode.UNIQUE, count=count, seed="样例种子甲乙丙")
        return row.id, row.seed


def staff_of(site: Site):
    with site.writing() as session:
        return make_person(session, Role.STAFF)


def seal_of(site: Site, set_id: int) -> PaperSeal:
    with site.reading() as session:
        return session.get_one(PaperSeal, set_id)


def tamper(site: Site, table: str, statement: str, **values: object) -> None:
    """Change what is frozen, as somebody with the database in their hands could."""
    with site.database.engine.begin() as connection, schema.thawed(connection, table):
        connection.execute(text(statement), values)


def test_approving_seals_and_puts_the_seal_on_the_record(site: Site) -> None:
    set_id, seed = sealed_set(site)
    seal = seal_of(site, set_id)
    with site.reading() as session:
        record = session.scalars(select(AuditRecord).where(AuditRecord.act == "papers.approve")).one()
    assert record.detail["seal"] == seal.seal
    assert len(seal.seal) == 64
    assert seal.document["seed_commitment"] == commitment(seed)
    page = site.browse_as(staff_of(site)).get(f"/plans/papers/{set_id}")
    assert seal.seal in page.text
    assert " ".join(seal.seal[i : i + 4] for i in range(0, 16, 4)) in page.text


def test_papers_that_nobody_approved_have_no_seal(site: Site) -> None:
    with site.writing() as session:
        row = make_paper_set(session, approved=False)
    browse = site.browse_as(staff_of(site))
    page = browse.get(f"/plans/papers/{row.id}")
    assert "验证封存" not in page.text
    assert browse.get(f"/plans/papers/{row.id}/seal.json").status == 404


def test_a_seal_that_holds_is_said_to_hold_on_page_and_at_the_terminal(site: Site) -> None:
    set_id, _seed = sealed_set(site)
    page = site.browse_as(staff_of(site)).get(f"/plans/papers/{set_id}").submit("验证封存")
    assert "封存完好：全部 3 份试卷与封存时一致" in page.text
    assert "the seal holds over 3 papers" in site.run("papers", "verify-seal", str(set_id))


@pytest.mark.parametrize("command", ["verify-seal", "reproduce"])
@pytest.mark.parametrize("number", ["999", "0", str(2**31), "9" * 20])
def test_a_number_that_no_set_has_is_said_in_one_line(site: Site, command: str, number: str) -> None:
    outcome = site.app.test_cli_runner().invoke(args=["papers", command, number])
    assert outcome.exit_code in (1, 2)
    assert isinstance(outcome.exception, SystemExit)
    assert "Error: " in outcome.output
    assert number in outcome.output


def test_a_seal_names_the_paper_whose_order_was_changed(site: Site) -> None:
    set_id, _seed = sealed_set(site)
    with site.reading() as session:
        paper = session.scalars(select(Paper).where(Paper.set_id == set_id, Paper.number == 2)).one()
    digest = "0" * 64
    tamper(
        site, "papers", "UPDATE papers SET content_hash = :digest WHERE id = :id", digest=digest, id=paper.id
    )
    page = site.browse_as(staff_of(site)).get(f"/plans/papers/{set_id}").submit("验证封存")
    assert "封存已被破坏。与封存时不一致：第 2 号卷。" in page.text
    outcome = site.app.test_cli_runner().invoke(args=["papers", "verify-seal", str(set_id)])
    assert outcome.exit_code == 1
    assert "papers that differ: 2;" in outcome.output


def test_a_seal_names_every_paper_with_a_question_whose_text_was_changed(site: Site) -> None:
    set_id, _seed = sealed_set(site)
    with site.reading() as session:
        papers = session.scalars(select(Paper).where(Paper.set_id == set_id).order_by(Paper.number)).all()
        chosen = papers[0].document["questions"][0]["version"]
        document = dict(session.get_one(QuestionVersion, chosen).document)
        holding = [p.number for p in papers if any(q["version"] == chosen for q in p.document["questions"])]
    document["stem"] = "另一个题干（ ）。"
    cast = "CAST(:document AS JSONB)" if site.dialect == "postgresql" else ":document"
    tamper(
        site,
        "question_versions",
        f"UPDATE question_versions SET document = {cast} WHERE id = :id",
        document=json.dumps(document),
        id=chosen,
    )
    page = site.browse_as(staff_of(site)).get(f"/plans/papers/{set_id}").submit("验证封存")
    assert f"不一致：{'、'.join(f'第 {n} 号卷' for n in holding)}。" in page.text


def test_another_seed_or_another_stored_seal_is_found(site: Site) -> None:
    set_id, _seed = sealed_set(site)
    tamper(site, "paper_sets", "UPDATE paper_sets SET seed = 'x' WHERE id = :id", id=set_id)
    tamper(
        site,
        "paper_seals",
        "UPDATE paper_seals SET seal = :seal WHERE set_id = :id",
        seal="f" * 64,
        id=set_id,
    )
    page = site.browse_as(staff_of(site)).get(f"/plans/papers/{set_id}").submit("验证封存")
    for what in ("种子", "存储的封存码本身", "审计日志中的封存码"):
        assert what in page.text.partition("不一致：")[2].partition("。")[0]


def test_a_seal_cannot_be_changed(site: Site) -> None:
    set_id, _seed = sealed_set(site)
    with pytest.raises(DatabaseError), site.writing() as session:
        session.execute(text("UPDATE paper_seals SET seal = 'x' WHERE set_id = :id"), {"id": set_id})


def test_the_seed_is_promised_before_the_first_paper_is_drawn(site: Site) -> None:
    with site.writing() as session:
        plan = make_plan(session)
        make_specification(session, session.get_one(Bank, plan.bank_id))
        staff = make_person(session, Role.STAFF)
    browse = site.browse_as(staff)
    form = browse.get(f"/plans/{plan.id}/papers/new")
    report = form.submit("组卷并校验", mode="fixed", papers="2")
    with site.reading() as session:
        seed = session.scalars(select(PaperSet.seed)).one()
    assert commitment(seed) in form.text
    assert commitment(seed) in report.text
    everything = form.response.get_data(as_text=True) + report.response.get_data(as_text=True)
    assert seed not in everything


def test_the_seed_is_revealed_when_the_last_sitting_is_over_and_not_before(site: Site) -> None:
    with site.writing() as session:
        papers = make_paper_set(session, seed="样例种子甲乙丙")
        make_sitting(session, paper_set=papers, opens_at=START)
        last = make_sitting(session, paper_set=papers, opens_at=START + timedelta(hours=5))
        late = make_enrolment(session, last)
        staff = make_person(session, Role.STAFF)
        session.add(
            Attempt(
                id="a" * 32,
                enrolment_id=late.id,
                paper_id=session.scalars(select(Paper.id).where(Paper.set_id == papers.id)).first(),
                started_at=last.opens_at + timedelta(minutes=20),
                extra_seconds=3600,
                settings={},
            )
        )
    addresses = [
        f"/plans/papers/{papers.id}",
        f"/plans/papers/{papers.id}/seal.json",
        f"/plans/{papers.plan_id}",
    ]
    addresses += [f"/plans/sittings/{last.id}"]

    def seen() -> bool:
        browse = site.browse_as(staff)
        answers = [browse.client.get(address).get_data(as_text=True) for address in addresses]
        assert "样例种子甲乙丙" not in answers[2] + answers[3]
        shown = [
            "样例种子甲乙丙" in answer or "\\u6837\\u4f8b\\u79cd\\u5b50\\u7532" in answer
            for answer in answers[:2]
        ]
        assert shown[0] == shown[1]
        return shown[0]

    assert not seen()
    site.clock.set(START + timedelta(hours=3))  # the first is over
    assert not seen()
    site.clock.set(last.closes_at + timedelta(minutes=1))  # somebody has an hour more
    assert not seen()
    site.clock.set(last.closes_at + timedelta(minutes=70))
    assert seen()


def test_a_rehearsal_reveals_nothing(site: Site) -> None:
    with site.writing() as session:
        papers = make_paper_set(session, seed="样例种子甲乙丙")
        sitting = make_sitting(session, paper_set=papers, opens_at=START)
        sitting.is_rehearsal = True
        staff = make_person(session, Role.STAFF)
    site.clock.set(sitting.closes_at + timedelta(days=1))
    assert "样例种子甲乙丙" not in site.browse_as(staff).get(f"/plans/papers/{papers.id}").text


def test_the_bank_learns_of_the_use_of_its_questions_only_when_that_is_no_secret(site: Site) -> None:
    set_id, _seed = sealed_set(site)
    with site.reading() as session:
        used = session.scalars(select(QuestionVersion).where(QuestionVersion.papers > 0)).all()
    assert used == []
    with site.writing() as session:
        papers = session.get_one(PaperSet, set_id)
        sitting = make_sitting(session, paper_set=papers, opens_at=START)
        note_uses(session, papers, now=sitting.closes_at)
        assert session.scalars(select(QuestionVersion.id).where(QuestionVersion.papers > 0)).all() == []
        note_uses(session, papers, now=sitting.closes_at + timedelta(minutes=1))
        session.flush()
        assert len(session.scalars(select(QuestionVersion.id).where(QuestionVersion.papers > 0)).all()) >= 20
