"""Reports of rehearsals.

Revision ID: 0016
Revises: 0015
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from examsite.db import Document, Instant
from examsite.schema import freeze

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rehearsal_reports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sitting_id", sa.Integer(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("verdict", sa.String(length=10), nullable=False),
        sa.Column("document", Document, nullable=False),
        sa.ForeignKeyConstraint(
            ["sitting_id"], ["sittings.id"], name=op.f("fk_rehearsal_reports_sitting_id_sittings")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rehearsal_reports")),
    )
    op.create_index(op.f("ix_rehearsal_reports_sitting_id"), "rehearsal_reports", ["sitting_id"])
    freeze(op, "rehearsal_reports")


def downgrade() -> None:
    op.drop_index(op.f("ix_rehearsal_reports_sitting_id"), table_name="rehearsal_reports")
    op.drop_table("rehearsal_reports")
