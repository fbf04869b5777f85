"""The blueprint of invigilation; `views` puts its pages on it."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("invigilation", __name__, url_prefix="/invigilation", template_folder="templates")
