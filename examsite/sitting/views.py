"""Pages of the sitting stage."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("sitting", __name__, url_prefix="/exam", template_folder="templates")
