"""The blueprint of the registration stage."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("registration", __name__, url_prefix="/registration", template_folder="templates")
