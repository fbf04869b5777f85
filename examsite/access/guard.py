"""Who may come in: every view says `@needs(Permission.X)`, `@signed_in`, `@leased` or `@public`.  Silence fails a test."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar, cast

from flask import abort, request, url_for
from flask_login import current_user

from examsite.access.permissions import Permission
from examsite.access.scope import SignedIn

Args = ParamSpec("Args")
Result = TypeVar("Result")


class SignInNeeded(Exception):
    """Nobody is signed in; `url` is where to go."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.url = url


def current_person() -> SignedIn:
    """The person behind this request.  Raises SignInNeeded where there is none."""
    person = signed_in_person()
    if person is None:
        # Only pages can be come back to; a form that was posted is sent again by the person.
        back = request.full_path.rstrip("?") if request.method == "GET" else None
        raise SignInNeeded(url_for("accounts.sign_in", next=back))
    return person


def signed_in_person() -> SignedIn | None:
    """The person behind this request, or None."""
    return cast(SignedIn, current_user._get_current_object()) if current_user.is_authenticated else None


def needs(*permissions: Permission) -> Callable[[Callable[Args, Result]], Callable[Args, Result]]:
    """Only people who hold the permission (or one of several) somewhere come in.

    The view still asks whether this object is theirs.
    """

    def guard(view: Callable[Args, Result]) -> Callable[Args, Result]:
        @wraps(view)
        def guarded(*args: Args.args, **kwargs: Args.kwargs) -> Result:
            person = current_person()
            if not any(person.may(permission) for permission in permissions):
                abort(403)
            return view(*args, **kwargs)

        guarded.guard = frozenset(permissions)  # type: ignore[attr-defined]
        return guarded

    return guard


def signed_in(view: Callable[Args, Result]) -> Callable[Args, Result]:
    """Whoever is signed in comes in: their own profile, language, first page."""

    @wraps(view)
    def guarded(*args: Args.args, **kwargs: Args.kwargs) -> Result:
        current_person()
        return view(*args, **kwargs)

    guarded.guard = "signed in"  # type: ignore[attr-defined]
    return guarded


def leased(view: Callable[Args, Result]) -> Callable[Args, Result]:
    """The attempt's lease is the right to come in, and the view itself checks it in the statement that writes.

    Only the candidate's save and pulse: loading person and login again for every answer would double its cost.
    """
    view.guard = "lease"  # type: ignore[attr-defined]
    return view


def public(view: Callable[Args, Result]) -> Callable[Args, Result]:
    """Anybody comes in."""
    view.guard = "public"  # type: ignore[attr-defined]
    return view
