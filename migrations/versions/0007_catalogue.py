"""What stands beside a question: enemies, uses, tags, saved filters; and what the bank's list sorts and narrows by.

Revision ID: 0007
Revises: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import examsite.db

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

DOCUMENT = examsite.db.Document
INSTANT = examsite.db.Instant(timezone=True)
#: What the versions of a bank that stands already say, for the new columns; on SQLite and on PostgreSQL.
TAGS = {
    "sqlite": """
        INSERT OR IGNORE INTO question_tags (question_id, tag, bank_id)
        SELECT DISTINCT v.question_id, substr(trim(t.value), 1, 40), v.bank_id
        FROM question_versions v, json_each(v.document, '$.tags') t
        WHERE v.is_newest AND trim(t.value) <> ''""",
    "postgresql": """
        INSERT INTO question_tags (question_id, tag, bank_id)
        SELECT DISTINCT v.question_id, substr(trim(t.value), 1, 40), v.bank_id
        FROM question_versions v,
             jsonb_array_elements_text(coalesce(v.document -> 'tags', '[]'::jsonb)) AS t(value)
        WHERE v.is_newest AND trim(t.value) <> ''
        ON CONFLICT DO NOTHING""",
}
SOURCES = {
    "sqlite": "coalesce(json_array_length(document, '$.sources'), 0) > 0",
    "postgresql": "jsonb_array_length(coalesce(document -> 'sources', '[]'::jsonb)) > 0",
}
STIMULUS = {
    "sqlite": "substr(coalesce(json_extract(document, '$.stimulus'), ''), 1, 120)",
    "postgresql": "substr(coalesce(document ->> 'stimulus', ''), 1, 120)",
}
COLUMNS = (
    "flags",
    "discrimination",
    "proportion_right",
    "last_used_at",
    "people",
    "papers",
    "stimulus",
    "has_source",
    "is_newest",
    "external_id",
)


def upgrade() -> None:
    _add_columns()
    _make_tables()
    _fill()
    op.create_index("ix_question_versions_stimulus", "question_versions", ["bank_id", "stimulus"])
    op.create_index("ix_question_versions_bank_author", "question_versions", ["bank_id", "author_id"])
    # After the columns are filled: rows are written once, and the index once.
    op.create_index(
        "ix_question_versions_list",
        "question_versions",
        [
            "bank_id",
            "point",
            "external_id",
            "id",
            "kind",
            "difficulty",
            "status",
            "is_newest",
            "author_id",
            "people",
            "papers",
            "proportion_right",
            "discrimination",
            "has_source",
            "flags",
        ],
    )


def _add_columns() -> None:
    # Column by column rather than as a batch, which would copy the table and lose its triggers on SQLite.
    for column in (
        sa.Column("external_id", sa.String(length=60), server_default="", nullable=False),
        sa.Column("is_newest", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("has_source", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("stimulus", sa.String(length=120), server_default="", nullable=False),
        sa.Column("papers", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("people", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("last_used_at", INSTANT, nullable=True),
        sa.Column("proportion_right", sa.Double(), nullable=True),
        sa.Column("discrimination", sa.Double(), nullable=True),
        sa.Column("flags", sa.String(length=160), server_default="", nullable=False),
    ):
        op.add_column("question_versions", column)


def _make_tables() -> None:
    op.create_table(
        "version_uses",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("bank_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=60), nullable=False),
        sa.Column("title", sa.String(length=160), nullable=False),
        sa.Column("papers", sa.Integer(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["bank_id"], ["banks.id"], name=op.f("fk_version_uses_bank_id_banks")),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["question_versions.id"],
            name=op.f("fk_version_uses_version_id_question_versions"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_version_uses")),
        sa.UniqueConstraint("version_id", "source", name=op.f("uq_version_uses_version_id_source")),
    )
    op.create_index("ix_version_uses_bank_source", "version_uses", ["bank_id", "source"])
    op.create_table(
        "question_enemies",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("bank_id", sa.Integer(), nullable=False),
        sa.Column("one_id", sa.Integer(), nullable=False),
        sa.Column("other_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("said_by_id", sa.Integer(), nullable=False),
        sa.Column("said_at", INSTANT, nullable=False),
        sa.Column("ended_by_id", sa.Integer(), nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.CheckConstraint("one_id < other_id", name=op.f("ck_question_enemies_in_order")),
        sa.ForeignKeyConstraint(["bank_id"], ["banks.id"], name=op.f("fk_question_enemies_bank_id_banks")),
        sa.ForeignKeyConstraint(
            ["one_id"],
            ["questions.id"],
            name=op.f("fk_question_enemies_one_id_questions"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["other_id"],
            ["questions.id"],
            name=op.f("fk_question_enemies_other_id_questions"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["said_by_id"], ["persons.id"], name=op.f("fk_question_enemies_said_by_id_persons")
        ),
        sa.ForeignKeyConstraint(
            ["ended_by_id"], ["persons.id"], name=op.f("fk_question_enemies_ended_by_id_persons")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question_enemies")),
    )
    op.create_index(op.f("ix_question_enemies_bank_id"), "question_enemies", ["bank_id"])
    op.create_index(op.f("ix_question_enemies_other_id"), "question_enemies", ["other_id"])
    op.create_index(
        "uq_question_enemies_live",
        "question_enemies",
        ["one_id", "other_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "question_tags",
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("tag", sa.String(length=40), nullable=False),
        sa.Column("bank_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["bank_id"], ["banks.id"], name=op.f("fk_question_tags_bank_id_banks")),
        sa.ForeignKeyConstraint(
            ["question_id"],
            ["questions.id"],
            name=op.f("fk_question_tags_question_id_questions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("question_id", "tag", name=op.f("pk_question_tags")),
    )
    op.create_index("ix_question_tags_bank_tag", "question_tags", ["bank_id", "tag", "question_id"])
    op.create_table(
        "saved_filters",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("bank_id", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("arguments", DOCUMENT, nullable=False),
        sa.Column("is_shared", sa.Boolean(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["bank_id"], ["banks.id"], name=op.f("fk_saved_filters_bank_id_banks")),
        sa.ForeignKeyConstraint(["owner_id"], ["persons.id"], name=op.f("fk_saved_filters_owner_id_persons")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_filters")),
        sa.UniqueConstraint(
            "bank_id", "owner_id", "name", name=op.f("uq_saved_filters_bank_id_owner_id_name")
        ),
    )


def _fill() -> None:
    """Write into the new columns what the bank knows already; uses are counted from now on."""
    connection = op.get_bind()
    dialect = connection.dialect.name
    op.execute(
        "UPDATE question_versions SET "
        "external_id = coalesce((SELECT q.external_id FROM questions q WHERE q.id = question_id), ''), "
        "is_newest = NOT EXISTS (SELECT 1 FROM question_versions l "
        "WHERE l.question_id = question_versions.question_id AND l.number > question_versions.number), "
        f"has_source = ({SOURCES[dialect]}), stimulus = {STIMULUS[dialect]}"
    )
    op.execute(TAGS[dialect])
    versions = sa.table(
        "question_versions",
        sa.column("id", sa.Integer),
        sa.column("proportion_right", sa.Double),
        sa.column("discrimination", sa.Double),
        sa.column("flags", sa.String),
    )
    statistics = sa.table(
        "version_statistics",
        sa.column("version_id", sa.Integer),
        sa.column("document", DOCUMENT),
        sa.column("at", INSTANT),
    )
    # Oldest first, so that the newest is what stays.
    rows = connection.execute(
        sa.select(statistics.c.version_id, statistics.c.document).order_by(statistics.c.at)
    ).all()
    for version_id, document in rows:
        flags = (document.get("more") or {}).get("flags") or []
        connection.execute(
            versions.update()
            .where(versions.c.id == version_id)
            .values(
                proportion_right=document.get("difficulty"),
                discrimination=document.get("discrimination"),
                flags=f" {' '.join(flags)} " if flags else "",
            )
        )


def downgrade() -> None:
    op.drop_index("ix_question_versions_bank_author", table_name="question_versions")
    op.drop_index("ix_question_versions_stimulus", table_name="question_versions")
    op.drop_index("ix_question_versions_list", table_name="question_versions")
    for table in ("saved_filters", "question_tags", "question_enemies", "version_uses"):
        op.drop_table(table)
    for column in COLUMNS:
        op.execute(f"ALTER TABLE question_versions DROP COLUMN {column}")
