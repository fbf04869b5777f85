"""Rooms, time that people give, messages to candidates, decisions about quarantined answers.

Revision ID: 0010
Revises: 0009
"""

from __future__ import annotations


import sqlalchemy as sa
from alembic import op

from examsite.db import Document, Instant
from examsite.schema import freeze

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rooms",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sitting_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("columns", sa.Integer(), nullable=False),
        sa.Column("is_special", sa.Boolean(), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("networks", Document, nullable=False),
        sa.CheckConstraint("rows > 0 AND columns > 0", name=op.f("ck_rooms_grid")),
        sa.ForeignKeyConstraint(["sitting_id"], ["sittings.id"], name=op.f("fk_rooms_sitting_id_sittings")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rooms")),
        sa.UniqueConstraint("sitting_id", "number", name=op.f("uq_rooms_sitting_id_number")),
    )
    op.create_index(op.f("ix_rooms_sitting_id"), "rooms", ["sitting_id"])

    op.create_table(
        "sitting_messages",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sitting_id", sa.Integer(), nullable=False),
        sa.Column("room_id", sa.Integer(), nullable=True),
        sa.Column("attempt_id", sa.String(length=32), nullable=True),
        sa.Column("text", sa.String(length=300), nullable=False),
        sa.Column("sent_by_id", sa.Integer(), nullable=False),
        sa.Column("sent_at", Instant(), nullable=False),
        sa.CheckConstraint(
            "room_id IS NULL OR attempt_id IS NULL", name=op.f("ck_sitting_messages_one_audience")
        ),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["attempts.id"], name=op.f("fk_sitting_messages_attempt_id_attempts")
        ),
        sa.ForeignKeyConstraint(["room_id"], ["rooms.id"], name=op.f("fk_sitting_messages_room_id_rooms")),
        sa.ForeignKeyConstraint(
            ["sent_by_id"], ["persons.id"], name=op.f("fk_sitting_messages_sent_by_id_persons")
        ),
        sa.ForeignKeyConstraint(
            ["sitting_id"], ["sittings.id"], name=op.f("fk_sitting_messages_sitting_id_sittings")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sitting_messages")),
    )
    op.create_index(op.f("ix_sitting_messages_sitting_id"), "sitting_messages", ["sitting_id"])

    op.create_table(
        "quarantine_decisions",
        sa.Column("quarantined_id", sa.Integer(), nullable=False),
        sa.Column("is_admitted", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=False),
        sa.Column("decided_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["persons.id"], name=op.f("fk_quarantine_decisions_decided_by_id_persons")
        ),
        sa.ForeignKeyConstraint(
            ["quarantined_id"],
            ["quarantined_answers.id"],
            name=op.f("fk_quarantine_decisions_quarantined_id_quarantined_answers"),
        ),
        sa.PrimaryKeyConstraint("quarantined_id", name=op.f("pk_quarantine_decisions")),
    )
    op.add_column("attempts", sa.Column("paused_at", Instant(), nullable=True))
    op.add_column("attempts", sa.Column("takeover_until", Instant(), nullable=True))
    op.add_column("attempts", sa.Column("seen_at", Instant(), nullable=True))
    op.add_column("attempts", sa.Column("answered", sa.Integer(), server_default="0", nullable=False))

    # In one statement each, so that SQLite need not copy a table that attempts point at.
    op.execute(
        "ALTER TABLE enrolments ADD COLUMN room_id INTEGER "
        "CONSTRAINT fk_enrolments_room_id_rooms REFERENCES rooms (id)"
    )
    op.execute(
        "ALTER TABLE enrolments ADD COLUMN time_factor_percent INTEGER DEFAULT 100 NOT NULL "
        "CONSTRAINT ck_enrolments_time_factor CHECK (time_factor_percent BETWEEN 100 AND 300)"
    )
    op.add_column("enrolments", sa.Column("time_factor_reason", sa.Text(), server_default="", nullable=False))
    op.create_index(op.f("ix_enrolments_room_id"), "enrolments", ["room_id"])
    op.add_column(
        "sittings", sa.Column("is_rehearsal", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column(
        "sittings", sa.Column("takeover_policy", sa.String(length=10), server_default="free", nullable=False)
    )
    op.add_column(
        "sittings", sa.Column("network_policy", sa.String(length=10), server_default="off", nullable=False)
    )
    op.add_column("sittings", sa.Column("networks", Document, server_default="[]", nullable=False))
    op.add_column(
        "sittings", sa.Column("seb_policy", sa.String(length=10), server_default="off", nullable=False)
    )
    op.add_column("sittings", sa.Column("seb_config_keys", Document, server_default="[]", nullable=False))

    freeze(op, "sitting_messages")
    freeze(op, "quarantine_decisions")


def downgrade() -> None:
    op.drop_column("sittings", "seb_config_keys")
    op.drop_column("sittings", "seb_policy")
    op.drop_column("sittings", "networks")
    op.drop_column("sittings", "network_policy")
    op.drop_column("sittings", "takeover_policy")
    op.drop_column("sittings", "is_rehearsal")

    op.drop_index(op.f("ix_enrolments_room_id"), table_name="enrolments")
    op.drop_column("enrolments", "time_factor_reason")
    for column in ("time_factor_percent", "room_id"):
        op.drop_column("enrolments", column)
    op.drop_column("attempts", "answered")
    op.drop_column("attempts", "seen_at")
    op.drop_column("attempts", "takeover_until")
    op.drop_column("attempts", "paused_at")

    op.drop_table("quarantine_decisions")
    op.drop_index(op.f("ix_sitting_messages_sitting_id"), table_name="sitting_messages")

    op.drop_table("sitting_messages")
    op.drop_index(op.f("ix_rooms_sitting_id"), table_name="rooms")

    op.drop_table("rooms")
