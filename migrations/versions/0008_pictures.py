"""Pictures in questions; the rule of multiple choice stands with the papers.

Revision ID: 0008
Revises: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import examsite.db

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bank_pictures",
        sa.Column("bank_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("media_type", sa.String(length=20), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("added_by_id", sa.Integer(), nullable=False),
        sa.Column("added_at", examsite.db.Instant(timezone=True), nullable=False),
        sa.CheckConstraint(
            "media_type IN ('image/png', 'image/jpeg')", name=op.f("ck_bank_pictures_media_type")
        ),
        sa.ForeignKeyConstraint(["bank_id"], ["banks.id"], name=op.f("fk_bank_pictures_bank_id_banks")),
        sa.ForeignKeyConstraint(
            ["digest"], ["stored_files.digest"], name=op.f("fk_bank_pictures_digest_stored_files")
        ),
        sa.ForeignKeyConstraint(
            ["added_by_id"], ["persons.id"], name=op.f("fk_bank_pictures_added_by_id_persons")
        ),
        sa.PrimaryKeyConstraint("bank_id", "digest", name=op.f("pk_bank_pictures")),
    )
    op.create_index(op.f("ix_bank_pictures_digest"), "bank_pictures", ["digest"])
    op.add_column(
        "paper_sets", sa.Column("multiple", sa.String(length=10), server_default="exact", nullable=False)
    )


def downgrade() -> None:
    op.drop_column("paper_sets", "multiple")
    op.drop_index(op.f("ix_bank_pictures_digest"), table_name="bank_pictures")
    op.drop_table("bank_pictures")
