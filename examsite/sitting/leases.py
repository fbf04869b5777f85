"""Which attempt this browser has open."""

from __future__ import annotations

from flask import session as cookie

from examsite.sitting.answers import lease_hash
from examsite.sitting.models import Attempt


def lease_of(attempt: Attempt) -> str | None:
    """The lease that this browser was given, if the attempt still goes by it."""
    held, lease = cookie.get("lease", [None, None])
    return lease if held == attempt.id and lease_hash(lease) == attempt.lease else None
