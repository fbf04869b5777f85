"""How Alembic reaches the database: the engine is passed in by `examsite.schema`."""

from alembic import context
from sqlalchemy import JSON

import examsite.models
from examsite.db import Base


def render_type(kind: str, thing: object, autogen_context: object) -> str | bool:
    """Write our column types by name, and import them."""
    if kind == "type" and type(thing).__module__ == "examsite.db":
        autogen_context.imports.add("from examsite.db import Document, Instant, Points")  # type: ignore[attr-defined]
        return f"{type(thing).__name__}()"
    if kind == "type" and isinstance(thing, JSON):
        autogen_context.imports.add("from examsite.db import Document, Instant, Points")  # type: ignore[attr-defined]
        return "Document"
    return False


engine = context.config.attributes["engine"]

assert examsite.models.ALL_STAGES

with engine.connect().execution_options(examsite_writing=True) as connection:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        compare_type=True,
        render_item=render_type,
        compare_server_default=False,
        render_as_batch=True,
        transaction_per_migration=False,
    )
    with context.begin_transaction():
        context.run_migrations()
