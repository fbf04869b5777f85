"""The blueprint of the admin stage: its pages stand in `people_pages`, `record_pages` and `system_pages`."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("admin", __name__, url_prefix="/admin", template_folder="templates")
