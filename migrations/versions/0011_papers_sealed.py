"""Seals of approved papers, openings before time, answers on paper typed in twice.

Revision ID: 0011
Revises: 0010
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from examsite.db import Document, Instant
from examsite.schema import freeze

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "paper_seals",
        sa.Column("set_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seal", sa.String(length=64), nullable=False),
        sa.Column("document", Document, nullable=False),
        sa.Column("sealed_by_id", sa.Integer(), nullable=False),
        sa.Column("sealed_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["sealed_by_id"], ["persons.id"], name=op.f("fk_paper_seals_sealed_by_id_persons")
        ),
        sa.ForeignKeyConstraint(["set_id"], ["paper_sets.id"], name=op.f("fk_paper_seals_set_id_paper_sets")),
        sa.PrimaryKeyConstraint("set_id", name=op.f("pk_paper_seals")),
    )
    op.create_table(
        "paper_openings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("set_id", sa.Integer(), nullable=False),
        sa.Column("papers", Document, nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("hours", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("requested_by_id", sa.Integer(), nullable=False),
        sa.Column("requested_at", Instant(), nullable=False),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.Column("answered_at", Instant(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("open_until", Instant(), nullable=True),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.CheckConstraint("answered_by_id <> requested_by_id", name=op.f("ck_paper_openings_two_persons")),
        sa.CheckConstraint("hours BETWEEN 1 AND 24", name=op.f("ck_paper_openings_hours")),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["persons.id"], name=op.f("fk_paper_openings_answered_by_id_persons")
        ),
        sa.ForeignKeyConstraint(
            ["requested_by_id"], ["persons.id"], name=op.f("fk_paper_openings_requested_by_id_persons")
        ),
        sa.ForeignKeyConstraint(
            ["set_id"], ["paper_sets.id"], name=op.f("fk_paper_openings_set_id_paper_sets")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_openings")),
    )
    op.create_index(op.f("ix_paper_openings_set_id"), "paper_openings", ["set_id"])
    op.create_table(
        "paper_scripts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("paper_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("opened_by_id", sa.Integer(), nullable=False),
        sa.Column("opened_at", Instant(), nullable=False),
        sa.Column("stored_at", Instant(), nullable=True),
        sa.Column("receipt", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolments.id"], name=op.f("fk_paper_scripts_enrolment_id_enrolments")
        ),
        sa.ForeignKeyConstraint(
            ["opened_by_id"], ["persons.id"], name=op.f("fk_paper_scripts_opened_by_id_persons")
        ),
        sa.ForeignKeyConstraint(["paper_id"], ["papers.id"], name=op.f("fk_paper_scripts_paper_id_papers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_scripts")),
    )
    op.create_index(op.f("ix_paper_scripts_enrolment_id"), "paper_scripts", ["enrolment_id"])
    op.create_index(
        "uq_paper_scripts_standing",
        "paper_scripts",
        ["enrolment_id"],
        unique=True,
        sqlite_where=sa.text("status <> 'void'"),
        postgresql_where=sa.text("status <> 'void'"),
    )
    op.create_table(
        "paper_entries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("script_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("responses", Document, nullable=False),
        sa.Column("entered_at", Instant(), nullable=False),
        sa.CheckConstraint("place BETWEEN 1 AND 2", name=op.f("ck_paper_entries_place")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["persons.id"], name=op.f("fk_paper_entries_person_id_persons")
        ),
        sa.ForeignKeyConstraint(
            ["script_id"], ["paper_scripts.id"], name=op.f("fk_paper_entries_script_id_paper_scripts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_entries")),
        sa.UniqueConstraint("script_id", "person_id", name=op.f("uq_paper_entries_script_id_person_id")),
        sa.UniqueConstraint("script_id", "place", name=op.f("uq_paper_entries_script_id_place")),
    )
    op.create_table(
        "paper_settlements",
        sa.Column("script_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("responses", Document, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("settled_by_id", sa.Integer(), nullable=False),
        sa.Column("settled_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["script_id"], ["paper_scripts.id"], name=op.f("fk_paper_settlements_script_id_paper_scripts")
        ),
        sa.ForeignKeyConstraint(
            ["settled_by_id"], ["persons.id"], name=op.f("fk_paper_settlements_settled_by_id_persons")
        ),
        sa.PrimaryKeyConstraint("script_id", name=op.f("pk_paper_settlements")),
    )
    freeze(op, "paper_seals")
    freeze(op, "paper_entries")
    freeze(op, "paper_settlements")
    freeze(
        op,
        "paper_openings",
        ("set_id", "papers", "purpose", "reason", "hours", "requested_by_id", "requested_at"),
    )
    freeze(op, "paper_scripts", ("enrolment_id", "paper_id", "reason", "opened_by_id", "opened_at"))


def downgrade() -> None:
    op.drop_table("paper_settlements")
    op.drop_table("paper_entries")
    op.drop_index("uq_paper_scripts_standing", table_name="paper_scripts")
    op.drop_index(op.f("ix_paper_scripts_enrolment_id"), table_name="paper_scripts")
    op.drop_table("paper_scripts")
    op.drop_index(op.f("ix_paper_openings_set_id"), table_name="paper_openings")
    op.drop_table("paper_openings")
    op.drop_table("paper_seals")
