"""Vetting in stages: tasks, coded and signed opinions, recusal, the province's confirmation, suspension, new keys.

Opinions of before become A (adopt) or C (return) at the first stage, without a signature.

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from examsite.db import Document, Instant
from examsite.schema import freeze

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

#: The person wrote a version of the same question, or sent the file that it came with.
_WROTE = (
    "EXISTS (SELECT 1 FROM question_versions judged"
    " JOIN question_versions v ON v.question_id = judged.question_id"
    " LEFT JOIN import_batches b ON b.id = v.batch_id"
    " WHERE judged.id = NEW.version_id"
    " AND (v.author_id = NEW.{person} OR b.uploaded_by_id = NEW.{person}))"
)
_RECUSED = (
    "EXISTS (SELECT 1 FROM question_versions judged"
    " JOIN recusals r ON r.question_id = judged.question_id"
    " WHERE judged.id = NEW.version_id AND r.person_id = NEW.reviewer_id)"
)
_JUDGED = (
    "EXISTS (SELECT 1 FROM opinions o WHERE o.version_id = NEW.version_id AND o.reviewer_id = NEW.person_id)"
)
_ADOPTED = "(SELECT count(*) FROM opinions o WHERE o.version_id = NEW.id AND o.code = 'A')"
_CONFIRMED = "EXISTS (SELECT 1 FROM confirmations c WHERE c.version_id = NEW.id AND c.accepted)"
_ADOPTED_BEFORE = "EXISTS (SELECT 1 FROM opinions o WHERE o.version_id = NEW.id AND o.verdict = 'approve')"

#: name, table, event, condition, sentence.
_OWN_WORK = ("own_work", "opinions", "INSERT", _WROTE.format(person="reviewer_id"), "nobody judges what they wrote")
_BEFORE = (
    "approved_by_opinion",
    "question_versions",
    "UPDATE OF status",
    f"NEW.status = 'approved' AND OLD.status <> 'approved' AND NOT {_ADOPTED_BEFORE}",
    "a version is approved by an opinion",
)
_RULES = (
    (
        "approved_by_opinion",
        "question_versions",
        "UPDATE OF status",
        "NEW.status = 'approved' AND OLD.status <> 'approved' AND "
        f"{_ADOPTED} < COALESCE(NEW.opinions_needed, 1)",
        "a version is approved by an opinion of as many people as its stages ask for",
    ),
    (
        "confirmed_by_province",
        "question_versions",
        "UPDATE OF status",
        "NEW.status = 'confirmed' AND OLD.status <> 'confirmed' AND "
        f"(OLD.status NOT IN ('approved', 'suspended') OR NOT {_CONFIRMED})",
        "a version is confirmed from approved by the province",
    ),
    (
        "need_stays",
        "question_versions",
        "UPDATE OF opinions_needed",
        "OLD.status <> 'draft' AND (NEW.opinions_needed IS NULL OR NEW.opinions_needed <> OLD.opinions_needed)",
        "how many opinions a version needs is fixed when it is submitted",
    ),
    ("recused", "opinions", "INSERT", _RECUSED, "who withdrew does not judge"),
    (
        "confirmed_by_others",
        "confirmations",
        "INSERT",
        f"NEW.accepted AND ({_WROTE.format(person='person_id')} OR {_JUDGED})",
        "nobody confirms what they wrote or judged",
    ),
    (
        "decided_stays",
        "key_corrections",
        "UPDATE",
        "OLD.status <> 'proposed'",
        "a decided correction stays",
    ),
)


def _make_rule(name: str, table: str, event: str, condition: str, sentence: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {event} ON {table} WHEN {condition} "
            f"BEGIN SELECT RAISE(ABORT, '{sentence}'); END"
        )
        return
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF {condition} THEN RAISE EXCEPTION '{sentence}'; END IF; RETURN NEW; END $$"
    )
    op.execute(f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()")


def _drop_rule(name: str, table: str) -> None:
    on_table = op.get_bind().dialect.name != "sqlite"
    op.execute(f"DROP TRIGGER {name}" + (f" ON {table}" if on_table else ""))
    if on_table:
        op.execute(f"DROP FUNCTION {name}()")


def _thaw(table: str, *, rows: bool = True) -> None:
    of = f" ON {table}" if op.get_bind().dialect.name != "sqlite" else ""
    op.execute(f"DROP TRIGGER frozen_update_{table}{of}")
    if rows:
        op.execute(f"DROP TRIGGER frozen_delete_{table}{of}")


def upgrade() -> None:
    _drop_rule("approved_by_opinion", "question_versions")
    _drop_rule("own_work", "opinions")
    _thaw("opinions")
    op.add_column("banks", sa.Column("vetting", Document, nullable=True))
    op.add_column("question_versions", sa.Column("vetting", Document, nullable=True))
    op.add_column("question_versions", sa.Column("stage", sa.Integer(), nullable=True))
    op.add_column("question_versions", sa.Column("opinions_needed", sa.Integer(), nullable=True))
    with op.batch_alter_table("opinions") as table:
        table.add_column(sa.Column("stage", sa.Integer(), server_default="0", nullable=False))
        table.add_column(sa.Column("code", sa.String(length=1), server_default="C", nullable=False))
        table.add_column(sa.Column("consistency", sa.Integer(), nullable=True))
        table.add_column(sa.Column("difficulty", sa.Integer(), nullable=True))
        table.add_column(sa.Column("angoff", sa.Integer(), nullable=True))
        table.add_column(sa.Column("signature", sa.String(length=64), server_default="", nullable=False))
    op.execute("UPDATE opinions SET code = 'A' WHERE verdict = 'approve'")
    op.execute("UPDATE opinions SET comment = '-' WHERE code <> 'A' AND length(trim(comment)) = 0")
    with op.batch_alter_table("opinions") as table:
        table.drop_column("verdict")
        table.alter_column("code", existing_type=sa.String(length=1), existing_nullable=False, server_default=None)
        table.create_check_constraint("code", "code IN ('A', 'B', 'C', 'D')")
        table.create_check_constraint("comment", "code = 'A' OR length(trim(comment)) > 0")
        table.create_check_constraint("consistency", "consistency BETWEEN 1 AND 5")
        table.create_check_constraint("difficulty", "difficulty BETWEEN 1 AND 5")
        table.create_check_constraint("angoff", "angoff BETWEEN 0 AND 100")
    freeze(op, "opinions")
    _make_rule(*_OWN_WORK)
    _make_tables()
    for rule in _RULES:
        _make_rule(*rule)
    freeze(op, "confirmations")
    freeze(op, "recusals", ("person_id", "question_id", "author_id", "reason", "at"))
    freeze(op, "suspensions", ("version_id", "reason", "by_id", "at"))
    facts = ("version_id", "number", "document", "reason", "proposed_by_id", "proposed_at")
    freeze(op, "key_corrections", facts)


def _person(table: str, column: str, *, nullable: bool = False) -> tuple[sa.Column[int], sa.ForeignKeyConstraint]:
    return (
        sa.Column(column, sa.Integer(), nullable=nullable),
        sa.ForeignKeyConstraint([column], ["persons.id"], name=op.f(f"fk_{table}_{column}_persons")),
    )


def _version(table: str) -> tuple[sa.Column[int], sa.ForeignKeyConstraint]:
    return (
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"], ["question_versions.id"], name=op.f(f"fk_{table}_version_id_question_versions")
        ),
    )


def _make_tables() -> None:
    op.create_table(
        "review_tasks",
        sa.Column("id", sa.Integer(), nullable=False),
        *_version("review_tasks"),
        sa.Column("bank_id", sa.Integer(), nullable=False),
        sa.Column("stage", sa.Integer(), nullable=False),
        *_person("review_tasks", "reviewer_id", nullable=True),
        sa.Column("unassigned", sa.String(length=20), nullable=True),
        *_person("review_tasks", "assigned_by_id", nullable=True),
        sa.Column("assigned_at", Instant(), nullable=False),
        sa.Column("opened_at", Instant(), nullable=True),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("ended", sa.String(length=20), nullable=True),
        sa.Column("ended_at", Instant(), nullable=True),
        *_person("review_tasks", "ended_by_id", nullable=True),
        sa.ForeignKeyConstraint(["bank_id"], ["banks.id"], name=op.f("fk_review_tasks_bank_id_banks")),
        sa.CheckConstraint("(ended_at IS NULL) = (ended IS NULL)", name=op.f("ck_review_tasks_ended")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_tasks")),
    )
    live = sa.text("ended_at IS NULL AND reviewer_id IS NOT NULL")
    op.create_index(
        "uq_review_tasks_live",
        "review_tasks",
        ["version_id", "reviewer_id"],
        unique=True,
        sqlite_where=live,
        postgresql_where=live,
    )
    op.create_index(op.f("ix_review_tasks_version_id"), "review_tasks", ["version_id"])
    op.create_index("ix_review_tasks_reviewer_ended", "review_tasks", ["reviewer_id", "ended_at"])
    op.create_index("ix_review_tasks_bank_ended", "review_tasks", ["bank_id", "ended_at"])
    op.create_index("ix_review_tasks_unassigned_ended", "review_tasks", ["unassigned", "ended_at"])
    # What is in review already waits for whoever may judge it, as it did before.
    submitted = "COALESCE(submitted_at, created_at)"
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    due = f"strftime('%Y-%m-%d %H:%M:%f000', {submitted}, '+7 days')" if is_sqlite else f"{submitted} + INTERVAL '7 days'"
    op.execute(
        "INSERT INTO review_tasks (version_id, bank_id, stage, unassigned, assigned_at, due_at)"
        f" SELECT id, bank_id, 0, 'nobody', {submitted}, {due} FROM question_versions WHERE status = 'in_review'"
    )
    op.create_table(
        "recusals",
        sa.Column("id", sa.Integer(), nullable=False),
        *_person("recusals", "person_id"),
        sa.Column("question_id", sa.Integer(), nullable=True),
        *_person("recusals", "author_id", nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["question_id"], ["questions.id"], name=op.f("fk_recusals_question_id_questions")
        ),
        sa.CheckConstraint(
            "(question_id IS NULL) <> (author_id IS NULL)", name=op.f("ck_recusals_one_object")
        ),
        sa.CheckConstraint("length(trim(reason)) > 0", name=op.f("ck_recusals_reason")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recusals")),
    )
    op.create_index(op.f("ix_recusals_person_id"), "recusals", ["person_id"])
    op.create_index(op.f("ix_recusals_question_id"), "recusals", ["question_id"])
    op.create_table(
        "confirmations",
        sa.Column("id", sa.Integer(), nullable=False),
        *_version("confirmations"),
        *_person("confirmations", "person_id"),
        sa.Column("accepted", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.CheckConstraint("accepted OR length(trim(reason)) > 0", name=op.f("ck_confirmations_reason")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_confirmations")),
    )
    op.create_index(op.f("ix_confirmations_version_id"), "confirmations", ["version_id"])
    op.create_table(
        "suspensions",
        sa.Column("id", sa.Integer(), nullable=False),
        *_version("suspensions"),
        sa.Column("reason", sa.Text(), nullable=False),
        *_person("suspensions", "by_id"),
        sa.Column("at", Instant(), nullable=False),
        *_person("suspensions", "ended_by_id", nullable=True),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "ended_by_id IS NULL OR ended_by_id <> by_id", name=op.f("ck_suspensions_two_persons")
        ),
        sa.CheckConstraint("length(trim(reason)) > 0", name=op.f("ck_suspensions_reason")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suspensions")),
    )
    op.create_index(op.f("ix_suspensions_version_id"), "suspensions", ["version_id"])
    unended = sa.text("ended_at IS NULL")
    op.create_index(
        "uq_suspensions_live",
        "suspensions",
        ["version_id"],
        unique=True,
        sqlite_where=unended,
        postgresql_where=unended,
    )
    op.create_table(
        "key_corrections",
        sa.Column("id", sa.Integer(), nullable=False),
        *_version("key_corrections"),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        *_person("key_corrections", "proposed_by_id"),
        sa.Column("proposed_at", Instant(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        *_person("key_corrections", "decided_by_id", nullable=True),
        sa.Column("decided_at", Instant(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "decided_by_id IS NULL OR decided_by_id <> proposed_by_id",
            name=op.f("ck_key_corrections_two_persons"),
        ),
        sa.CheckConstraint(
            "(status = 'proposed') = (decided_by_id IS NULL)", name=op.f("ck_key_corrections_decided")
        ),
        sa.CheckConstraint("length(trim(reason)) > 0", name=op.f("ck_key_corrections_reason")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_key_corrections")),
        sa.UniqueConstraint("version_id", "number", name=op.f("uq_key_corrections_version_id_number")),
    )
    op.create_index(op.f("ix_key_corrections_version_id"), "key_corrections", ["version_id"])
    proposed = sa.text("status = 'proposed'")
    op.create_index(
        "uq_key_corrections_open",
        "key_corrections",
        ["version_id"],
        unique=True,
        sqlite_where=proposed,
        postgresql_where=proposed,
    )


def downgrade() -> None:
    """Codes B and D become a return; tasks, recusals, confirmations, suspensions and new keys are lost."""
    op.execute("UPDATE question_versions SET status = 'returned' WHERE status = 'rejected'")
    for name, table, *_rest in _RULES:
        _drop_rule(name, table)
    _drop_rule("own_work", "opinions")
    _thaw("opinions")
    for table in ("key_corrections", "suspensions", "confirmations", "recusals", "review_tasks"):
        op.drop_table(table)
    with op.batch_alter_table("opinions") as table:
        table.add_column(sa.Column("verdict", sa.String(length=20), server_default="return", nullable=False))
    op.execute("UPDATE opinions SET verdict = 'approve' WHERE code = 'A'")
    with op.batch_alter_table("opinions") as table:
        for name in ("code", "comment", "consistency", "difficulty", "angoff"):
            table.drop_constraint(op.f(f"ck_opinions_{name}"), type_="check")
        for column in ("signature", "angoff", "difficulty", "consistency", "code", "stage"):
            table.drop_column(column)
        table.alter_column(
            "verdict", existing_type=sa.String(length=20), existing_nullable=False, server_default=None
        )
    freeze(op, "opinions")
    for table, columns in (("question_versions", ("opinions_needed", "stage", "vetting")), ("banks", ("vetting",))):
        for column in columns:
            op.drop_column(table, column)
    _make_rule(*_OWN_WORK)
    _make_rule(*_BEFORE)
