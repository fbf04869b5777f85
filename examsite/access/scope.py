"""Where a grant reaches, and the person who is signed in with the grants they hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from examsite.access.permissions import ROLES, Permission, Role

EVERYTHING = "everything"
SELF = "self"


def institution_scope(institution_id: int) -> str:
    """The scope of one institution, as grants write it."""
    return f"institution:{institution_id}"


@dataclass(frozen=True, slots=True)
class Granted:
    """One grant, as the guard needs it."""

    role: Role
    scope: str


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The person behind this request.  What Flask-Login calls the user; `get_id` is the cookie's token.

    grants: what they hold.  as_candidate: signed in with a ticket, so only the candidate's side is open.
    needs_seen: the login's last-seen instant is due to be written.
    """

    id: int
    name: str
    login_id: int
    token: str
    as_candidate: bool
    grants: tuple[Granted, ...]
    language: str | None = None
    needs_seen: bool = False

    is_authenticated: ClassVar[bool] = True
    is_active: ClassVar[bool] = True
    is_anonymous: ClassVar[bool] = False

    def get_id(self) -> str:
        return self.token

    @property
    def roles(self) -> frozenset[Role]:
        return frozenset(grant.role for grant in self.grants)

    def may(self, permission: Permission) -> bool:
        """Whether any grant carries the permission, anywhere."""
        return any(permission in ROLES[grant.role] for grant in self.grants)

    def may_in(self, permission: Permission, institution_id: int) -> bool:
        """Whether a grant carries the permission in this institution."""
        reaching = {EVERYTHING, institution_scope(institution_id)}
        return any(permission in ROLES[grant.role] and grant.scope in reaching for grant in self.grants)

    def institutions(self, permission: Permission) -> frozenset[int] | None:
        """Ids of the institutions in which the person has the permission; None = all of them."""
        scopes = {grant.scope for grant in self.grants if permission in ROLES[grant.role]}
        if EVERYTHING in scopes:
            return None
        return frozenset(int(s.partition(":")[2]) for s in scopes if s.startswith("institution:"))
