"""A new edition of an outline says where the points of the old one went; one that is referenced is frozen.

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from examsite.db import Document, Instant
from examsite.schema import freeze

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_VERSION = ("question_id", "bank_id", "number", "kind", "stem", "document", "content_hash", "author_id")
_OUTLINE = ("bank_id", "name", "document", "content_hash")
#: name, event, when, sentence: what holds for an outline from here on.
_RULES = (
    (
        "published_is_not_written",
        f"UPDATE OF {', '.join(_OUTLINE)}, mapping",
        "OLD.status = 'published' AND NEW.status = 'published'",
        "a published outline is not written",
    ),
    (
        "referenced_is_frozen",
        f"UPDATE OF {', '.join(_OUTLINE)}, mapping, status, published_at, referenced_at",
        "OLD.referenced_at IS NOT NULL",
        "an outline that papers rest on is frozen",
    ),
)
_STAYS = ("published_stays", "DELETE", "OLD.status = 'published'", "a published outline stays")


def upgrade() -> None:
    _drop("frozen_update_outlines", "outlines")
    _drop("published_stays", "outlines")
    with op.batch_alter_table("outlines") as table:
        table.add_column(sa.Column("replaces_id", sa.Integer(), nullable=True))
        table.add_column(sa.Column("mapping", Document, nullable=True))
        table.add_column(sa.Column("referenced_at", Instant(), nullable=True))
        table.create_foreign_key(op.f("fk_outlines_replaces_id_outlines"), "outlines", ["replaces_id"], ["id"])
    for rule in (*_RULES, _STAYS):
        _refuse(*rule)
    # Where the bank files a question is no part of what the question says; its document keeps the code it was written for.
    _drop("frozen_update_question_versions", "question_versions")
    freeze(op, "question_versions", _VERSION, keep_rows=False)


def downgrade() -> None:
    for name, *_rest in (*_RULES, _STAYS):
        _drop(name, "outlines")
    with op.batch_alter_table("outlines") as table:
        table.drop_constraint(op.f("fk_outlines_replaces_id_outlines"), type_="foreignkey")
        table.drop_column("referenced_at")
        table.drop_column("mapping")
        table.drop_column("replaces_id")
    _refuse(*_STAYS)
    freeze(op, "outlines", _OUTLINE, keep_rows=False)
    _drop("frozen_update_question_versions", "question_versions")
    freeze(op, "question_versions", (*_VERSION, "point"), keep_rows=False)


def _refuse(name: str, event: str, condition: str, sentence: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {event} ON outlines WHEN {condition} "
            f"BEGIN SELECT RAISE(ABORT, '{sentence}'); END"
        )
        return
    row = "OLD" if event == "DELETE" else "NEW"
    op.execute(
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF {condition} THEN RAISE EXCEPTION '{sentence}'; END IF; RETURN {row}; END $$"
    )
    op.execute(f"CREATE TRIGGER {name} BEFORE {event} ON outlines FOR EACH ROW EXECUTE FUNCTION {name}()")


def _drop(trigger: str, table: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"DROP TRIGGER {trigger}")
        return
    op.execute(f"DROP TRIGGER {trigger} ON {table}")
    # A function of its own goes with its trigger; the one that freezes serves many.
    if not trigger.startswith("frozen_"):
        op.execute(f"DROP FUNCTION {trigger}()")
