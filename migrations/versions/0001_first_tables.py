"""First tables, and which of them are frozen."""

import sqlalchemy as sa
from alembic import op

from examsite.db import Document, Instant, Points
from examsite.schema import freeze

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "audit_records",
        sa.Column(
            "sequence",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("act", sa.String(length=80), nullable=False),
        sa.Column("object", sa.String(length=120), nullable=False),
        sa.Column("detail", Document, nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_audit_records")),
        sa.UniqueConstraint("hash", name=op.f("uq_audit_records_hash")),
    )
    with op.batch_alter_table("audit_records", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_records_act"), ["act"], unique=False)
        batch_op.create_index("ix_audit_records_object", ["object"], unique=False)

    op.create_table(
        "jobs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("payload", Document, nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("added_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("error", sa.String(length=400), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
    )
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.create_index("ix_jobs_status_due_at", ["status", "due_at"], unique=False)

    op.create_table(
        "persons",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("username", sa.String(length=80), nullable=True),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("identity_sealed", sa.String(length=200), nullable=True),
        sa.Column("identity_index", sa.String(length=64), nullable=True),
        sa.Column("identity_masked", sa.String(length=30), nullable=False),
        sa.Column("employer", sa.String(length=160), nullable=False),
        sa.Column("language", sa.String(length=5), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_persons")),
        sa.UniqueConstraint("identity_index", name=op.f("uq_persons_identity_index")),
        sa.UniqueConstraint("username", name=op.f("uq_persons_username")),
    )
    op.create_table(
        "regions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_regions")),
        sa.UniqueConstraint("code", name=op.f("uq_regions_code")),
    )
    op.create_table(
        "sign_in_failures",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("address", sa.String(length=60), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.CheckConstraint("length(name) <= 80", name=op.f("ck_sign_in_failures_name_length")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_failures")),
    )
    with op.batch_alter_table("sign_in_failures", schema=None) as batch_op:
        batch_op.create_index("ix_sign_in_failures_address_at", ["address", "at"], unique=False)
        batch_op.create_index("ix_sign_in_failures_name_at", ["name", "at"], unique=False)

    op.create_table(
        "stored_files",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("stored_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_stored_files")),
    )
    op.create_table(
        "grants",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=30), nullable=False),
        sa.Column("scope", sa.String(length=60), nullable=False),
        sa.Column("granted_by_id", sa.Integer(), nullable=True),
        sa.Column("granted_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["granted_by_id"], ["persons.id"], name=op.f("fk_grants_granted_by_id_persons")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_grants_person_id_persons")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grants")),
        sa.UniqueConstraint("person_id", "role", "scope", name=op.f("uq_grants_person_id_role_scope")),
    )
    with op.batch_alter_table("grants", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_grants_person_id"), ["person_id"], unique=False)

    op.create_table(
        "institutions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=1), nullable=False),
        sa.Column("region_id", sa.Integer(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.CheckConstraint("kind IN ('Y', 'S')", name=op.f("ck_institutions_kind")),
        sa.ForeignKeyConstraint(
            ["region_id"], ["regions.id"], name=op.f("fk_institutions_region_id_regions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_institutions")),
        sa.UniqueConstraint("name", name=op.f("uq_institutions_name")),
    )
    op.create_table(
        "logins",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("as_candidate", sa.Boolean(), nullable=False),
        sa.Column("address", sa.String(length=60), nullable=False),
        sa.Column("signed_in_at", Instant(), nullable=False),
        sa.Column("seen_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("ended_why", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_logins_person_id_persons")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_logins")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_logins_token_hash")),
    )
    with op.batch_alter_table("logins", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_logins_person_id"), ["person_id"], unique=False)

    op.create_table(
        "banks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("standard_code", sa.String(length=20), nullable=False),
        sa.Column("standard_edition", sa.String(length=10), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("is_sample", sa.Boolean(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institutions.id"], name=op.f("fk_banks_institution_id_institutions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_banks")),
        sa.UniqueConstraint("institution_id", "name", name=op.f("uq_banks_institution_id_name")),
    )
    with op.batch_alter_table("banks", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_banks_institution_id"), ["institution_id"], unique=False)

    op.create_table(
        "import_batches",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("bank_id", sa.Integer(), nullable=False),
        sa.Column("file_digest", sa.String(length=64), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("report", Document, nullable=False),
        sa.Column("accepted", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("uploaded_by_id", sa.Integer(), nullable=False),
        sa.Column("uploaded_at", Instant(), nullable=False),
        sa.Column("ended_by_id", sa.Integer(), nullable=True),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["bank_id"], ["banks.id"], name=op.f("fk_import_batches_bank_id_banks")),
        sa.ForeignKeyConstraint(
            ["ended_by_id"], ["persons.id"], name=op.f("fk_import_batches_ended_by_id_persons")
        ),
        sa.ForeignKeyConstraint(
            ["file_digest"], ["stored_files.digest"], name=op.f("fk_import_batches_file_digest_stored_files")
        ),
        sa.ForeignKeyConstraint(
            ["uploaded_by_id"], ["persons.id"], name=op.f("fk_import_batches_uploaded_by_id_persons")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_batches")),
    )
    with op.batch_alter_table("import_batches", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_import_batches_bank_id"), ["bank_id"], unique=False)

    op.create_table(
        "outlines",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("bank_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("document", Document, nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("verified_by_id", sa.Integer(), nullable=True),
        sa.Column("verified_at", Instant(), nullable=True),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("published_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["bank_id"], ["banks.id"], name=op.f("fk_outlines_bank_id_banks")),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["persons.id"], name=op.f("fk_outlines_created_by_id_persons")
        ),
        sa.ForeignKeyConstraint(
            ["verified_by_id"], ["persons.id"], name=op.f("fk_outlines_verified_by_id_persons")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outlines")),
    )
    with op.batch_alter_table("outlines", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outlines_bank_id"), ["bank_id"], unique=False)

    op.create_table(
        "plans",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("bank_id", sa.Integer(), nullable=False),
        sa.Column("standard_code", sa.String(length=20), nullable=False),
        sa.Column("standard_edition", sa.String(length=10), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["bank_id"], ["banks.id"], name=op.f("fk_plans_bank_id_banks")),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["persons.id"], name=op.f("fk_plans_created_by_id_persons")
        ),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institutions.id"], name=op.f("fk_plans_institution_id_institutions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plans")),
        sa.UniqueConstraint("number", name=op.f("uq_plans_number")),
    )
    with op.batch_alter_table("plans", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_plans_institution_id"), ["institution_id"], unique=False)

    op.create_table(
        "questions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("bank_id", sa.Integer(), nullable=False),
        sa.Column("external_id", sa.String(length=60), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["bank_id"], ["banks.id"], name=op.f("fk_questions_bank_id_banks")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_questions")),
        sa.UniqueConstraint("bank_id", "external_id", name=op.f("uq_questions_bank_id_external_id")),
    )
    with op.batch_alter_table("questions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_questions_bank_id"), ["bank_id"], unique=False)

    op.create_table(
        "specifications",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("bank_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("document", Document, nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("approved_by_id", sa.Integer(), nullable=True),
        sa.Column("approved_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["approved_by_id"], ["persons.id"], name=op.f("fk_specifications_approved_by_id_persons")
        ),
        sa.ForeignKeyConstraint(["bank_id"], ["banks.id"], name=op.f("fk_specifications_bank_id_banks")),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["persons.id"], name=op.f("fk_specifications_created_by_id_persons")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_specifications")),
    )
    with op.batch_alter_table("specifications", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_specifications_bank_id"), ["bank_id"], unique=False)

    op.create_table(
        "paper_sets",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("specification_id", sa.Integer(), nullable=False),
        sa.Column("outline_id", sa.Integer(), nullable=True),
        sa.Column("mode", sa.String(length=10), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("seed", sa.String(length=80), nullable=False),
        sa.Column("engine", sa.String(length=40), nullable=False),
        sa.Column("bank_digest", sa.String(length=64), nullable=False),
        sa.Column("is_verified", sa.Boolean(), nullable=False),
        sa.Column("artefact", Document, nullable=False),
        sa.Column("proof", Document, nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("drawn_by_id", sa.Integer(), nullable=False),
        sa.Column("drawn_at", Instant(), nullable=False),
        sa.Column("approved_by_id", sa.Integer(), nullable=True),
        sa.Column("approved_at", Instant(), nullable=True),
        sa.CheckConstraint(
            "approved_by_id IS NULL OR approved_by_id <> drawn_by_id", name=op.f("ck_paper_sets_two_persons")
        ),
        sa.ForeignKeyConstraint(
            ["approved_by_id"], ["persons.id"], name=op.f("fk_paper_sets_approved_by_id_persons")
        ),
        sa.ForeignKeyConstraint(
            ["drawn_by_id"], ["persons.id"], name=op.f("fk_paper_sets_drawn_by_id_persons")
        ),
        sa.ForeignKeyConstraint(
            ["outline_id"], ["outlines.id"], name=op.f("fk_paper_sets_outline_id_outlines")
        ),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_paper_sets_plan_id_plans")),
        sa.ForeignKeyConstraint(
            ["specification_id"],
            ["specifications.id"],
            name=op.f("fk_paper_sets_specification_id_specifications"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_sets")),
    )
    with op.batch_alter_table("paper_sets", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_paper_sets_plan_id"), ["plan_id"], unique=False)

    op.create_table(
        "question_versions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("bank_id", sa.Integer(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=1), nullable=False),
        sa.Column("point", sa.String(length=40), nullable=False),
        sa.Column("difficulty", sa.Integer(), nullable=True),
        sa.Column("stem", sa.Text(), nullable=False),
        sa.Column("document", Document, nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("submitted_at", Instant(), nullable=True),
        sa.Column("approved_at", Instant(), nullable=True),
        sa.CheckConstraint("difficulty BETWEEN 1 AND 5", name=op.f("ck_question_versions_difficulty")),
        sa.ForeignKeyConstraint(
            ["author_id"], ["persons.id"], name=op.f("fk_question_versions_author_id_persons")
        ),
        sa.ForeignKeyConstraint(["bank_id"], ["banks.id"], name=op.f("fk_question_versions_bank_id_banks")),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["import_batches.id"], name=op.f("fk_question_versions_batch_id_import_batches")
        ),
        sa.ForeignKeyConstraint(
            ["question_id"], ["questions.id"], name=op.f("fk_question_versions_question_id_questions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question_versions")),
        sa.UniqueConstraint("question_id", "number", name=op.f("uq_question_versions_question_id_number")),
    )
    with op.batch_alter_table("question_versions", schema=None) as batch_op:
        batch_op.create_index("ix_question_versions_bank_point", ["bank_id", "point"], unique=False)
        batch_op.create_index("ix_question_versions_bank_status", ["bank_id", "status", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_question_versions_batch_id"), ["batch_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_question_versions_content_hash"), ["content_hash"], unique=False)
        batch_op.create_index(batch_op.f("ix_question_versions_question_id"), ["question_id"], unique=False)
        batch_op.create_index(
            "uq_question_versions_approved",
            ["question_id"],
            unique=True,
            sqlite_where=sa.text("status = 'approved'"),
            postgresql_where=sa.text("status = 'approved'"),
        )

    op.create_table(
        "opinions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("reviewer_id", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.String(length=20), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["reviewer_id"], ["persons.id"], name=op.f("fk_opinions_reviewer_id_persons")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["question_versions.id"], name=op.f("fk_opinions_version_id_question_versions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opinions")),
        sa.UniqueConstraint("version_id", "reviewer_id", name=op.f("uq_opinions_version_id_reviewer_id")),
    )
    with op.batch_alter_table("opinions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_opinions_reviewer_id"), ["reviewer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_opinions_version_id"), ["version_id"], unique=False)

    op.create_table(
        "papers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("set_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("document", Document, nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["set_id"], ["paper_sets.id"], name=op.f("fk_papers_set_id_paper_sets")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_papers")),
        sa.UniqueConstraint("set_id", "number", name=op.f("uq_papers_set_id_number")),
    )
    op.create_table(
        "question_keys",
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("document", Document, nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["question_versions.id"],
            name=op.f("fk_question_keys_version_id_question_versions"),
        ),
        sa.PrimaryKeyConstraint("version_id", name=op.f("pk_question_keys")),
    )
    op.create_table(
        "sittings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("paper_set_id", sa.Integer(), nullable=True),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("place", sa.String(length=120), nullable=False),
        sa.Column("subject", sa.String(length=20), nullable=False),
        sa.Column("opens_at", Instant(), nullable=False),
        sa.Column("closes_at", Instant(), nullable=False),
        sa.Column("allowed_minutes", sa.Integer(), nullable=False),
        sa.Column("grace_seconds", sa.Integer(), nullable=False),
        sa.Column("late_limit_minutes", sa.Integer(), nullable=True),
        sa.Column("earliest_hand_in_minutes", sa.Integer(), nullable=True),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("unverified_confirmed_by_id", sa.Integer(), nullable=True),
        sa.Column("unverified_confirmed_at", Instant(), nullable=True),
        sa.Column("unverified_reason", sa.Text(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.CheckConstraint("allowed_minutes > 0", name=op.f("ck_sittings_allowed")),
        sa.CheckConstraint("closes_at > opens_at", name=op.f("ck_sittings_window")),
        sa.CheckConstraint("grace_seconds >= 0", name=op.f("ck_sittings_grace")),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["persons.id"], name=op.f("fk_sittings_created_by_id_persons")
        ),
        sa.ForeignKeyConstraint(
            ["paper_set_id"], ["paper_sets.id"], name=op.f("fk_sittings_paper_set_id_paper_sets")
        ),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_sittings_plan_id_plans")),
        sa.ForeignKeyConstraint(
            ["unverified_confirmed_by_id"],
            ["persons.id"],
            name=op.f("fk_sittings_unverified_confirmed_by_id_persons"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sittings")),
    )
    with op.batch_alter_table("sittings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sittings_plan_id"), ["plan_id"], unique=False)

    op.create_table(
        "version_statistics",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=60), nullable=False),
        sa.Column("document", Document, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["question_versions.id"],
            name=op.f("fk_version_statistics_version_id_question_versions"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_version_statistics")),
        sa.UniqueConstraint("version_id", "source", name=op.f("uq_version_statistics_version_id_source")),
    )
    with op.batch_alter_table("version_statistics", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_version_statistics_version_id"), ["version_id"], unique=False)

    op.create_table(
        "analysis_runs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sitting_id", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("inputs_hash", sa.String(length=64), nullable=True),
        sa.Column("result", Document, nullable=True),
        sa.Column("message", sa.String(length=400), nullable=False),
        sa.Column("requested_by_id", sa.Integer(), nullable=True),
        sa.Column("requested_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["requested_by_id"], ["persons.id"], name=op.f("fk_analysis_runs_requested_by_id_persons")
        ),
        sa.ForeignKeyConstraint(
            ["sitting_id"], ["sittings.id"], name=op.f("fk_analysis_runs_sitting_id_sittings")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_analysis_runs")),
    )
    with op.batch_alter_table("analysis_runs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_analysis_runs_sitting_id"), ["sitting_id"], unique=False)

    op.create_table(
        "enrolments",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sitting_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("ticket", sa.String(length=20), nullable=False),
        sa.Column("seat", sa.String(length=10), nullable=True),
        sa.Column("enrolled_by_id", sa.Integer(), nullable=False),
        sa.Column("enrolled_at", Instant(), nullable=False),
        sa.Column("withdrawn_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["enrolled_by_id"], ["persons.id"], name=op.f("fk_enrolments_enrolled_by_id_persons")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_enrolments_person_id_persons")),
        sa.ForeignKeyConstraint(
            ["sitting_id"], ["sittings.id"], name=op.f("fk_enrolments_sitting_id_sittings")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrolments")),
        sa.UniqueConstraint("sitting_id", "person_id", name=op.f("uq_enrolments_sitting_id_person_id")),
        sa.UniqueConstraint("sitting_id", "seat", name=op.f("uq_enrolments_sitting_id_seat")),
        sa.UniqueConstraint("ticket", name=op.f("uq_enrolments_ticket")),
    )
    with op.batch_alter_table("enrolments", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_enrolments_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_enrolments_sitting_id"), ["sitting_id"], unique=False)

    op.create_table(
        "releases",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sitting_id", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("proposed_by_id", sa.Integer(), nullable=False),
        sa.Column("proposed_at", Instant(), nullable=False),
        sa.Column("ended_by_id", sa.Integer(), nullable=True),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("note", sa.String(length=400), nullable=False),
        sa.CheckConstraint(
            "ended_by_id IS NULL OR ended_by_id <> proposed_by_id", name=op.f("ck_releases_two_persons")
        ),
        sa.ForeignKeyConstraint(
            ["ended_by_id"], ["persons.id"], name=op.f("fk_releases_ended_by_id_persons")
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by_id"], ["persons.id"], name=op.f("fk_releases_proposed_by_id_persons")
        ),
        sa.ForeignKeyConstraint(
            ["sitting_id"], ["sittings.id"], name=op.f("fk_releases_sitting_id_sittings")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_releases")),
    )
    with op.batch_alter_table("releases", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_releases_sitting_id"), ["sitting_id"], unique=False)

    op.create_table(
        "attempts",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("paper_id", sa.Integer(), nullable=False),
        sa.Column("started_at", Instant(), nullable=True),
        sa.Column("lease", sa.String(length=64), nullable=True),
        sa.Column("leased_login_id", sa.Integer(), nullable=True),
        sa.Column("leased_at", Instant(), nullable=True),
        sa.Column("takeovers", sa.Integer(), nullable=False),
        sa.Column("extra_seconds", sa.Integer(), nullable=False),
        sa.Column("restored_seconds", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("acknowledged_at", Instant(), nullable=True),
        sa.Column("closed_at", Instant(), nullable=True),
        sa.Column("closed_by", sa.String(length=20), nullable=True),
        sa.Column("receipt", sa.String(length=64), nullable=True),
        sa.Column("settings", Document, nullable=False),
        sa.CheckConstraint("(closed_at IS NULL) = (closed_by IS NULL)", name=op.f("ck_attempts_closed")),
        sa.CheckConstraint(
            "extra_seconds >= 0 AND restored_seconds >= 0", name=op.f("ck_attempts_time_given")
        ),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolments.id"], name=op.f("fk_attempts_enrolment_id_enrolments")
        ),
        sa.ForeignKeyConstraint(["paper_id"], ["papers.id"], name=op.f("fk_attempts_paper_id_papers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempts")),
        sa.UniqueConstraint("enrolment_id", name=op.f("uq_attempts_enrolment_id")),
    )
    with op.batch_alter_table("attempts", schema=None) as batch_op:
        batch_op.create_index("ix_attempts_open", ["closed_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_attempts_paper_id"), ["paper_id"], unique=False)

    op.create_table(
        "answer_log",
        sa.Column("attempt_id", sa.String(length=32), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("saved_at", Instant(), nullable=False),
        sa.Column("digest", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["attempts.id"], name=op.f("fk_answer_log_attempt_id_attempts")
        ),
        sa.PrimaryKeyConstraint("attempt_id", "position", "revision", name=op.f("pk_answer_log")),
    )
    op.create_table(
        "answers",
        sa.Column("attempt_id", sa.String(length=32), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("response", Document, nullable=True),
        sa.Column("marked", sa.Boolean(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("saved_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempts.id"], name=op.f("fk_answers_attempt_id_attempts")),
        sa.PrimaryKeyConstraint("attempt_id", "position", name=op.f("pk_answers")),
    )
    op.create_table(
        "attempt_events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("attempt_id", sa.String(length=32), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("detail", Document, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["attempts.id"], name=op.f("fk_attempt_events_attempt_id_attempts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempt_events")),
    )
    with op.batch_alter_table("attempt_events", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_attempt_events_attempt_id"), ["attempt_id"], unique=False)

    op.create_table(
        "quarantined_answers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("attempt_id", sa.String(length=32), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("response", Document, nullable=True),
        sa.Column("marked", sa.Boolean(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("arrived_at", Instant(), nullable=False),
        sa.Column("evidence", Document, nullable=False),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["attempts.id"], name=op.f("fk_quarantined_answers_attempt_id_attempts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quarantined_answers")),
        sa.UniqueConstraint(
            "attempt_id",
            "position",
            "revision",
            name=op.f("uq_quarantined_answers_attempt_id_position_revision"),
        ),
    )
    with op.batch_alter_table("quarantined_answers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_quarantined_answers_attempt_id"), ["attempt_id"], unique=False)

    op.create_table(
        "subject_scores",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("attempt_id", sa.String(length=32), nullable=True),
        sa.Column("subject", sa.String(length=20), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("value", Points(), nullable=True),
        sa.Column("awaits_marker", sa.Integer(), nullable=False),
        sa.Column("inputs", Document, nullable=False),
        sa.Column("inputs_hash", sa.String(length=64), nullable=False),
        sa.Column("scored_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["attempts.id"], name=op.f("fk_subject_scores_attempt_id_attempts")
        ),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolments.id"], name=op.f("fk_subject_scores_enrolment_id_enrolments")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subject_scores")),
        sa.UniqueConstraint(
            "enrolment_id", "subject", "number", name=op.f("uq_subject_scores_enrolment_id_subject_number")
        ),
    )
    with op.batch_alter_table("subject_scores", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_subject_scores_enrolment_id"), ["enrolment_id"], unique=False)

    op.create_table(
        "decisions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("score_id", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("rule_version", sa.String(length=40), nullable=False),
        sa.Column("inputs", Document, nullable=False),
        sa.Column("reasons", Document, nullable=False),
        sa.Column("decided_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["score_id"], ["subject_scores.id"], name=op.f("fk_decisions_score_id_subject_scores")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decisions")),
        sa.UniqueConstraint("score_id", name=op.f("uq_decisions_score_id")),
    )

    # The chain's head exists from the start, so that two first writers can't both make it.
    op.execute("INSERT INTO audit_head (id, sequence, hash) VALUES (1, 0, '" + "0" * 64 + "')")
    for table in ("audit_records", "papers", "answer_log", "opinions", "subject_scores", "decisions"):
        freeze(op, table)
    # Content is frozen, status is not; a batch that was never used may be undone, so rows may go.
    content = (
        "question_id",
        "bank_id",
        "number",
        "kind",
        "point",
        "stem",
        "document",
        "content_hash",
        "author_id",
    )
    freeze(op, "question_versions", content, keep_rows=False)
    freeze(op, "question_keys", keep_rows=False)
    freeze(op, "stored_files", keep_rows=False)


def downgrade() -> None:
    op.drop_table("decisions")
    with op.batch_alter_table("subject_scores", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_subject_scores_enrolment_id"))

    op.drop_table("subject_scores")
    with op.batch_alter_table("quarantined_answers", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_quarantined_answers_attempt_id"))

    op.drop_table("quarantined_answers")
    with op.batch_alter_table("attempt_events", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_attempt_events_attempt_id"))

    op.drop_table("attempt_events")
    op.drop_table("answers")
    op.drop_table("answer_log")
    with op.batch_alter_table("attempts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_attempts_paper_id"))
        batch_op.drop_index("ix_attempts_open")

    op.drop_table("attempts")
    with op.batch_alter_table("releases", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_releases_sitting_id"))

    op.drop_table("releases")
    with op.batch_alter_table("enrolments", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_enrolments_sitting_id"))
        batch_op.drop_index(batch_op.f("ix_enrolments_person_id"))

    op.drop_table("enrolments")
    with op.batch_alter_table("analysis_runs", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_analysis_runs_sitting_id"))

    op.drop_table("analysis_runs")
    with op.batch_alter_table("version_statistics", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_version_statistics_version_id"))

    op.drop_table("version_statistics")
    with op.batch_alter_table("sittings", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sittings_plan_id"))

    op.drop_table("sittings")
    op.drop_table("question_keys")
    op.drop_table("papers")
    with op.batch_alter_table("opinions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_opinions_version_id"))
        batch_op.drop_index(batch_op.f("ix_opinions_reviewer_id"))

    op.drop_table("opinions")
    with op.batch_alter_table("question_versions", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_question_versions_approved",
            sqlite_where=sa.text("status = 'approved'"),
            postgresql_where=sa.text("status = 'approved'"),
        )
        batch_op.drop_index(batch_op.f("ix_question_versions_question_id"))
        batch_op.drop_index(batch_op.f("ix_question_versions_content_hash"))
        batch_op.drop_index(batch_op.f("ix_question_versions_batch_id"))
        batch_op.drop_index("ix_question_versions_bank_status")
        batch_op.drop_index("ix_question_versions_bank_point")

    op.drop_table("question_versions")
    with op.batch_alter_table("paper_sets", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_paper_sets_plan_id"))

    op.drop_table("paper_sets")
    with op.batch_alter_table("specifications", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_specifications_bank_id"))

    op.drop_table("specifications")
    with op.batch_alter_table("questions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_questions_bank_id"))

    op.drop_table("questions")
    with op.batch_alter_table("plans", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_plans_institution_id"))

    op.drop_table("plans")
    with op.batch_alter_table("outlines", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outlines_bank_id"))

    op.drop_table("outlines")
    with op.batch_alter_table("import_batches", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_import_batches_bank_id"))

    op.drop_table("import_batches")
    with op.batch_alter_table("banks", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_banks_institution_id"))

    op.drop_table("banks")
    with op.batch_alter_table("logins", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_logins_person_id"))

    op.drop_table("logins")
    op.drop_table("institutions")
    with op.batch_alter_table("grants", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_grants_person_id"))

    op.drop_table("grants")
    op.drop_table("stored_files")
    with op.batch_alter_table("sign_in_failures", schema=None) as batch_op:
        batch_op.drop_index("ix_sign_in_failures_name_at")
        batch_op.drop_index("ix_sign_in_failures_address_at")

    op.drop_table("sign_in_failures")
    op.drop_table("regions")
    op.drop_table("persons")
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.drop_index("ix_jobs_status_due_at")

    op.drop_table("jobs")
    with op.batch_alter_table("audit_records", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_records_object")
        batch_op.drop_index(batch_op.f("ix_audit_records_act"))

    op.drop_table("audit_records")
    op.drop_table("audit_head")
