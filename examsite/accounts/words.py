"""Roles, permissions and weaknesses of passwords in the reader's words."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as lazy

from examsite.access.permissions import Permission, Role

ROLE_NAMES: dict[Role, Any] = {
    Role.CANDIDATE: lazy("Candidate"),
    Role.WRITER: lazy("Question writer"),
    Role.REVIEWER: lazy("Question reviewer"),
    Role.BANK_MANAGER: lazy("Bank manager"),
    Role.EXAMINER: lazy("Examiner"),
    Role.INVIGILATOR: lazy("Invigilator"),
    Role.STAFF: lazy("Institution staff"),
    Role.PROVINCE: lazy("Provincial officer"),
    Role.SYSTEM_ADMINISTRATOR: lazy("System administrator"),
    Role.SECURITY_ADMINISTRATOR: lazy("Security administrator"),
    Role.AUDIT_ADMINISTRATOR: lazy("Audit administrator"),
}

WEAKNESSES: dict[str, Any] = {
    "too-short": lazy("Use at least 10 characters."),
    "few-classes": lazy("Mix at least three of: small letters, capitals, digits, other signs."),
    "holds-name": lazy("Leave your name and username out of it."),
    "unchanged": lazy("Choose another password than the present one."),
}


def permission_in_words(permission: Permission) -> str:
    """The sentence of a permission.  The enum's values are the English ones, so the table of who may what is read once."""
    return str(gettext(permission.value))
