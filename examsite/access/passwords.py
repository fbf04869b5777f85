"""Passwords: argon2id, and what a staff password must be."""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

MIN_LENGTH = 10

# OWASP's second profile: 26 ms on a small core, so that a sign-in rush stays quick.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)

#: A hash of a password nobody knows: verifying against it costs as much as a real one.
_DECOY = _HASHER.hash("no such account, but it must take as long")


def hash_password(password: str) -> str:
    """The argon2id hash to store."""
    return _HASHER.hash(password)


def is_right(stored: str | None, password: str) -> bool:
    """Whether the password fits.  Takes as long where there is no account."""
    try:
        _HASHER.verify(stored or _DECOY, password)
    except (Argon2Error, InvalidHashError):
        return False
    return stored is not None


def weaknesses(password: str, *, name: str, username: str) -> list[str]:
    """Codes of what is wrong with a staff password: too-short, few-classes, holds-name.  Empty = acceptable."""
    found = []
    if len(password) < MIN_LENGTH:
        found.append("too-short")
    classes = [
        any(c.islower() for c in password),
        any(c.isupper() for c in password),
        any(c.isdigit() for c in password),
        any(not c.isalnum() for c in password),
    ]
    if sum(classes) < 3:
        found.append("few-classes")
    folded = password.casefold()
    if any(part and part.casefold() in folded for part in (name, username)):
        found.append("holds-name")
    return found
