"""Pages of the results stage."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("results", __name__, url_prefix="/results", template_folder="templates")
