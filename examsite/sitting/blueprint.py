"""The blueprint of the candidate's side; `views` puts its pages on it."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("sitting", __name__, url_prefix="/exam", template_folder="templates")
