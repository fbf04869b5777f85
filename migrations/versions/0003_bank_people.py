"""People are named for tasks in a bank; a bank may be restricted to them and may ask for the province's confirmation.

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import examsite.db

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("banks") as table:
        table.add_column(sa.Column("is_restricted", sa.Boolean(), server_default=sa.false(), nullable=False))
        table.add_column(sa.Column("needs_confirmation", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table(
        "bank_duties",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("bank_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("task", sa.String(length=20), nullable=False),
        sa.Column("area", sa.String(length=40), nullable=False),
        sa.Column("given_by_id", sa.Integer(), nullable=True),
        sa.Column("given_at", examsite.db.Instant(timezone=True), nullable=False),
        sa.Column("ended_by_id", sa.Integer(), nullable=True),
        sa.Column("ended_at", examsite.db.Instant(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["bank_id"], ["banks.id"], name=op.f("fk_bank_duties_bank_id_banks")),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_bank_duties_person_id_persons")),
        sa.ForeignKeyConstraint(["given_by_id"], ["persons.id"], name=op.f("fk_bank_duties_given_by_id_persons")),
        sa.ForeignKeyConstraint(["ended_by_id"], ["persons.id"], name=op.f("fk_bank_duties_ended_by_id_persons")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_duties")),
    )
    op.create_index(op.f("ix_bank_duties_bank_id"), "bank_duties", ["bank_id"])
    op.create_index(op.f("ix_bank_duties_person_id"), "bank_duties", ["person_id"])
    op.create_index(
        "uq_bank_duties_live",
        "bank_duties",
        ["bank_id", "person_id", "task", "area"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        "uq_question_versions_confirmed",
        "question_versions",
        ["question_id"],
        unique=True,
        sqlite_where=sa.text("status IN ('confirmed', 'suspended')"),
        postgresql_where=sa.text("status IN ('confirmed', 'suspended')"),
    )


def downgrade() -> None:
    op.drop_index("uq_question_versions_confirmed", table_name="question_versions")
    op.drop_table("bank_duties")
    with op.batch_alter_table("banks") as table:
        table.drop_column("needs_confirmation")
        table.drop_column("is_restricted")
