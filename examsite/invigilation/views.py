"""The pages of invigilation, a module each."""

from __future__ import annotations

from examsite.invigilation.blueprint import bp
from examsite.invigilation.board import candidate, closing
from examsite.invigilation.board import pages as board
from examsite.invigilation.check_in import pages as check_in
from examsite.invigilation.duties import pages as duties
from examsite.invigilation.messages import pages as messages
from examsite.invigilation.records import pages as records
from examsite.invigilation.rehearsals import pages as rehearsals

__all__ = [
    "board",
    "bp",
    "candidate",
    "check_in",
    "closing",
    "duties",
    "messages",
    "records",
    "rehearsals",
]
