"""What the pages of the bank call things, in the page's language."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

from flask_babel import get_locale
from flask_babel import gettext as _

from examsite.authoring.blueprint import bp
from examsite.authoring.models import VersionStatus
from question_bank.outlines import tree
from question_bank.questions.kinds import Kind

_LEVELS = {1: "一级/高级技师", 2: "二级/技师", 3: "三级/高级工", 4: "四级/中级工", 5: "五级/初级工"}


@bp.app_template_filter("bank_status")
def status_label(status: str) -> str:
    """The name of a version's status."""
    return {
        VersionStatus.DRAFT: str(_("draft")),
        VersionStatus.IN_REVIEW: str(_("in review")),
        VersionStatus.APPROVED: str(_("approved")),
        VersionStatus.CONFIRMED: str(_("confirmed for use")),
        VersionStatus.SUSPENDED: str(_("suspended")),
        VersionStatus.RETURNED: str(_("returned")),
        VersionStatus.SUPERSEDED: str(_("superseded")),
        VersionStatus.RETIRED: str(_("retired")),
    }[VersionStatus(status)]


@bp.app_template_filter("per_cent")
def per_cent(share: Decimal) -> str:
    """A share as a percentage without needless zeros: 0.01 → 1%."""
    text = f"{share * 100:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) + "%"


@bp.app_template_filter("kind_label")
def kind_label(letter: str) -> str:
    """The name of a kind."""
    kind = Kind(letter)
    return kind.english if _is_english() else kind.label


@bp.app_template_filter("level_label")
def level_label(level: int) -> str:
    """三级/高级工; a plain number for what the standard does not name."""
    return str(_("level %(level)s", level=level)) if _is_english() else _LEVELS.get(level, f"{level} 级")


@bp.app_template_filter("percent")
def percent(share: Fraction) -> str:
    """2.5%."""
    return tree.percent(share)


@bp.app_template_filter("column_of_status")
def column_of_status(status: str) -> dict[str, Any]:
    """The column of a table that counts versions of a status."""
    return {"text": status_label(status), "number": True}


@bp.app_template_filter("column_of_kind")
def column_of_kind(letter: str) -> dict[str, Any]:
    """The column of a table that counts questions of a kind."""
    return {"text": kind_label(letter), "number": True}


@bp.app_template_filter("statistic_label")
def statistic_label(name: str) -> str:
    """The name of a figure of item analysis; what is not known is shown as it is called."""
    known = {
        "difficulty": str(_("difficulty (proportion right)")),
        "discrimination": str(_("discrimination")),
        "persons": str(_("persons")),
    }
    return known.get(name, name)


def _is_english() -> bool:
    locale = get_locale()
    return locale is not None and locale.language == "en"
