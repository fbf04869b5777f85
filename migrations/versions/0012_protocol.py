"""Indexes for what runs all the time: attempts whose time is over, and the newest message of a sitting.

Revision ID: 0012
Revises: 0011
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_attempts_open", table_name="attempts")
    op.create_index(
        "ix_attempts_open",
        "attempts",
        ["started_at"],
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.drop_index(op.f("ix_sitting_messages_sitting_id"), table_name="sitting_messages")
    op.create_index("ix_sitting_messages_sitting_id_id", "sitting_messages", ["sitting_id", "id"])


def downgrade() -> None:
    op.drop_index("ix_sitting_messages_sitting_id_id", table_name="sitting_messages")
    op.create_index(op.f("ix_sitting_messages_sitting_id"), "sitting_messages", ["sitting_id"])
    op.drop_index("ix_attempts_open", table_name="attempts")
    op.create_index("ix_attempts_open", "attempts", ["closed_at"])
