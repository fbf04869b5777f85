"""Pages of the analysis stage."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("analysis", __name__, url_prefix="/analysis", template_folder="templates")
