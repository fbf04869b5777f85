"""What the pages of the bank call things, in the page's language."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

from flask import current_app, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as lazy

from examsite.authoring.blueprint import bp
from examsite.authoring.models import Code, Opinion, QuestionVersion, VersionStatus
from examsite.authoring.vetting.signatures import is_genuine
from examsite.authoring.vetting.stages import stages_from_document
from question_bank.outlines import tree
from question_bank.questions.kinds import Kind

_LEVELS = {1: "一级/高级技师", 2: "二级/技师", 3: "三级/高级工", 4: "四级/中级工", 5: "五级/初级工"}
#: Lazy: a list asks for one of them a row.
_STATUSES = {
    VersionStatus.DRAFT: lazy("draft"),
    VersionStatus.IN_REVIEW: lazy("in review"),
    VersionStatus.APPROVED: lazy("approved"),
    VersionStatus.CONFIRMED: lazy("confirmed for use"),
    VersionStatus.SUSPENDED: lazy("suspended"),
    VersionStatus.RETURNED: lazy("returned"),
    VersionStatus.REJECTED: lazy("not adopted"),
    VersionStatus.SUPERSEDED: lazy("superseded"),
    VersionStatus.RETIRED: lazy("retired"),
}


@bp.app_template_filter("bank_status")
def status_label(status: str) -> str:
    """The name of a version's status."""
    return str(_STATUSES[VersionStatus(status)])


@bp.app_template_filter("per_cent")
def per_cent(share: Decimal) -> str:
    """A share as a percentage without needless zeros: 0.01 → 1%."""
    text = f"{share * 100:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) + "%"


@bp.app_template_filter("opinion_label")
def opinion_label(code: str) -> str:
    """A reviewer's code in words: A adopt."""
    words = {
        Code.ADOPT: str(_("adopt")),
        Code.CHANGE: str(_("adopt after changes")),
        Code.RETURN: str(_("return for changes")),
        Code.REJECT: str(_("do not adopt")),
    }
    return f"{Code(code).value} {words[Code(code)]}"


@bp.app_template_filter("column_of_code")
def column_of_code(code: str) -> dict[str, Any]:
    """The column of a table with the share of an opinion's code."""
    return {"text": opinion_label(code), "number": True}


@bp.app_template_filter("key_change_url")
def key_change_url(version_id: int) -> str:
    """Where a wrong key is corrected after use: a page of a later stage, "" where the site runs without it."""
    endpoint = "results.key_changes"
    known = endpoint in current_app.view_functions
    return url_for(endpoint, version_id=version_id) if known else ""


@bp.app_template_filter("stage_name")
def stage_name(opinion: Opinion, version: QuestionVersion) -> str:
    """The name of the stage at which an opinion was given."""
    stages = stages_from_document(version.vetting)
    return stages[opinion.stage].name if opinion.stage < len(stages) else str(opinion.stage + 1)


@bp.app_template_filter("signature_state")
def signature_state(opinion: Opinion, version: QuestionVersion) -> bool | None:
    """Whether an opinion's signature fits; None where there is none."""
    return is_genuine(opinion, version.content_hash)


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
