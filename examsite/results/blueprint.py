"""The blueprint of the results stage; `views` and `key_pages` put its pages on it."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("results", "examsite.results.views", url_prefix="/results", template_folder="templates")
