"""Two institutions with one of everything in each: what the route matrix walks over.

`Estate.values` maps the name of every route parameter to the object it names.  A route with a new parameter fails one
test of `test_routes`, and is left out of the others, until its object is made here.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from examsite import files
from examsite.access.models import Grant, Person
from examsite.access.permissions import Role
from examsite.access.scope import SELF, Granted, SignedIn, institution_scope
from examsite.analysis.models import AnalysisRun, RunStatus
from examsite.authoring import imports, reading
from examsite.authoring.catalogue import actions as catalogue
from examsite.authoring.keys import keys
from examsite.authoring.models import Bank, QuestionRow, QuestionVersion, VersionStatus
from examsite.authoring.pictures import actions as pictures
from examsite.authoring.secrecy import actions as secrecy
from examsite.authoring.secrecy import exports
from examsite.authoring.secrecy.models import DutyTask, Undertaking
from examsite.authoring.textbooks import actions as textbooks
from examsite.authoring.vetting import keychanges
from examsite.authoring.vetting.models import Recusal
from examsite.invigilation.conduct.models import Misconduct, MisconductEvidence
from examsite.invigilation.duties import actions as duties
from examsite.invigilation.interventions.models import Interruption, Intervention
from examsite.invigilation.rehearsals.models import RehearsalReport
from examsite.planning.models import Paper, Sitting
from examsite.planning.sealing import openings
from examsite.planning.sealing.models import Purpose
from examsite.registration.models import Enrolment, Room
from examsite.registry.models import Institution
from examsite.results.models import Release, ReleaseStatus
from examsite.sitting.models import Attempt
from examsite.sitting.queries import attempt_id
from examsite.sitting.transcription.models import PaperScript, ScriptStatus
from tests import factories
from tests.conftest import START
from tests.examsite.authoring.workbooks import row, workbook


@dataclass
class Estate:
    """One institution with one of everything.  values: what stands in the address, by the parameter's name."""

    institution: Institution
    values: dict[str, int | str] = field(default_factory=dict)
    people: dict[Role, Person] = field(default_factory=dict)


def make_estate(session: Session, name: str) -> Estate:
    """An institution of this name, a person of each role that reaches only it, and one object of each kind."""
    institution = factories.make_institution(session, name)
    estate = Estate(institution)
    for role in Role:
        estate.people[role] = person_within(session, role, institution)
    bank = factories.make_approved_bank(session, 160, institution=institution, name=f"样题库·{name}")
    writer = estate.people[Role.WRITER]
    content = workbook([row()])
    file = reading.read_workbook("样例.xlsx", content, None)
    batch = imports.stage(session, bank, content, file, actor=writer, now=START)
    version = factories.make_question(session, bank, status=VersionStatus.IN_REVIEW)
    outline = factories.make_outline(session, bank, published=False)
    plan = factories.make_plan(session, bank)
    specification = factories.make_specification(session, bank)
    papers = factories.make_paper_set(session, plan, specification)
    sitting = factories.make_sitting(session, plan, papers, ready=False)
    open_sitting = factories.make_sitting(session, plan, papers, opens_at=START)
    enrolment = factories.make_enrolment(session, open_sitting)
    estate.people[Role.CANDIDATE] = session.get_one(Person, enrolment.person_id)
    paper = session.scalars(select(Paper.id).where(Paper.set_id == papers.id).limit(1)).one()
    attempt = Attempt(
        id=attempt_id(enrolment.id), enrolment_id=enrolment.id, paper_id=paper, started_at=START, settings={}
    )
    session.add(attempt)
    session.flush()
    staff = estate.people[Role.STAFF]
    release = Release(
        sitting_id=open_sitting.id,
        status=ReleaseStatus.PROPOSED.value,
        digest="0" * 64,
        proposed_by_id=staff.id,
        proposed_at=START,
    )
    run = AnalysisRun(
        sitting_id=open_sitting.id,
        status=RunStatus.QUEUED.value,
        requested_by_id=staff.id,
        requested_at=START,
    )
    session.add_all([release, run])
    session.flush()
    room = Room(sitting_id=sitting.id, number=1, rows=2, columns=2)
    session.add(room)
    session.flush()
    rules = files.keep(session, f"样例规则 {name}".encode(), now=START)
    somebody = person_within(session, Role.INVIGILATOR, institution)
    grant = session.scalars(select(Grant.id).where(Grant.person_id == somebody.id)).one()
    estate.values = {
        "bank_id": bank.id,
        "batch_id": batch.id,
        "version_id": version.id,
        "outline_id": outline.id,
        "plan_id": plan.id,
        "specification_id": specification.id,
        "set_id": papers.id,
        "sitting_id": sitting.id,
        "enrolment_id": enrolment.id,
        "room_id": room.id,
        "attempt": attempt.id,
        "digest": rules.digest,
        "person_id": somebody.id,
        "grant_id": grant,
        "release_id": release.id,
        "run_id": run.id,
        "code": "en",
        **_catalogue(session, estate, bank, version),
    }
    wish = openings.Wish((1,), Purpose.PROOFREADING, "样例理由", 2)
    script = PaperScript(
        enrolment_id=enrolment.id,
        paper_id=paper,
        reason="样例理由",
        status=ScriptStatus.ENTERING.value,
        opened_by_id=somebody.id,
        opened_at=START,
    )
    session.add(script)
    session.flush()
    estate.values["script_id"] = script.id
    # Asked for by somebody else, so that staff may answer.
    opening = openings.request(session, papers, wish, actor=somebody, now=START)
    estate.values |= {"opening_id": opening.id, "number": 1}
    add_secrecy(session, estate, bank)
    estate.values |= with_a_picture(session, bank, writer)
    _add_vetting(session, estate)
    _add_textbook(session, estate)
    _add_conduct(session, estate, open_sitting, enrolment)
    _add_rehearsal(session, estate)
    duty = duties.give_duty(session, sitting, None, somebody, actor=staff, now=START)
    estate.values |= {"watch_id": duty.id, "room_number": room.number}
    return estate


def _add_vetting(session: Session, estate: Estate) -> None:
    """A standing recusal of the reviewer, and a change of a key that waits."""
    row = Recusal(
        person_id=estate.people[Role.REVIEWER].id,
        author_id=estate.people[Role.INVIGILATOR].id,
        reason="样例理由",
        at=START,
    )
    session.add(row)
    session.flush()
    estate.values["recusal_id"] = row.id
    version = session.scalars(
        select(QuestionVersion).where(
            QuestionVersion.bank_id == estate.values["bank_id"], QuestionVersion.kind == "C"
        )
    ).first()
    assert version is not None
    key = replace(keys(session, [version.id])[version.id], truth=False)
    author = session.get_one(Person, version.author_id)
    change = keychanges.propose(session, version, key, "样例理由", actor=author, now=START)
    estate.values["change_id"] = change.id


def _catalogue(session: Session, estate: Estate, bank: Bank, version: QuestionVersion) -> dict[str, int]:
    """A pair of enemies, and a list that the writer saved."""
    writer = estate.people[Role.WRITER]
    other = session.get_one(QuestionRow, factories.make_question(session, bank).question_id)
    one = session.get_one(QuestionRow, version.question_id)
    pair = catalogue.make_enemies(session, one, other, "样例理由", actor=writer, now=START)
    saved = catalogue.save_filter(
        session, bank, "样例列表", {"kind": "B"}, is_shared=False, actor=writer, now=START
    )
    return {"enemy_id": pair.id, "filter_id": saved.id}


def person_within(session: Session, role: Role, institution: Institution) -> Person:
    """A person whose role reaches this institution alone, also where the role is mostly held everywhere."""
    person = factories.make_person(session)
    scope = SELF if role is Role.CANDIDATE else institution_scope(institution.id)
    session.add(
        Grant(person_id=person.id, role=role.value, scope=scope, granted_by_id=None, granted_at=START)
    )
    session.flush()
    factories.sign_undertakings(session, person)
    return person


def add_secrecy(session: Session, estate: Estate, bank: Bank) -> None:
    """A person named in the bank, a signature, and a request to take questions out that waits for a second person."""
    manager = estate.people[Role.BANK_MANAGER]
    writer = estate.people[Role.WRITER]
    named = [
        secrecy.name_person(session, bank, person, DutyTask.WRITE, "", None, actor=manager, now=START)
        for person in (writer, factories.make_person(session, Role.WRITER, institution=estate.institution))
    ]
    wish = exports.Wish("", "", "", "workbook", False, "样例：核对")
    scope = (Granted(Role.BANK_MANAGER, institution_scope(estate.institution.id)),)
    asks = SignedIn(manager.id, manager.name, 0, "", False, scope)
    signature = select(Undertaking.id).where(Undertaking.person_id == manager.id)
    estate.values |= {
        "duty_id": named[1].id,
        "undertaking_id": session.scalars(signature).one(),
        "export_id": exports.request_export(session, bank, wish, actor=asks, now=START).id,
    }


def with_a_picture(session: Session, bank: Bank, writer: Person) -> dict[str, int | str]:
    """A picture in the bank, unlike the pictures of other banks."""
    content = factories.picture_bytes((bank.id % 256, 80, 120))
    return {"picture": pictures.keep(session, bank.id, content, actor=writer, now=START)}


def _add_rehearsal(session: Session, estate: Estate) -> None:
    """A report of a rehearsal."""
    document = {
        "candidates": 1,
        "handed_in": 1,
        "acknowledged": 1,
        "lost": 0,
        "findings": [],
        "timings": [],
        "faults": [],
    }
    row = RehearsalReport(
        sitting_id=estate.values["sitting_id"], made_at=START, verdict="good", document=document
    )
    session.add(row)
    session.flush()
    estate.values["rehearsal_id"] = row.id


def _add_textbook(session: Session, estate: Estate) -> None:
    """A textbook that waits for the province."""
    content = textbooks.Content("样例教材", "样例编写组", "样例出版社", "第1版", 2025, "", (3,), "", "")
    row = textbooks.enter(
        session, estate.institution.id, content, actor=estate.people[Role.WRITER], now=START
    )
    estate.values["textbook_id"] = row.id


def _add_conduct(session: Session, estate: Estate, sitting: Sitting, enrolment: Enrolment) -> None:
    """A request that waits for a second person, an interruption, and a record of misconduct with its evidence."""
    staff = estate.people[Role.STAFF]
    request = Intervention(
        once=f"{sitting.id:032x}",
        sitting_id=sitting.id,
        act="extra",
        attempts=[attempt_id(enrolment.id)],
        minutes=5,
        seconds=300,
        reason="样例理由",
        is_whole=False,
        needs_second=True,
        status="requested",
        requested_by_id=staff.id,
        requested_at=START,
        expires_at=START + timedelta(minutes=10),
    )
    interruption = Interruption(
        sitting_id=sitting.id,
        enrolment_id=enrolment.id,
        cause="power",
        begun_at=START,
        recorded_by_id=staff.id,
        recorded_at=START,
    )
    record = Misconduct(
        enrolment_id=enrolment.id,
        once=f"{sitting.id:032x}",
        effect="warning",
        text="样例情况",
        occurred_at=START,
        recorded_by_id=staff.id,
        recorded_at=START,
    )
    session.add_all([request, interruption, record])
    session.flush()
    kept = files.keep(session, factories.picture_bytes((sitting.id % 256, 10, 10)), now=START)
    session.add(
        MisconductEvidence(
            misconduct_id=record.id,
            digest=kept.digest,
            name="样例.png",
            media_type="image/png",
            size=kept.size,
        )
    )
    session.flush()
    estate.values |= {
        "intervention_id": request.id,
        "interruption_id": interruption.id,
        "misconduct_id": record.id,
        "evidence_digest": kept.digest,
    }
