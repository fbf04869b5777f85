"""Encryption, configuration, and what `reading()` and `writing()` promise."""

from __future__ import annotations

import base64
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, Integer, MetaData, Table, insert, select
from sqlalchemy.exc import DBAPIError, StatementError

from examsite.access import people
from examsite.access.models import Person
from examsite.config import BadConfig, Config, Environment
from examsite.db import Instant, NestedWriting, Points, WriteInReading, reading, writing
from examsite.encryption import Unreadable, blind_index, seal, unseal
from tests.factories import make_person

KEY, OTHER = b"k" * 32, b"o" * 32


# ---- personal data at rest


@given(st.text(max_size=60))
def test_what_is_sealed_is_read_again_in_its_place(text):
    sealed = seal(text, bound_to="persons.identity:1", key=KEY)
    assert unseal(sealed, bound_to="persons.identity:1", key=KEY) == text


def test_the_same_text_is_sealed_differently_every_time():
    assert (
        len({seal("000000199001010000", bound_to="persons.identity:1", key=KEY) for _time in range(20)}) == 20
    )


@pytest.mark.parametrize("place", ["persons.identity:2", "persons.phone:1", ""])
def test_a_sealed_value_moved_to_another_row_or_column_is_unreadable(place):
    sealed = seal("000000199001010000", bound_to="persons.identity:1", key=KEY)
    with pytest.raises(Unreadable):
        unseal(sealed, bound_to=place, key=KEY)


def test_a_value_is_unreadable_under_another_key_or_when_any_bit_of_it_changed():
    sealed = seal("000000199001010000", bound_to="here", key=KEY)
    with pytest.raises(Unreadable):
        unseal(sealed, bound_to="here", key=OTHER)
    raw = bytearray(base64.b64decode(sealed[2:]))
    for place in range(len(raw)):
        changed = bytes(raw[:place]) + bytes([raw[place] ^ 1]) + bytes(raw[place + 1 :])
        with pytest.raises(Unreadable):
            unseal("1:" + base64.b64encode(changed).decode(), bound_to="here", key=KEY)


@pytest.mark.parametrize("sealed", ["", "2:AAAA", "1:", "1:not base64!", "1:QUJD", "000000199001010000"])
def test_what_was_never_sealed_is_unreadable(sealed):
    with pytest.raises(Unreadable):
        unseal(sealed, bound_to="here", key=KEY)


def test_a_blind_index_is_equal_for_equal_values_of_one_column_and_key_only():
    one = blind_index("1", column="a", key=KEY)
    assert one == blind_index("1", column="a", key=KEY)
    assert len({one, blind_index("2", column="a", key=KEY), blind_index("1", column="b", key=KEY)}) == 3
    assert one != blind_index("1", column="a", key=OTHER)


def test_an_identity_number_stands_nowhere_in_the_database_as_it_is(site):
    number = "000000199001011234"
    with site.writing() as session:
        person = make_person(session, identity=number)
        other = make_person(session, identity="000000199001015678")
    with site.writing() as session:
        row = session.get_one(Person, person.id)
        stored = " ".join(str(value) for value in vars(row).values())
        assert number not in stored
        assert row.identity_masked == "000000********1234"
        assert people.by_identity(session, " 000000 199001 01 1234").id == person.id
        place = f"{people.IDENTITY_COLUMN}:{other.id}"
        with pytest.raises(Unreadable):
            unseal(row.identity_sealed, bound_to=place, key=site.app.extensions["examsite-config"].field_key)


# ---- configuration


def variables(**changed):
    return {
        "EXAMSITE_DATABASE_URL": "sqlite://",
        "EXAMSITE_SECRET_KEY": "s" * 40,
        "EXAMSITE_FIELD_KEY": base64.b64encode(KEY).decode(),
        **changed,
    }


def test_a_whole_environment_is_read():
    config = Config.from_environment(variables(EXAMSITE_MAX_UPLOAD_MIB="3"))
    assert (config.environment, config.max_upload_mib, config.field_key) == (Environment.PRODUCTION, 3, KEY)
    assert config.plain_http is False


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("EXAMSITE_SECRET_KEY", ""),
        ("EXAMSITE_SECRET_KEY", "changeme"),
        ("EXAMSITE_SECRET_KEY", "s" * 31),
        ("EXAMSITE_FIELD_KEY", ""),
        ("EXAMSITE_FIELD_KEY", "not base64!"),
        ("EXAMSITE_FIELD_KEY", base64.b64encode(b"short").decode()),
        ("EXAMSITE_DATABASE_URL", ""),
        ("EXAMSITE_ENVIRONMENT", "staging"),
        ("EXAMSITE_MAX_UPLOAD_MIB", "much"),
        ("EXAMSITE_PROXIES", "-1"),
    ],
)
def test_a_missing_or_weak_setting_stops_the_start_and_is_named(name, value):
    with pytest.raises(BadConfig, match=name):
        Config.from_environment(variables(**{name: value}))


def test_the_demonstration_has_no_weak_secret_either():
    with pytest.raises(BadConfig):
        Config.from_environment(variables(EXAMSITE_ENVIRONMENT="demo", EXAMSITE_SECRET_KEY="dev"))


def test_fresh_keys_are_good_enough_to_start_with(sqlite_site):
    lines = sqlite_site.run("keys", "new").split()
    made = dict(line.split("=", 1) for line in lines)
    config = Config.from_environment(variables(**made))
    assert len(config.field_key) == 32
    assert sqlite_site.run("keys", "new").split() != lines


# ---- transactions


def test_reading_throws_changes_away(site):
    with site.writing() as session:
        person = make_person(session, name="样例")
    # PostgreSQL refuses at once; SQLite has no transaction that only reads.
    with nullcontext() if site.dialect == "sqlite" else pytest.raises(DBAPIError):
        _rename(site, person.id)
    with site.reading() as session:
        assert session.get_one(Person, person.id).name == "样例"


def _rename(site, person_id):
    with site.reading() as session:
        session.get_one(Person, person_id).name = "另一名"
        session.flush()


def test_rows_stay_readable_after_the_block(site):
    with site.writing() as session:
        person = make_person(session, name="样例")
    with site.reading() as session:
        row = session.get_one(Person, person.id)
    assert (person.name, row.name) == ("样例", "样例")


def test_an_error_inside_writing_saves_nothing(site):
    with pytest.raises(RuntimeError):
        _break_off(site)
    with site.reading() as session:
        assert session.scalars(select(Person)).all() == []


def _break_off(site):
    with site.writing() as session:
        make_person(session)
        raise RuntimeError


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_writing_refuses_requests_that_only_look(site, method):
    with site.app.test_request_context("/", method=method), pytest.raises(WriteInReading), writing():
        pass


def test_a_thread_that_writes_cannot_begin_to_write_again_and_wait_for_itself(sqlite_site):
    site = sqlite_site
    with site.app.test_request_context("/", method="POST"):
        with writing(), pytest.raises(NestedWriting), writing():
            pass
        with writing():
            pass


def test_writing_takes_a_post(site):
    with site.app.test_request_context("/", method="POST"):
        with writing() as session:
            make_person(session)
        with reading() as session:
            assert len(session.scalars(select(Person)).all()) == 1


# ---- column types

METADATA = MetaData()
SAMPLES = Table(
    "samples",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("at", Instant),
    Column("points", Points),
)


@pytest.fixture
def samples(site):
    engine = site.database.engine
    with engine.connect().execution_options(examsite_writing=True) as connection, connection.begin():
        METADATA.create_all(connection)
    yield site
    with engine.connect().execution_options(examsite_writing=True) as connection, connection.begin():
        METADATA.drop_all(connection)


def kept(site, **values):
    with site.writing() as session:
        session.execute(insert(SAMPLES).values(**values))
    with site.reading() as session:
        return session.execute(select(SAMPLES)).one()


def test_an_instant_without_a_zone_is_refused(samples):
    with pytest.raises(StatementError, match="time zone"):
        kept(samples, at=datetime(2026, 11, 24, 9, 0))  # noqa: DTZ001


def test_an_instant_comes_back_as_the_same_moment_in_utc(samples):
    changchun = datetime(2026, 11, 24, 9, 0, 0, 123456, tzinfo=timezone(timedelta(hours=8)))
    row = kept(samples, at=changchun)
    assert row.at == changchun
    assert row.at.tzinfo == UTC


@pytest.mark.parametrize("points", ["0", "0.5", "0.1", "99.99", "33.33", "-1.5", "12345.67"])
def test_points_come_back_exact(samples, points):
    row = kept(samples, points=Decimal(points))
    assert row.points == Decimal(points)
    assert isinstance(row.points, Decimal)


def test_points_add_up_in_the_database_without_loss(samples):
    with samples.writing() as session:
        session.execute(insert(SAMPLES), [{"points": Decimal("0.1")} for _row in range(1000)])
    with samples.reading() as session:
        assert sum(session.scalars(select(SAMPLES.c.points))) == Decimal("100.0")
