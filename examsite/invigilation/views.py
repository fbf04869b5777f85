"""The pages of invigilation, a module each."""

from __future__ import annotations

from examsite.invigilation import paper_sheets
from examsite.invigilation.blueprint import bp
from examsite.invigilation.board import candidate, closing
from examsite.invigilation.board import pages as board
from examsite.invigilation.check_in import pages as check_in
from examsite.invigilation.conduct import absence_pages as absence
from examsite.invigilation.conduct import pages as conduct
from examsite.invigilation.duties import pages as duties
from examsite.invigilation.entrance import pages as entrance
from examsite.invigilation.interventions import candidate_pages as acts
from examsite.invigilation.interventions import ledger_pages as interruptions
from examsite.invigilation.interventions import pages as interventions
from examsite.invigilation.messages import pages as messages
from examsite.invigilation.quarantine import pages as quarantine
from examsite.invigilation.records import pages as records
from examsite.invigilation.rehearsals import pages as rehearsals

__all__ = [
    "absence",
    "acts",
    "board",
    "bp",
    "candidate",
    "check_in",
    "closing",
    "conduct",
    "duties",
    "entrance",
    "interruptions",
    "interventions",
    "messages",
    "paper_sheets",
    "quarantine",
    "records",
    "rehearsals",
]
