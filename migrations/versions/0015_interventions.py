"""Acts on candidates, interruptions, absence and misconduct.

Revision ID: 0015
Revises: 0014
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from examsite.db import Document, Instant
from examsite.schema import freeze

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

FACTS = ("interruptions", "absence_marks", "misconducts", "misconduct_evidence", "misconduct_signatures")


def _to(table: str, column: str, target: str, key: str = "id") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{target}.{key}"], name=op.f(f"fk_{table}_{column}_{target}")
    )


def upgrade() -> None:
    table = "intervention_requests"
    op.create_table(
        table,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("once", sa.String(length=32), nullable=False),
        sa.Column("sitting_id", sa.Integer(), nullable=False),
        sa.Column("room_id", sa.Integer(), nullable=True),
        sa.Column("act", sa.String(length=20), nullable=False),
        sa.Column("attempts", Document, nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("seconds", sa.Integer(), nullable=True),
        sa.Column("cause", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("needs_second", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("requested_by_id", sa.Integer(), nullable=False),
        sa.Column("requested_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.Column("answered_at", Instant(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("outcome", Document, nullable=True),
        sa.CheckConstraint(
            "NOT needs_second OR answered_by_id IS NULL OR status = 'withdrawn' "
            "OR answered_by_id <> requested_by_id",
            name=op.f(f"ck_{table}_two_persons"),
        ),
        sa.CheckConstraint(
            "(status = 'requested') = (answered_by_id IS NULL)", name=op.f(f"ck_{table}_answered")
        ),
        sa.CheckConstraint("(status = 'done') = (outcome IS NOT NULL)", name=op.f(f"ck_{table}_outcome")),
        sa.CheckConstraint("minutes > 0 AND seconds > 0", name=op.f(f"ck_{table}_time_given")),
        _to(table, "sitting_id", "sittings"),
        _to(table, "room_id", "rooms"),
        _to(table, "requested_by_id", "persons"),
        _to(table, "answered_by_id", "persons"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("once", name=op.f(f"uq_{table}_once")),
    )
    op.create_index("ix_intervention_requests_sitting_id_status", table, ["sitting_id", "status"])

    table = "interruptions"
    op.create_table(
        table,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sitting_id", sa.Integer(), nullable=False),
        sa.Column("room_id", sa.Integer(), nullable=True),
        sa.Column("enrolment_id", sa.Integer(), nullable=True),
        sa.Column("cause", sa.String(length=20), nullable=False),
        sa.Column("begun_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("restored_seconds", sa.Integer(), nullable=False),
        sa.Column("why_none", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("supersedes_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("room_id IS NULL OR enrolment_id IS NULL", name=op.f(f"ck_{table}_one_scope")),
        sa.CheckConstraint(
            "ended_at IS NULL OR ended_at >= begun_at", name=op.f(f"ck_{table}_order_of_time")
        ),
        sa.CheckConstraint("restored_seconds >= 0", name=op.f(f"ck_{table}_restored")),
        sa.CheckConstraint(
            "ended_at IS NULL OR restored_seconds > 0 OR why_none <> ''",
            name=op.f(f"ck_{table}_restored_or_why_none"),
        ),
        _to(table, "sitting_id", "sittings"),
        _to(table, "room_id", "rooms"),
        _to(table, "enrolment_id", "enrolments"),
        _to(table, "recorded_by_id", "persons"),
        _to(table, "supersedes_id", "interruptions"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("supersedes_id", name=op.f(f"uq_{table}_supersedes_id")),
    )
    op.create_index(op.f("ix_interruptions_sitting_id"), table, ["sitting_id"])

    table = "absence_marks"
    op.create_table(
        table,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("is_absent", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("marked_by_id", sa.Integer(), nullable=False),
        sa.Column("marked_at", Instant(), nullable=False),
        sa.CheckConstraint("is_absent OR reason <> ''", name=op.f(f"ck_{table}_reason")),
        _to(table, "enrolment_id", "enrolments"),
        _to(table, "marked_by_id", "persons"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("enrolment_id", "number", name=op.f(f"uq_{table}_enrolment_id_number")),
    )

    table = "misconducts"
    op.create_table(
        table,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("once", sa.String(length=32), nullable=False),
        sa.Column("tier", sa.String(length=20), nullable=False),
        sa.Column("tier_text", sa.Text(), nullable=False),
        sa.Column("effect", sa.String(length=20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("occurred_at", Instant(), nullable=False),
        sa.Column("is_withdrawn", sa.Boolean(), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("supersedes_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "tier <> '' OR effect <> 'cancel' OR is_withdrawn", name=op.f(f"ck_{table}_tier")
        ),
        sa.CheckConstraint(
            "NOT is_withdrawn OR supersedes_id IS NOT NULL", name=op.f(f"ck_{table}_withdrawn")
        ),
        _to(table, "enrolment_id", "enrolments"),
        _to(table, "recorded_by_id", "persons"),
        _to(table, "supersedes_id", "misconducts"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("once", name=op.f(f"uq_{table}_once")),
        sa.UniqueConstraint("supersedes_id", name=op.f(f"uq_{table}_supersedes_id")),
    )
    op.create_index(op.f("ix_misconducts_enrolment_id"), table, ["enrolment_id"])

    table = "misconduct_evidence"
    op.create_table(
        table,
        sa.Column("misconduct_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("media_type", sa.String(length=40), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        _to(table, "misconduct_id", "misconducts"),
        _to(table, "digest", "stored_files", "digest"),
        sa.PrimaryKeyConstraint("misconduct_id", "digest", name=op.f(f"pk_{table}")),
    )

    table = "misconduct_signatures"
    op.create_table(
        table,
        sa.Column("misconduct_id", sa.Integer(), nullable=False),
        sa.Column("witness_id", sa.Integer(), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=False),
        sa.Column("signed_at", Instant(), nullable=False),
        sa.CheckConstraint("witness_id <> recorded_by_id", name=op.f(f"ck_{table}_two_persons")),
        _to(table, "misconduct_id", "misconducts"),
        _to(table, "witness_id", "persons"),
        _to(table, "recorded_by_id", "persons"),
        sa.PrimaryKeyConstraint("misconduct_id", name=op.f(f"pk_{table}")),
    )
    for fact in FACTS:
        freeze(op, fact)


def downgrade() -> None:
    for table in reversed(("intervention_requests", *FACTS)):
        op.drop_table(table)
