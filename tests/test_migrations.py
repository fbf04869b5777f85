"""Migrations make what the models say, go back as they came, and freeze what is a fact."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import DatabaseError

import examsite.models
from examsite import audit, files, schema
from examsite.access.permissions import Role
from examsite.authoring.models import VersionStatus
from examsite.db import Base, make_engine
from tests.factories import make_approved_bank, make_paper_set, make_person, make_plan, make_question
from tests.postgres import fresh_database

assert examsite.models.ALL_STAGES


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database with nothing in it, once of each kind."""
    if request.param == "sqlite":
        made = make_engine(f"sqlite:///{tmp_path}/empty.db")
        yield made
        made.dispose()
        return
    with fresh_database(request.getfixturevalue("postgres_server")) as url:
        made = make_engine(url)
        yield made
        made.dispose()


def differences(engine: Engine) -> list[Any]:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, Base.metadata))


def test_migrations_make_exactly_what_the_models_say(engine):
    schema.upgrade(engine)
    assert differences(engine) == []


def test_a_missing_column_would_be_found(engine):
    schema.upgrade(engine)
    with engine.connect().execution_options(examsite_writing=True) as connection, connection.begin():
        connection.execute(text("ALTER TABLE persons DROP COLUMN employer"))
    assert [difference[0] for difference in differences(engine)] == ["add_column"]


def test_migrations_go_back_to_nothing_and_up_again(engine):
    schema.upgrade(engine)
    schema.downgrade(engine, "base")
    assert set(inspect(engine).get_table_names()) <= {"alembic_version"}
    schema.upgrade(engine)
    assert differences(engine) == []


def test_every_step_goes_back_and_forth(engine):
    steps = list(ScriptDirectory.from_config(schema.alembic_config(engine)).walk_revisions())
    schema.upgrade(engine)
    for _step in steps:
        schema.downgrade(engine, "-1")
    schema.upgrade(engine)
    assert differences(engine) == []


def test_migrations_stand_in_one_line(engine):
    script = ScriptDirectory.from_config(schema.alembic_config(engine))
    assert len(script.get_heads()) == 1
    numbers = [revision.revision for revision in script.walk_revisions()]
    assert numbers == sorted(numbers, reverse=True)


def test_opinions_of_before_there_were_stages_keep_their_meaning(engine):
    """A version judged and one waiting under the former flow, brought to stages and back."""
    schema.upgrade(engine)
    schema.downgrade(engine, "0004")
    at = (
        "'2026-11-01 00:00:00.000000'"
        if engine.dialect.name == "sqlite"
        else "TIMESTAMPTZ '2026-11-01 00:00:00+00'"
    )
    rows = [
        f"INSERT INTO persons (id, name, identity_masked, employer, is_active, created_at) VALUES"
        f" (1, 'W', '', '', true, {at}), (2, 'R', '', '', true, {at})",
        f"INSERT INTO institutions (id, name, kind, created_at) VALUES (1, 'I', 'Y', {at})",
        "INSERT INTO banks (id, institution_id, name, standard_code, standard_edition, level, is_sample, created_at)"
        f" VALUES (1, 1, 'B', 'x', 'y', 3, true, {at})",
        f"INSERT INTO questions (id, bank_id, created_at) VALUES (1, 1, {at}), (2, 1, {at}), (3, 1, {at})",
    ]
    rows += [
        "INSERT INTO question_versions (id, question_id, bank_id, number, status, kind, point, stem, document,"
        f" content_hash, author_id, created_at) VALUES ({n}, {n}, 1, 1, 'in_review', 'B', 'A', 's', '{{}}', 'h', 1, {at})"
        for n in (1, 2, 3)
    ]
    rows += [
        f"INSERT INTO opinions (version_id, reviewer_id, verdict, comment, at) VALUES (1, 2, 'approve', '', {at}),"
        f" (2, 2, 'return', 'c', {at})",
        "UPDATE question_versions SET status = 'approved' WHERE id = 1",
        "UPDATE question_versions SET status = 'returned' WHERE id = 2",
    ]
    with engine.connect().execution_options(examsite_writing=True) as connection, connection.begin():
        for row in rows:
            connection.exec_driver_sql(row)
    command.upgrade(schema.alembic_config(engine), "0005")
    with engine.connect() as connection:
        opinions = "SELECT version_id, code, stage, signature FROM opinions ORDER BY version_id"
        assert connection.execute(text(opinions)).all() == [(1, "A", 0, ""), (2, "C", 0, "")]
        tasks = connection.execute(text("SELECT version_id, reviewer_id, unassigned FROM review_tasks")).all()
        assert tasks == [(3, None, "nobody")], "what waits can be taken as before"
    schema.downgrade(engine, "0004")
    with engine.connect() as connection:
        verdicts = (
            connection.execute(text("SELECT verdict FROM opinions ORDER BY version_id")).scalars().all()
        )
    assert verdicts == ["approve", "return"]


def test_the_audit_record_can_be_appended_to_from_the_start(engine):
    schema.upgrade(engine)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT id, sequence FROM audit_head")).all() == [(1, 0)]


# ---- what is frozen


@pytest.fixture
def facts(site):
    """A site in which each frozen table that is easily filled has a row."""
    with site.writing() as session:
        bank = make_approved_bank(session, 160)
        make_paper_set(session, make_plan(session, bank))
        make_question(session, bank, status=VersionStatus.APPROVED)
        files.keep(session, b"a file", now=site.now)
        person = make_person(session, Role.WRITER)
        audit.record(session, "sample.act", of=person, actor=None, now=site.now)
    return site


def refuses(site, statement):
    with pytest.raises(DatabaseError) as error, site.writing() as session:
        session.execute(text(statement))
    return str(error.value)


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("audit_records", "act = 'another'"),
        ("audit_records", "detail = NULL"),
        ("papers", "content_hash = 'another'"),
        ("papers", "document = NULL"),
        ("opinions", "code = 'C'"),
        ("opinions", "comment = 'another'"),
        ("question_versions", "document = NULL"),
        ("question_versions", "stem = 'another'"),
        ("question_versions", "content_hash = 'another'"),
        ("question_versions", "author_id = 1"),
        ("question_keys", "document = NULL"),
        ("stored_files", "digest = 'another'"),
    ],
)
def test_a_fact_cannot_be_changed(facts, table, change):
    assert f"{table} is frozen" in refuses(facts, f"UPDATE {table} SET {change}")


@pytest.mark.parametrize("table", ["audit_records", "papers", "opinions"])
def test_a_fact_cannot_be_removed(facts, table):
    assert f"{table} is frozen" in refuses(facts, f"DELETE FROM {table}")


@pytest.mark.parametrize(
    "table",
    [
        "answer_log",
        "subject_scores",
        "decisions",
        "audit_records",
        "papers",
        "opinions",
        "sitting_records",
        "record_signatures",
        "record_supplements",
        "check_ins",
    ],
)
def test_both_guards_stand_on_every_table_of_facts(site, table):
    """Also on those that this test does not fill: a trigger on an empty table says nothing when it runs."""
    with site.reading() as session:
        if site.dialect == "sqlite":
            query = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table"
        else:
            query = (
                "SELECT tgname FROM pg_trigger WHERE tgrelid = CAST(:table AS regclass) AND NOT tgisinternal"
            )
        names = set(session.scalars(text(query), {"table": table}))
    assert {f"frozen_update_{table}", f"frozen_delete_{table}"} <= names


def test_the_status_of_a_version_is_not_frozen(facts):
    with facts.writing() as session:
        session.execute(text("UPDATE question_versions SET status = 'retired' WHERE status = 'approved'"))


def test_the_head_of_the_record_is_one_row(facts):
    refuses(facts, "INSERT INTO audit_head (id, sequence, hash) VALUES (1, 0, 'x')")
