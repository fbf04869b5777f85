"""Seat draws and moves, papers dealt before the start, machines that were not let in.

Revision ID: 0013
Revises: 0012
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from examsite.db import Document, Instant
from examsite.schema import freeze

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "enrolments", sa.Column("needs_special_room", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column("sittings", sa.Column("seb_browser_keys", Document, server_default="[]", nullable=False))

    op.create_table(
        "seat_draws",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sitting_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("seed", sa.String(length=80), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("beside", sa.Integer(), nullable=False),
        sa.Column("seats", Document, nullable=False),
        sa.Column("drawn_by_id", sa.Integer(), nullable=False),
        sa.Column("drawn_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["drawn_by_id"], ["persons.id"], name=op.f("fk_seat_draws_drawn_by_id_persons")
        ),
        sa.ForeignKeyConstraint(
            ["sitting_id"], ["sittings.id"], name=op.f("fk_seat_draws_sitting_id_sittings")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seat_draws")),
        sa.UniqueConstraint("sitting_id", "number", name=op.f("uq_seat_draws_sitting_id_number")),
    )
    freeze(op, "seat_draws")

    op.create_table(
        "seat_moves",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("from_seat", sa.String(length=10), nullable=False),
        sa.Column("to_seat", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("moved_by_id", sa.Integer(), nullable=False),
        sa.Column("moved_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolments.id"], name=op.f("fk_seat_moves_enrolment_id_enrolments")
        ),
        sa.ForeignKeyConstraint(
            ["moved_by_id"], ["persons.id"], name=op.f("fk_seat_moves_moved_by_id_persons")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seat_moves")),
    )
    op.create_index(op.f("ix_seat_moves_enrolment_id"), "seat_moves", ["enrolment_id"])
    freeze(op, "seat_moves")

    op.create_table(
        "dealt_papers",
        sa.Column("enrolment_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("paper_id", sa.Integer(), nullable=False),
        sa.Column("dealt_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolments.id"], name=op.f("fk_dealt_papers_enrolment_id_enrolments")
        ),
        sa.ForeignKeyConstraint(["paper_id"], ["papers.id"], name=op.f("fk_dealt_papers_paper_id_papers")),
        sa.PrimaryKeyConstraint("enrolment_id", name=op.f("pk_dealt_papers")),
    )
    op.create_index(op.f("ix_dealt_papers_paper_id"), "dealt_papers", ["paper_id"])

    op.create_table(
        "entrance_refusals",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("reasons", Document, nullable=False),
        sa.Column("evidence", Document, nullable=False),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolments.id"], name=op.f("fk_entrance_refusals_enrolment_id_enrolments")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entrance_refusals")),
    )
    op.create_index(op.f("ix_entrance_refusals_enrolment_id"), "entrance_refusals", ["enrolment_id"])
    freeze(op, "entrance_refusals")


def downgrade() -> None:
    op.drop_index(op.f("ix_entrance_refusals_enrolment_id"), table_name="entrance_refusals")
    op.drop_table("entrance_refusals")
    op.drop_index(op.f("ix_dealt_papers_paper_id"), table_name="dealt_papers")
    op.drop_table("dealt_papers")
    op.drop_index(op.f("ix_seat_moves_enrolment_id"), table_name="seat_moves")
    op.drop_table("seat_moves")
    op.drop_table("seat_draws")
    op.drop_column("sittings", "seb_browser_keys")
    op.drop_column("enrolments", "needs_special_room")
