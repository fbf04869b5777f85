"""A question is approved by another person than wrote it; published outlines stay as they are.

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

from alembic import op

from examsite.schema import freeze

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

#: The reviewer wrote a version of the same question, or sent the file that it came with.
_OWN_WORK = (
    "EXISTS (SELECT 1 FROM question_versions judged"
    " JOIN question_versions v ON v.question_id = judged.question_id"
    " LEFT JOIN import_batches b ON b.id = v.batch_id"
    " WHERE judged.id = NEW.version_id"
    " AND (v.author_id = NEW.reviewer_id OR b.uploaded_by_id = NEW.reviewer_id))"
)
_NOBODY_APPROVED = (
    "NOT EXISTS (SELECT 1 FROM opinions o WHERE o.version_id = NEW.id AND o.verdict = 'approve')"
)
#: name, table, event, condition, sentence.
_RULES = (
    ("own_work", "opinions", "INSERT", _OWN_WORK, "nobody judges what they wrote"),
    (
        "approved_by_opinion",
        "question_versions",
        "UPDATE OF status",
        f"NEW.status = 'approved' AND OLD.status <> 'approved' AND {_NOBODY_APPROVED}",
        "a version is approved by an opinion",
    ),
    (
        "not_born_approved",
        "question_versions",
        "INSERT",
        "NEW.status NOT IN ('draft', 'in_review')",
        "a version begins as a draft or in review",
    ),
    (
        "published_stays",
        "outlines",
        "DELETE",
        "OLD.status = 'published'",
        "a published outline stays",
    ),
)
_OUTLINE_CONTENT = ("bank_id", "name", "document", "content_hash")


def upgrade() -> None:
    for name, table, event, condition, sentence in _RULES:
        if op.get_bind().dialect.name == "sqlite":
            op.execute(
                f"CREATE TRIGGER {name} BEFORE {event} ON {table} WHEN {condition} "
                f"BEGIN SELECT RAISE(ABORT, '{sentence}'); END"
            )
            continue
        row = "OLD" if event == "DELETE" else "NEW"
        op.execute(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF {condition} THEN RAISE EXCEPTION '{sentence}'; END IF; RETURN {row}; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()"
        )
    freeze(op, "outlines", _OUTLINE_CONTENT, keep_rows=False)


def downgrade() -> None:
    on_table = op.get_bind().dialect.name != "sqlite"
    op.execute("DROP TRIGGER frozen_update_outlines" + (" ON outlines" if on_table else ""))
    for name, table, _event, _condition, _sentence in _RULES:
        op.execute(f"DROP TRIGGER {name}" + (f" ON {table}" if on_table else ""))
        if on_table:
            op.execute(f"DROP FUNCTION {name}()")
