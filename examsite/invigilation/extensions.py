"""What parts of this stage add to pages of others: panels on a candidate's page and on the board, checks before the close.

A part registers at import, so that the board knows none of them by name.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from examsite.access.permissions import Permission
from examsite.planning.models import Sitting
from examsite.registration.models import Enrolment
from examsite.sitting.models import Attempt

#: Values for the template of a candidate's panel; None = this panel has nothing to say about them.
PanelLoader = Callable[[Session, Enrolment, Attempt | None], dict[str, Any] | None]
#: Values for the template of a sitting's panel.  rooms: those that the reader watches, None = all.
SittingPanelLoader = Callable[[Session, Sitting, frozenset[int] | None], dict[str, Any] | None]


@dataclass(frozen=True, slots=True)
class Panel:
    """A part of one candidate's page.  The template is included with what the loader gives, and `enrolment`, `attempt`, `now`."""

    permission: Permission
    template: str
    loader: PanelLoader


@dataclass(frozen=True, slots=True)
class SittingPanel:
    """A part of the page of a sitting's board, under the candidates: what is done to several at once."""

    permission: Permission
    template: str
    loader: SittingPanelLoader


@dataclass(frozen=True, slots=True)
class OpenMatter:
    """Something to settle before a sitting is closed: a sentence, and the page where it is settled."""

    text: str
    url: str


#: What is still open at a sitting, in the rooms that the reader watches (None = all).
ClosingCheck = Callable[[Session, Sitting, frozenset[int] | None, datetime], list[OpenMatter]]

PANELS: list[Panel] = []
SITTING_PANELS: list[SittingPanel] = []
CLOSING_CHECKS: list[ClosingCheck] = []


def add_panel(panel: Panel) -> None:
    """Show this on every candidate's page, to whoever has the permission, in the order of registration."""
    if panel not in PANELS:
        PANELS.append(panel)


def add_sitting_panel(panel: SittingPanel) -> None:
    """Show this under every board, to whoever has the permission."""
    if panel not in SITTING_PANELS:
        SITTING_PANELS.append(panel)


def add_closing_check(check: ClosingCheck) -> ClosingCheck:
    """Ask this on the closing page of every sitting (a decorator)."""
    if check not in CLOSING_CHECKS:
        CLOSING_CHECKS.append(check)
    return check
