"""The register of textbooks and the history of its entries.

Revision ID: 0009
Revises: 0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from examsite.db import Document, Instant
from examsite.schema import freeze

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_KEPT = "('confirmed', 'superseded', 'withdrawn')"
_FACTS = (
    "institution_id, title, authors, publisher, edition, year, isbn, levels, industry, note, revision, replaces_id, "
    "entered_by_id, sent_by_id, sent_at, decided_by_id, decided_at"
)
_OTHERS_ACT = (
    "EXISTS (SELECT 1 FROM textbook_acts a WHERE a.textbook_id = NEW.id AND a.person_id = NEW.decided_by_id"
    " AND a.act IN ('entered', 'changed'))"
)
#: name, table, event, condition, sentence.
_RULES = (
    (
        "textbook_content_stays",
        "textbooks",
        f"UPDATE OF {_FACTS}",
        f"OLD.status IN {_KEPT}",
        "textbooks is frozen once confirmed",
    ),
    (
        "textbook_status_goes_on",
        "textbooks",
        "UPDATE OF status",
        "NEW.status <> OLD.status AND NOT ("
        "(OLD.status = 'submitted' AND NEW.status IN ('confirmed', 'refused')) OR "
        "(OLD.status = 'refused' AND NEW.status = 'submitted') OR "
        "(OLD.status = 'confirmed' AND NEW.status IN ('superseded', 'withdrawn')))",
        "a textbook is confirmed while it waits, and superseded or withdrawn from confirmed",
    ),
    (
        "textbook_decided_by_others",
        "textbooks",
        "UPDATE OF status",
        f"NEW.status = 'confirmed' AND OLD.status <> 'confirmed' AND {_OTHERS_ACT}",
        "nobody confirms a textbook that they entered or changed",
    ),
    ("textbook_stays", "textbooks", "DELETE", f"OLD.status IN {_KEPT}", "textbooks is frozen once confirmed"),
    (
        "textbook_act_stays",
        "textbook_acts",
        "DELETE",
        f"EXISTS (SELECT 1 FROM textbooks t WHERE t.id = OLD.textbook_id AND t.status IN {_KEPT})",
        "textbook_acts is frozen once confirmed",
    ),
)


def upgrade() -> None:
    op.create_table(
        "textbooks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("authors", sa.String(length=200), nullable=False),
        sa.Column("publisher", sa.String(length=120), nullable=False),
        sa.Column("edition", sa.String(length=60), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("isbn", sa.String(length=13), nullable=False),
        sa.Column("levels", sa.String(length=40), nullable=False),
        sa.Column("industry", sa.String(length=40), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("replaces_id", sa.Integer(), nullable=True),
        sa.Column("entered_by_id", sa.Integer(), nullable=False),
        sa.Column("sent_by_id", sa.Integer(), nullable=False),
        sa.Column("sent_at", Instant(timezone=True), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", Instant(timezone=True), nullable=True),
        sa.CheckConstraint(
            "decided_by_id IS NULL OR (decided_by_id <> entered_by_id AND decided_by_id <> sent_by_id)",
            name=op.f("ck_textbooks_two_persons"),
        ),
        sa.CheckConstraint(
            "(status = 'submitted') = (decided_by_id IS NULL)", name=op.f("ck_textbooks_decided")
        ),
        sa.CheckConstraint(
            "replaces_id IS NULL OR replaces_id <> id", name=op.f("ck_textbooks_replaces_another")
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institutions.id"], name=op.f("fk_textbooks_institution_id_institutions")
        ),
        sa.ForeignKeyConstraint(
            ["replaces_id"], ["textbooks.id"], name=op.f("fk_textbooks_replaces_id_textbooks")
        ),
        *(
            sa.ForeignKeyConstraint([column], ["persons.id"], name=op.f(f"fk_textbooks_{column}_persons"))
            for column in ("entered_by_id", "sent_by_id", "decided_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_textbooks")),
        sa.UniqueConstraint("replaces_id", name=op.f("uq_textbooks_replaces_id")),
    )
    op.create_index(op.f("ix_textbooks_institution_id"), "textbooks", ["institution_id"])
    op.create_index(op.f("ix_textbooks_status"), "textbooks", ["status"])
    op.create_table(
        "textbook_acts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("textbook_id", sa.Integer(), nullable=False),
        sa.Column("act", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("content", Document, nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("at", Instant(timezone=True), nullable=False),
        sa.CheckConstraint(
            "act NOT IN ('confirmed', 'refused', 'withdrawn') OR length(trim(reason)) > 0",
            name=op.f("ck_textbook_acts_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["textbook_id"], ["textbooks.id"], name=op.f("fk_textbook_acts_textbook_id_textbooks")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["persons.id"], name=op.f("fk_textbook_acts_person_id_persons")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_textbook_acts")),
    )
    op.create_index(op.f("ix_textbook_acts_textbook_id"), "textbook_acts", ["textbook_id"])
    # What was done stays as it was; it goes only with an entry that was never confirmed.
    freeze(op, "textbook_acts", keep_rows=False)
    for rule in _RULES:
        _make_rule(*rule)


def _make_rule(name: str, table: str, event: str, condition: str, sentence: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {event} ON {table} WHEN {condition} "
            f"BEGIN SELECT RAISE(ABORT, '{sentence}'); END"
        )
        return
    row = "OLD" if event == "DELETE" else "NEW"
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF {condition} THEN RAISE EXCEPTION '{sentence}'; END IF; RETURN {row}; END $$"
    )
    op.execute(f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()")


def downgrade() -> None:
    """The register and its history are lost."""
    op.drop_table("textbook_acts")
    op.drop_table("textbooks")
    if op.get_bind().dialect.name != "sqlite":
        for name, *_rest in _RULES:
            op.execute(f"DROP FUNCTION {name}()")
