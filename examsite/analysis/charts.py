"""Drawings of a run as SVG made on the server: the scores, and every question by difficulty and discrimination."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from markupsafe import Markup, escape

from examsite.charts import BAR, CUT, INK, LINE, Words, axis_names, histogram, opening

_LEFT, _TOP, _BOTTOM, _RIGHT = 44, 16, 44, 12
_LOWEST = -0.4


def score_chart(test: dict[str, Any], passing: dict[str, Any]) -> Markup:
    """The histogram of a run with the pass mark, which is moved where machines score a part of the paper only."""
    mark, total = float(passing["pass_mark"]["value"]), float(passing["total"]["value"])
    is_percent = test["unit"] == "percent"
    words = Words(
        _("Distribution of scores"),
        _(
            "%(persons)s candidates; mean %(mean)s, standard deviation %(sd)s.",
            persons=test["examined"],
            mean=_figure(test["mean"]),
            sd=_figure(test["sd"]),
        ),
        _("Per cent of the points on the own paper") if is_percent else _("Points"),
        _("Candidates"),
        _("pass mark %(mark)s", mark=f"{mark:g}"),
    )
    bins = test["histogram"]
    return histogram(bins["edges"], bins["counts"], words, cut=mark / total * test["maximum"])


def item_chart(items: Sequence[dict[str, Any]], *, width: int = 640, height: int = 320) -> Markup:
    """Each question that has both figures as a dot; flagged ones as diamonds, so that colour is not alone."""
    shown = [item for item in items if item["difficulty"] is not None and item["discrimination"] is not None]
    words = Words(
        _("Questions by difficulty and discrimination"),
        _(
            "%(shown)s questions; %(flagged)s with something to look at are drawn as diamonds.",
            shown=len(shown),
            flagged=sum(bool(item["flags"]) for item in shown),
        ),
        _("Difficulty (proportion of points earned)"),
        _("Discrimination"),
        "",
    )
    inner_width, inner_height = width - _LEFT - _RIGHT, height - _TOP - _BOTTOM

    def x(value: float) -> float:
        return round(_LEFT + inner_width * value, 1)

    def y(value: float) -> float:
        return round(_TOP + inner_height * (1 - (max(value, _LOWEST) - _LOWEST) / (1 - _LOWEST)), 1)

    parts = [opening("items", words, width, height)]
    for tick in (-0.4, -0.2, 0.0, 0.2, 0.4, 0.6, 0.8, 1.0):
        stroke = INK if tick == 0 else LINE
        parts.append(
            f'<line x1="{_LEFT}" x2="{width - _RIGHT}" y1="{y(tick)}" y2="{y(tick)}" stroke="{stroke}"/>'
            f'<text x="{_LEFT - 6}" y="{y(tick) + 4}" text-anchor="end">{tick:.1f}</text>'
        )
    for step in range(11):
        parts.append(
            f'<text x="{x(step / 10)}" y="{height - _BOTTOM + 18}" text-anchor="middle">{step / 10:g}</text>'
        )
    for item in shown:
        across, up = x(item["difficulty"]), y(item["discrimination"])
        name = escape(item["external_id"] or f"#{item['question']}")
        tip = f"<title>{name}: p {item['difficulty']:.2f}, r {item['discrimination']:.2f}</title>"
        if item["flags"]:
            parts.append(
                f'<path d="M{across} {up - 6}l6 6l-6 6l-6-6z" fill="none" stroke="{CUT}" stroke-width="2">{tip}</path>'
            )
        else:
            parts.append(f'<circle cx="{across}" cy="{up}" r="4" fill="{BAR}" stroke="{INK}">{tip}</circle>')
    parts.append(axis_names(words, width, height))
    return Markup("".join(parts) + "</svg>")  # every text in it was escaped on the way


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"
