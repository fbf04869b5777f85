"""A question's figures over its sittings, drawn on the server: attributes only, under the strictest content policy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

WIDTH, HEIGHT = 640, 200
_LEFT, _TOP, _RIGHT, _BOTTOM = 44, 14, 16, 30
INK, SOFT, LINE, RIGHT, TOLD = "#17233a", "#4a5870", "#d6dce7", "#1a3f78", "#7a4d00"


@dataclass(frozen=True, slots=True)
class Point:
    """One sitting, oldest first.  right: proportion right, 0–1.  told: discrimination, −1–1.  None = not worked out."""

    title: str
    right: float | None
    told: float | None


def drawing(points: Sequence[Point], title: str, description: str) -> Markup:
    """Proportion right (filled circles, whole line) and discrimination (squares, broken line) from −0.2 to 1."""
    lowest, highest = -0.2, 1.0
    inner_width, inner_height = WIDTH - _LEFT - _RIGHT, HEIGHT - _TOP - _BOTTOM

    def x(place: int) -> float:
        return round(_LEFT + inner_width * (place + 0.5) / max(len(points), 1), 1)

    def y(value: float) -> float:
        clipped = min(max(value, lowest), highest)
        return round(_TOP + inner_height * (highest - clipped) / (highest - lowest), 1)

    parts = [
        f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-labelledby="trend-title trend-text">'
        f'<title id="trend-title">{escape(title)}</title><desc id="trend-text">{escape(description)}</desc>'
    ]
    for tick in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0):
        parts.append(
            f'<line x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y(tick)}" y2="{y(tick)}" stroke="{LINE}"/>'
            f'<text x="{_LEFT - 8}" y="{y(tick) + 4}" text-anchor="end" font-size="12" fill="{SOFT}">{tick:.1f}</text>'
        )
    rights = [(x(n), y(p.right)) for n, p in enumerate(points) if p.right is not None]
    tolds = [(x(n), y(p.told)) for n, p in enumerate(points) if p.told is not None]
    parts.append(_line(rights, RIGHT, ""))
    parts.append(_line(tolds, TOLD, ' stroke-dasharray="5 4"'))
    parts.extend(f'<circle cx="{cx}" cy="{cy}" r="4.5" fill="{RIGHT}"/>' for cx, cy in rights)
    parts.extend(
        f'<rect x="{round(cx - 4, 1)}" y="{round(cy - 4, 1)}" width="8" height="8" fill="#ffffff" stroke="{TOLD}" '
        'stroke-width="2"/>'
        for cx, cy in tolds
    )
    if len(points) <= 12:
        parts.extend(
            f'<text x="{x(n)}" y="{HEIGHT - 10}" text-anchor="middle" font-size="12" fill="{INK}">{n + 1}</text>'
            for n in range(len(points))
        )
    parts.append("</svg>")
    return Markup("".join(parts))  # every text above is escaped


def _line(places: Sequence[tuple[float, float]], ink: str, dashes: str) -> str:
    if len(places) < 2:
        return ""
    joined = " ".join(f"{x},{y}" for x, y in places)
    return f'<polyline points="{joined}" fill="none" stroke="{ink}" stroke-width="2"{dashes}/>'
