"""Seeds of drawings: made where nobody sees them, promised by their hash before the first paper is drawn."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from flask import current_app

from question_bank.assembly import streams

DIGITS = 32


def new_form_name() -> str:
    """A name for a page with the form of an order, from the system's randomness."""
    return secrets.token_hex(DIGITS // 2)


def seed_of_form(name: str) -> str:
    """The seed of an order whose page has this name: the same each time, and known to nobody who sees the page."""
    secret = str(current_app.config["SECRET_KEY"]).encode()
    return hmac.new(secret, f"paper-seed:{name}".encode(), hashlib.sha256).hexdigest()[:DIGITS]


def commitment(seed: str) -> str:
    """SHA-256 that is shown before papers are drawn and checked when the seed is revealed."""
    return streams.commitment(seed)
