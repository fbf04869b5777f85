"""Whether a version may go to review: nothing in it that could not be answered or scored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from examsite.authoring.keys import keys
from examsite.authoring.models import QuestionVersion
from examsite.errors import Refused
from question_bank.questions.check import Finding, check
from question_bank.questions.model import question_from_document


class NotReady(Refused):
    """The version has errors; `findings` says which."""

    code = "not-ready"

    def __init__(self, message: str, findings: Sequence[Finding]) -> None:
        super().__init__(message)
        self.findings = tuple(findings)


def findings_of(session: Session, version_ids: Sequence[int]) -> Mapping[int, list[Finding]]:
    """What the check says of each of these versions, by id."""
    answers = keys(session, version_ids)
    rows = session.execute(
        select(QuestionVersion.id, QuestionVersion.document).where(QuestionVersion.id.in_(version_ids))
    )
    return {row.id: check(question_from_document(row.document), answers[row.id]) for row in rows}


def require_ready(session: Session, version_ids: Sequence[int]) -> None:
    """Raises NotReady with the sentence of the first error where any of these versions has one."""
    for findings in findings_of(session, version_ids).values():
        errors = [finding for finding in findings if finding.is_error]
        if errors:
            raise NotReady(
                _(
                    "The question can't go to review yet: %(fault)s Revise it first.",
                    fault=errors[0].message,
                ),
                errors,
            )
