"""Who watches which sitting, who was let in, and the signed records of rooms.

Revision ID: 0014
Revises: 0013
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from examsite.db import Document, Instant
from examsite.schema import freeze

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

FACTS = ("sitting_records", "record_signatures", "record_supplements", "record_remarks")


def upgrade() -> None:
    op.create_table('invigilator_duties',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('sitting_id', sa.Integer(), nullable=False),
    sa.Column('room_id', sa.Integer(), nullable=True),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('given_by_id', sa.Integer(), nullable=False),
    sa.Column('given_at', Instant(), nullable=False),
    sa.Column('ended_by_id', sa.Integer(), nullable=True),
    sa.Column('ended_at', Instant(), nullable=True),
    sa.Column('end_reason', sa.Text(), nullable=False),
    sa.CheckConstraint('(ended_at IS NULL) = (ended_by_id IS NULL)', name=op.f('ck_invigilator_duties_ended')),
    sa.ForeignKeyConstraint(['ended_by_id'], ['persons.id'], name=op.f('fk_invigilator_duties_ended_by_id_persons')),
    sa.ForeignKeyConstraint(['given_by_id'], ['persons.id'], name=op.f('fk_invigilator_duties_given_by_id_persons')),
    sa.ForeignKeyConstraint(['person_id'], ['persons.id'], name=op.f('fk_invigilator_duties_person_id_persons')),
    sa.ForeignKeyConstraint(['room_id'], ['rooms.id'], name=op.f('fk_invigilator_duties_room_id_rooms')),
    sa.ForeignKeyConstraint(['sitting_id'], ['sittings.id'], name=op.f('fk_invigilator_duties_sitting_id_sittings')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_invigilator_duties'))
    )
    op.create_index(op.f('ix_invigilator_duties_person_id'), 'invigilator_duties', ['person_id'])
    op.create_index(op.f('ix_invigilator_duties_sitting_id'), 'invigilator_duties', ['sitting_id'])
    op.create_index('uq_invigilator_duties_room', 'invigilator_duties', ['room_id', 'person_id'], unique=True, sqlite_where=sa.text('ended_at IS NULL'), postgresql_where=sa.text('ended_at IS NULL'))
    op.create_index('uq_invigilator_duties_whole', 'invigilator_duties', ['sitting_id', 'person_id'], unique=True, sqlite_where=sa.text('ended_at IS NULL AND room_id IS NULL'), postgresql_where=sa.text('ended_at IS NULL AND room_id IS NULL'))
    op.create_table('record_remarks',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('sitting_id', sa.Integer(), nullable=False),
    sa.Column('room_id', sa.Integer(), nullable=True),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('written_by_id', sa.Integer(), nullable=False),
    sa.Column('written_at', Instant(), nullable=False),
    sa.ForeignKeyConstraint(['room_id'], ['rooms.id'], name=op.f('fk_record_remarks_room_id_rooms')),
    sa.ForeignKeyConstraint(['sitting_id'], ['sittings.id'], name=op.f('fk_record_remarks_sitting_id_sittings')),
    sa.ForeignKeyConstraint(['written_by_id'], ['persons.id'], name=op.f('fk_record_remarks_written_by_id_persons')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_record_remarks'))
    )
    op.create_index(op.f('ix_record_remarks_sitting_id'), 'record_remarks', ['sitting_id'])
    op.create_table('sitting_records',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('sitting_id', sa.Integer(), nullable=False),
    sa.Column('room_id', sa.Integer(), nullable=True),
    sa.Column('document', Document, nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('frozen_at', Instant(), nullable=False),
    sa.ForeignKeyConstraint(['room_id'], ['rooms.id'], name=op.f('fk_sitting_records_room_id_rooms')),
    sa.ForeignKeyConstraint(['sitting_id'], ['sittings.id'], name=op.f('fk_sitting_records_sitting_id_sittings')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sitting_records'))
    )
    op.create_index(op.f('ix_sitting_records_sitting_id'), 'sitting_records', ['sitting_id'])
    op.create_index('uq_sitting_records_room', 'sitting_records', ['room_id'], unique=True)
    op.create_index('uq_sitting_records_whole', 'sitting_records', ['sitting_id'], unique=True, sqlite_where=sa.text('room_id IS NULL'), postgresql_where=sa.text('room_id IS NULL'))
    op.create_table('check_ins',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('enrolment_id', sa.Integer(), nullable=False),
    sa.Column('document_checked', sa.Boolean(), nullable=False),
    sa.Column('face_checked', sa.Boolean(), nullable=False),
    sa.Column('is_late', sa.Boolean(), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('checked_by_id', sa.Integer(), nullable=False),
    sa.Column('checked_at', Instant(), nullable=False),
    sa.Column('undone_by_id', sa.Integer(), nullable=True),
    sa.Column('undone_at', Instant(), nullable=True),
    sa.Column('undo_reason', sa.Text(), nullable=False),
    sa.CheckConstraint('(undone_at IS NULL) = (undone_by_id IS NULL)', name=op.f('ck_check_ins_undone')),
    sa.CheckConstraint('document_checked AND face_checked', name=op.f('ck_check_ins_looked_at')),
    sa.ForeignKeyConstraint(['checked_by_id'], ['persons.id'], name=op.f('fk_check_ins_checked_by_id_persons')),
    sa.ForeignKeyConstraint(['enrolment_id'], ['enrolments.id'], name=op.f('fk_check_ins_enrolment_id_enrolments')),
    sa.ForeignKeyConstraint(['undone_by_id'], ['persons.id'], name=op.f('fk_check_ins_undone_by_id_persons')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_check_ins'))
    )
    op.create_index('ix_check_ins_enrolment_id', 'check_ins', ['enrolment_id'])
    op.create_index('uq_check_ins_standing', 'check_ins', ['enrolment_id'], unique=True, sqlite_where=sa.text('undone_at IS NULL'), postgresql_where=sa.text('undone_at IS NULL'))
    op.create_table('record_signatures',
    sa.Column('record_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('signed_at', Instant(), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['persons.id'], name=op.f('fk_record_signatures_person_id_persons')),
    sa.ForeignKeyConstraint(['record_id'], ['sitting_records.id'], name=op.f('fk_record_signatures_record_id_sitting_records')),
    sa.PrimaryKeyConstraint('record_id', 'person_id', name=op.f('pk_record_signatures'))
    )
    op.create_table('record_supplements',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('record_id', sa.Integer(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('written_by_id', sa.Integer(), nullable=False),
    sa.Column('written_at', Instant(), nullable=False),
    sa.CheckConstraint("reason <> ''", name=op.f('ck_record_supplements_reason')),
    sa.ForeignKeyConstraint(['record_id'], ['sitting_records.id'], name=op.f('fk_record_supplements_record_id_sitting_records')),
    sa.ForeignKeyConstraint(['written_by_id'], ['persons.id'], name=op.f('fk_record_supplements_written_by_id_persons')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_record_supplements'))
    )
    op.create_index(op.f('ix_record_supplements_record_id'), 'record_supplements', ['record_id'])

    for table in FACTS:
        freeze(op, table)
    # Who was let in stays as it was; only that it was undone is written to the row.
    freeze(
        op,
        "check_ins",
        ("enrolment_id", "document_checked", "face_checked", "is_late", "note", "checked_by_id", "checked_at"),
    )


def downgrade() -> None:
    for table in (
        "record_supplements",
        "record_signatures",
        "check_ins",
        "sitting_records",
        "record_remarks",
        "invigilator_duties",
    ):
        op.drop_table(table)
