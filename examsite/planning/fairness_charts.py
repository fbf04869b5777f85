"""Charts of the fairness page, each with the rows of its table."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from markupsafe import Markup

from examsite.charts import Words, histogram
from examsite.planning.fairness import Outlook
from question_bank.assembly.fairness import Spread

_BINS = 12


@dataclass(frozen=True, slots=True)
class Chart:
    """columns: headings of the table beside the drawing; rows: (label, count)."""

    id: str
    title: str
    text: str
    svg: Markup
    columns: tuple[str, str]
    rows: Sequence[tuple[str, int]]


def charts(outlook: Outlook) -> list[Chart]:
    """Every chart that there are figures for."""
    fairness = outlook.fairness
    found = [
        _of_spread(
            "expected",
            _("Expected score at %(cut)s points", cut=f"{fairness.cut:g}"),
            _("expected score"),
            fairness.expected,
            2,
        )
    ]
    if fairness.difficulty is not None:
        found.append(
            _of_spread("difficulty", _("Mean difficulty code"), _("mean code"), fairness.difficulty, 2)
        )
    if len(fairness.expected.values) > 1:
        found += [
            _of_counts(
                "overlap",
                _("Questions that two papers share"),
                _("questions shared"),
                _("pairs of papers"),
                fairness.overlaps,
            ),
            _of_counts(
                "neighbours",
                _("Questions that neighbours share"),
                _("questions shared"),
                _("pairs of neighbours"),
                fairness.neighbours,
            ),
        ]
    if outlook.balance is not None and outlook.balance.positions:
        found.append(
            _of_counts(
                "places",
                _("Places of right options"),
                _("place of the right option"),
                _("questions"),
                {place + 1: n for place, n in enumerate(outlook.balance.positions)},
                "ABCDEFGHIJ",
            )
        )
    found.append(_of_spread("reading", _("Characters of a paper"), _("characters"), fairness.characters, 0))
    return found


def _of_spread(id_: str, title: str, across: str, spread: Spread, digits: int) -> Chart:
    edges = _edges(spread, digits)
    counts = [0] * (len(edges) - 1)
    for value in spread.values:
        place = sum(value >= edge for edge in edges[1:-1])
        counts[place] += 1
    text = _(
        "Mean %(mean)s, standard deviation %(sd)s, from %(low)s to %(high)s over %(count)d papers.",
        mean=f"{spread.mean:.{digits}f}",
        sd=f"{spread.sd:.{digits}f}",
        low=f"{spread.lowest:.{digits}f}",
        high=f"{spread.highest:.{digits}f}",
        count=len(spread.values),
    )
    words = Words(title, text, across, _("papers"), "")
    rows = [(f"{low:g} – {high:g}", n) for low, high, n in zip(edges, edges[1:], counts, strict=False) if n]
    svg = histogram(edges, counts, words, id_=id_, height=220)
    return Chart(id_, title, text, svg, (across, _("papers")), rows)


def _of_counts(
    id_: str, title: str, across: str, up: str, counts: Mapping[int, int], letters: str = ""
) -> Chart:
    low, high = min(counts), max(counts)
    total = sum(counts.values())
    every = [counts.get(value, 0) for value in range(low, high + 1)]
    edges = [value - 0.5 for value in range(low, high + 2)]
    if letters:
        text = "，".join(f"{letters[value - 1]} {n / total:.0%}" for value, n in sorted(counts.items()))
    else:
        mean = sum(value * n for value, n in counts.items()) / total
        text = _("%(mean)s on average, %(most)d at most.", mean=f"{mean:.2f}", most=high)
    words = Words(title, text, across, up, "")
    labels = [letters[value - 1] if letters else str(value) for value in range(low, high + 1)]
    rows = [(label, n) for label, n in zip(labels, every, strict=True) if n]
    svg = histogram(edges, every, words, labels=labels, id_=id_, height=220)
    return Chart(id_, title, text, svg, (across, up), rows)


def _edges(spread: Spread, digits: int) -> list[float]:
    """Round edges around all values: at most _BINS bins, none narrower than the last digit shown."""
    least = 10.0**-digits
    step = least
    while spread.width / step > _BINS - 1:
        step *= 2.5 if f"{step / 10 ** math.floor(math.log10(step) + 1e-9):.0f}" == "2" else 2
    first = math.floor(spread.lowest / step + 1e-9)
    last = max(first + 1, math.floor(spread.highest / step + 1e-9) + 1)
    if last - first < 5:
        first, last = first - 2, last + 2
    return [round(max(0.0, place * step), 6) for place in range(max(0, first), last + 1)]
