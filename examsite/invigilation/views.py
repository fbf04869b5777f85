"""The pages of invigilation, a module each."""

from __future__ import annotations

from examsite.invigilation import paper_sheets
from examsite.invigilation.blueprint import bp
from examsite.invigilation.duties import pages as duties
from examsite.invigilation.rehearsals import pages as rehearsals

__all__ = ["bp", "duties", "paper_sheets", "rehearsals"]
