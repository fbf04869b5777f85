"""Pages of the admin stage, put together."""

from __future__ import annotations

from examsite.admin import people_pages, record_pages, system_pages
from examsite.admin.blueprint import bp

__all__ = ["bp", "people_pages", "record_pages", "system_pages"]
