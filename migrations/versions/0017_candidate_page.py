"""What candidates confirmed about themselves before the start.

Revision ID: 0017
Revises: 0016
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from examsite.db import Document, Instant
from examsite.schema import freeze

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "identity_confirmations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("shown", Document, nullable=False),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolments.id"], name=op.f("fk_identity_confirmations_enrolment_id_enrolments")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity_confirmations")),
    )
    op.create_index(op.f("ix_identity_confirmations_enrolment_id"), "identity_confirmations", ["enrolment_id"])
    freeze(op, "identity_confirmations")


def downgrade() -> None:
    op.drop_index(op.f("ix_identity_confirmations_enrolment_id"), table_name="identity_confirmations")
    op.drop_table("identity_confirmations")
