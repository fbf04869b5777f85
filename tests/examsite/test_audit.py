"""The audit record: chained, written with its act, whole under many writers, and proved at the command line."""

from __future__ import annotations

import threading
from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from examsite import audit
from examsite.access.models import Person
from examsite.audit import AuditHead, AuditRecord
from tests.factories import make_person


def note(site, count=1, **detail):
    for number in range(count):
        with site.writing() as session:
            audit.record(session, "sample.act", of=f"things:{number}", actor=None, now=site.now, **detail)


def verdict(site):
    with site.reading() as session:
        return audit.verify(session)


def tamper(site, *statements):
    """Change the record as somebody could who owns the database: with the triggers out of the way."""
    with site.writing() as session:
        for event in ("update", "delete"):
            of = "" if site.dialect == "sqlite" else " ON audit_records"
            session.execute(text(f"DROP TRIGGER IF EXISTS frozen_{event}_audit_records{of}"))
        for statement in statements:
            session.execute(text(statement))


@pytest.fixture
def tampering(site):
    """The same site; the triggers that a test takes away stand again after it, for PostgreSQL is shared."""
    yield site
    if site.dialect == "postgresql":
        with site.writing() as session:
            for event in ("update", "delete"):
                session.execute(text(f"DROP TRIGGER IF EXISTS frozen_{event}_audit_records ON audit_records"))
                session.execute(
                    text(
                        f"CREATE TRIGGER frozen_{event}_audit_records BEFORE {event.upper()} ON audit_records "
                        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
                    )
                )


def test_an_empty_record_is_whole(site):
    assert verdict(site) == audit.Verdict(0, audit.GENESIS)


def test_a_record_holds_who_when_what_and_to_what(site):
    with site.writing() as session:
        person = make_person(session, name="样例")
        audit.record(session, "sample.act", of=person, actor=person, now=site.now, reason="样例原因")
    with site.reading() as session:
        row = session.scalars(select(AuditRecord).order_by(AuditRecord.sequence.desc()).limit(1)).one()
    assert (row.act, row.object, row.actor_id) == ("sample.act", f"persons:{person.id}", person.id)
    assert (row.at, row.detail) == (site.now, {"reason": "样例原因"})


def test_each_record_carries_the_hash_of_the_one_before(site):
    note(site, 5)
    with site.reading() as session:
        rows = session.scalars(select(AuditRecord).order_by(AuditRecord.sequence)).all()
    assert [row.sequence for row in rows] == [1, 2, 3, 4, 5]
    assert [row.previous for row in rows] == [audit.GENESIS, *(row.hash for row in rows[:-1])]
    assert verdict(site) == audit.Verdict(5, rows[-1].hash)


def test_a_row_that_gets_its_id_in_the_same_transaction_is_named_by_it(site):
    with site.writing() as session:
        person = Person(name="样例", created_at=site.now)
        session.add(person)
        audit.record(session, "sample.act", of=person, actor=None, now=site.now)
    with site.reading() as session:
        assert session.scalars(select(AuditRecord.object)).one() == f"persons:{person.id}"


@pytest.mark.parametrize(
    ("statement", "number"),
    [
        ("UPDATE audit_records SET act = 'harmless' WHERE sequence = 3", 3),
        ("UPDATE audit_records SET object = 'things:9' WHERE sequence = 3", 3),
        ("UPDATE audit_records SET actor_id = 7 WHERE sequence = 3", 3),
        ("UPDATE audit_records SET at = '2020-01-01 00:00:00+00:00' WHERE sequence = 3", 3),
        ("UPDATE audit_records SET detail = '{\"x\": 2}' WHERE sequence = 3", 3),
        ("UPDATE audit_records SET hash = 'f' || substr(hash, 1, 62) || 'f' WHERE sequence = 3", 3),
        ("DELETE FROM audit_records WHERE sequence = 3", 3),
        ("DELETE FROM audit_records WHERE sequence = 1", 1),
        ("DELETE FROM audit_records WHERE sequence = 5", 6 - 1),
        ("DELETE FROM audit_records", 1),
        ("UPDATE audit_head SET sequence = 4", 6),
        ("UPDATE audit_records SET sequence = 9 WHERE sequence = 5", 5),
    ],
)
def test_every_kind_of_tampering_is_found_at_its_place(tampering, statement, number):
    site = tampering
    note(site, 5, x=1)
    assert verdict(site).broken_at is None
    tamper(site, statement)
    found = verdict(site)
    assert found.broken_at == number
    assert found.records == number - 1
    assert found.reason


def test_removing_the_last_records_is_found_though_the_rest_fits(tampering):
    site = tampering
    note(site, 5)
    tamper(site, "DELETE FROM audit_records WHERE sequence > 3")
    assert verdict(site).reason == "the end of the record was cut off"


def test_a_swapped_pair_is_found(tampering):
    site = tampering
    note(site, 5)
    tamper(
        site,
        "UPDATE audit_records SET sequence = 99 WHERE sequence = 2",
        "UPDATE audit_records SET sequence = 2 WHERE sequence = 3",
        "UPDATE audit_records SET sequence = 3 WHERE sequence = 99",
    )
    assert verdict(site).broken_at == 2


def test_an_act_that_is_rolled_back_leaves_no_record(site):
    class Stop(Exception):
        pass

    with suppress(Stop), site.writing() as session:
        make_person(session)
        audit.record(session, "sample.act", of="things:1", actor=None, now=site.now)
        raise Stop
    with site.reading() as session:
        assert session.scalar(select(func.count()).select_from(AuditRecord)) == 0
        assert session.scalar(select(func.count()).select_from(Person)) == 0
        assert session.get_one(AuditHead, 1).sequence == 0


def test_reading_records_nothing(site):
    with site.reading() as session:
        audit.record(session, "sample.act", of="things:1", actor=None, now=site.now)
    assert verdict(site).records == 0


def test_several_acts_of_one_transaction_keep_their_order(site):
    with site.writing() as session:
        for act in ("sample.first", "sample.second", "sample.third"):
            audit.record(session, act, of="things:1", actor=None, now=site.now)
    with site.reading() as session:
        acts = session.scalars(select(AuditRecord.act).order_by(AuditRecord.sequence)).all()
    assert acts == ["sample.first", "sample.second", "sample.third"]


def test_writers_at_the_same_time_keep_one_chain(site):
    writers, each = 8, 10
    start = threading.Barrier(writers)
    failures = []

    def work(name):
        start.wait()
        try:
            for number in range(each):
                with site.writing() as session:
                    now = site.now + timedelta(seconds=number)
                    audit.record(session, f"sample.{name}", of=f"things:{number}", actor=None, now=now)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(name,)) for name in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    found = verdict(site)
    assert (found.records, found.broken_at) == (writers * each, None)
    with site.reading() as session:
        # Each writer's acts stand in the order in which they were done.
        for name in range(writers):
            query = select(AuditRecord.object).where(AuditRecord.act == f"sample.{name}")
            objects = session.scalars(query.order_by(AuditRecord.sequence)).all()
            assert objects == [f"things:{number}" for number in range(each)]


def test_the_command_proves_a_whole_record(site):
    note(site, 3)
    said = site.run("audit", "verify")
    assert said.startswith("3 records, unbroken; head ")
    assert verdict(site).head in said


def test_the_command_fails_on_a_broken_record(tampering):
    site = tampering
    note(site, 3)
    tamper(site, "UPDATE audit_records SET act = 'harmless' WHERE sequence = 2")
    outcome = site.app.test_cli_runner().invoke(args=["audit", "verify"])
    assert outcome.exit_code == 1
    assert "BROKEN: record 2 was changed; 1 records before it are whole" in outcome.output
