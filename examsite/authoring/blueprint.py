"""The blueprint of the authoring stage; `views` puts its pages on it."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("authoring", "examsite.authoring.views", url_prefix="/bank", template_folder="templates")
