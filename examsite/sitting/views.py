"""The candidate's side: pages for people, and the exchange with the paper's page."""

from __future__ import annotations

from examsite.sitting import exchange, pages, pictures, running, waiting
from examsite.sitting.blueprint import bp
from examsite.sitting.transcription import pages as transcription

__all__ = ["bp", "exchange", "pages", "pictures", "running", "transcription", "waiting"]
