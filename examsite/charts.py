"""Bars of scores as SVG made on the server: attributes only, so that it stands under the strictest content policy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

INK, SOFT, LINE, BAR, CUT = "#17233a", "#4a5870", "#d6dce7", "#5478b0", "#ac2419"
_LEFT, _TOP, _BOTTOM, _RIGHT = 44, 16, 44, 12


@dataclass(frozen=True, slots=True)
class Words:
    """What the drawing says to those who see it and to those who don't."""

    title: str
    description: str
    across: str
    up: str
    cut: str


def histogram(
    edges: Sequence[float],
    counts: Sequence[int],
    words: Words,
    *,
    cut: float | None = None,
    labels: Sequence[str] = (),
    id_: str = "histogram",
    width: int = 640,
    height: int = 280,
) -> Markup:
    """One bar for each count between two edges, whole numbers up the side, a dashed line at `cut`.

    labels: a name for each bar, below its middle, instead of numbers at the edges.
    """
    inner_width, inner_height = width - _LEFT - _RIGHT, height - _TOP - _BOTTOM
    first, last = edges[0], edges[-1]
    ticks = whole_ticks(max(counts, default=0))
    top = ticks[-1]

    def x(value: float) -> float:
        return round(_LEFT + inner_width * (value - first) / (last - first), 1)

    def y(count: float) -> float:
        return round(_TOP + inner_height * (1 - count / top), 1)

    parts = [opening(id_, words, width, height)]
    for tick in ticks:
        parts.append(
            f'<line x1="{_LEFT}" x2="{width - _RIGHT}" y1="{y(tick)}" y2="{y(tick)}" stroke="{LINE}"/>'
            f'<text x="{_LEFT - 6}" y="{y(tick) + 4}" text-anchor="end">{tick}</text>'
        )
    for low, high, count in zip(edges, edges[1:], counts, strict=False):
        if count:
            parts.append(
                f'<rect x="{x(low) + 1}" y="{y(count)}" width="{max(x(high) - x(low) - 2, 1):.1f}" '
                f'height="{y(0) - y(count):.1f}" fill="{BAR}" stroke="{INK}" stroke-width="0.5"/>'
            )
    parts.append(f'<line x1="{_LEFT}" x2="{width - _RIGHT}" y1="{y(0)}" y2="{y(0)}" stroke="{INK}"/>')
    named = [(edge, f"{edge:g}") for edge in _labelled(edges)]
    if labels:
        middles = [
            ((low + high) / 2, name) for low, high, name in zip(edges, edges[1:], labels, strict=False)
        ]
        named = middles[:: max(1, -(-len(middles) // 12))]
    for place, name in named:
        parts.append(
            f'<text x="{x(place)}" y="{height - _BOTTOM + 18}" text-anchor="middle">{escape(name)}</text>'
        )
    parts.append(axis_names(words, width, height))
    if cut is not None:
        anchor, shift = ("end", -5) if cut > (first + last) / 2 else ("start", 5)
        parts.append(
            f'<line x1="{x(cut)}" x2="{x(cut)}" y1="{_TOP - 6}" y2="{y(0)}" stroke="{CUT}" '
            f'stroke-width="2" stroke-dasharray="6 4"/>'
            f'<text x="{x(cut) + shift}" y="{_TOP + 2}" text-anchor="{anchor}" fill="{CUT}">{escape(words.cut)}</text>'
        )
    return Markup("".join(parts) + "</svg>")  # every text in it was escaped on the way


def opening(id_: str, words: Words, width: int, height: int) -> str:
    """The start of a drawing with its title and description."""
    return (
        f'<svg class="chart" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        f'aria-labelledby="{id_}-title {id_}-text" font-size="13" fill="{SOFT}">'
        f'<title id="{id_}-title">{escape(words.title)}</title>'
        f'<desc id="{id_}-text">{escape(words.description)}</desc>'
    )


def axis_names(words: Words, width: int, height: int) -> str:
    """The names of both axes."""
    middle = _LEFT + (width - _LEFT - _RIGHT) / 2
    return (
        f'<text x="{middle}" y="{height - 6}" text-anchor="middle">{escape(words.across)}</text>'
        f'<text x="12" y="{height / 2}" text-anchor="middle" transform="rotate(-90 12 {height / 2})">'
        f"{escape(words.up)}</text>"
    )


def whole_ticks(highest: int) -> list[int]:
    """0 and up to five round whole numbers, the last not below `highest` (nor below 1)."""
    step, scale = 1, 1
    while highest > 5 * step:
        step = next((m * scale for m in (1, 2, 5, 10) if 5 * m * scale >= highest), 10 * scale)
        scale *= 10
    count = max(1, -(-highest // step))
    return [step * n for n in range(count + 1)]


def _labelled(edges: Sequence[float]) -> list[float]:
    """Edges that have room for their number: at most eleven."""
    every = max(1, -(-(len(edges) - 1) // 10))
    return list(edges[::every])
