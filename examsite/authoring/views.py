"""Pages of the authoring stage."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("authoring", __name__, url_prefix="/bank", template_folder="templates")
