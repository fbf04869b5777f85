"""What drafts have and other systems have no place for: as a JSON document, or as tags `point:A-B-C-001`; and back.

Reading is lenient: whatever is not of its shape is as if it were absent, for people edit these texts elsewhere.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any

from question_bank.questions.kinds import Kind
from question_bank.questions.model import Draft, Key, Quantity, Question

_LONGEST_TEXT = 20_000
_MOST = 200
_TEXTS = ("point", "picture", "stimulus", "bank", "external_id", "model_answer", "explanation", "material")
_PREFIXES = {
    "kind": "kind",
    "point": "point",
    "difficulty": "difficulty",
    "consistency": "consistency",
    "source": "sources",
    "figure": "picture",
    "stimulus": "stimulus",
    "industry": "tags",
    "order": "any_order",
    "quantity": "quantity",
}


@dataclass(frozen=True, slots=True)
class Metadata:
    """What travelled beside a question.  None and "" = nothing was said."""

    kind: Kind | None = None
    point: str = ""
    difficulty: int | None = None
    consistency: int | None = None
    sources: tuple[str, ...] = ()
    picture: str = ""
    tags: tuple[str, ...] = ()
    stimulus: str = ""
    bank: str = ""
    external_id: str = ""
    model_answer: str = ""
    explanation: str = ""
    material: str = ""
    any_order: tuple[tuple[int, ...], ...] = ()
    quantity: Quantity | None = None
    share: int = 1
    parts: tuple[Metadata, ...] = ()

    def order_for(self, blanks: int) -> tuple[tuple[int, ...], ...]:
        """The groups of blanks in any order, where they fit a stem with so many blanks."""
        places = [place for group in self.any_order for place in group]
        fits = len(set(places)) == len(places) and all(0 <= place < blanks for place in places)
        return self.any_order if fits else ()

    def quantity_for(self, native: Quantity) -> Quantity:
        """What travelled beside the number, unless the number was changed since; else the number as it was read."""
        beside = self.quantity
        return beside if beside is not None and beside.value == native.value else native

    def filed(self, question: Question) -> Question:
        """The question with what the bank files it under."""
        return replace(
            question,
            point=self.point,
            difficulty=self.difficulty,
            consistency=self.consistency,
            sources=self.sources,
            picture=self.picture,
            tags=self.tags,
            stimulus=self.stimulus,
        )


def document_of(draft: Draft, without: Iterable[str] = ()) -> dict[str, Any]:
    """A JSON-ready dictionary of what is not empty.  without: names that the format has a place for."""
    question, key = draft.question, draft.key
    found: dict[str, Any] = {
        "kind": question.kind.value,
        "point": question.point,
        "difficulty": question.difficulty,
        "consistency": question.consistency,
        "sources": list(question.sources),
        "picture": question.picture,
        "tags": list(question.tags),
        "stimulus": question.stimulus,
        "bank": draft.bank,
        "external_id": draft.external_id,
        "model_answer": key.model_answer,
        **_answering(key),
        "parts": [
            {"kind": part.kind.value, "share": part.share, **_answering(answer)}
            for part, answer in zip(question.parts, key.parts, strict=False)
        ],
    }
    left = set(without)
    return {name: value for name, value in found.items() if value not in ("", None, []) and name not in left}


def _answering(key: Key) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if key.any_order:
        found["any_order"] = [list(group) for group in key.any_order]
    if key.quantity:
        found["quantity"] = quantity_document(key.quantity)
    return found


def quantity_document(quantity: Quantity) -> dict[str, Any]:
    """A quantity as JSON, as key documents hold it."""
    return {
        "value": str(quantity.value),
        "tolerance": str(quantity.tolerance),
        "relative": quantity.relative,
        "unit": quantity.unit,
        "units": [[unit, str(factor)] for unit, factor in quantity.units],
        "unit_required": quantity.unit_required,
    }


def from_document(document: Any, *, is_part: bool = False) -> Metadata:
    """The metadata of a JSON document, of whatever shape it is."""
    if not isinstance(document, Mapping):
        return Metadata()
    texts = {name: _text(document.get(name)) for name in _TEXTS}
    parts = document.get("parts")
    share = document.get("share")
    return Metadata(
        kind=_kind(document.get("kind")),
        difficulty=_scale(document.get("difficulty")),
        consistency=_scale(document.get("consistency")),
        sources=_texts(document.get("sources")),
        tags=_texts(document.get("tags")),
        any_order=_order(document.get("any_order")),
        quantity=_quantity(document.get("quantity")),
        share=share if isinstance(share, int) and not isinstance(share, bool) and 0 < share <= 1000 else 1,
        parts=tuple(from_document(part, is_part=True) for part in parts[:_MOST])
        if isinstance(parts, list) and not is_part
        else (),
        **texts,
    )


def as_tags(document: Mapping[str, Any]) -> list[str]:
    """The document as tags; industry tags stand as they are unless they look like one of ours."""
    found: list[str] = []
    for prefix, name in _PREFIXES.items():
        value = document.get(name)
        if value in (None, "", []):
            continue
        if name == "tags":
            found.extend(
                f"industry:{tag}" if tag.partition(":")[0] in _PREFIXES and ":" in tag else tag
                for tag in document[name]
            )
        elif name == "sources":
            found.extend(f"{prefix}:{source}" for source in document[name])
        elif name in ("any_order", "quantity"):
            found.append(f"{prefix}:{json.dumps(value, ensure_ascii=False, separators=(',', ':'))}")
        else:
            found.append(f"{prefix}:{value}")
    return found


def from_tags(tags: Iterable[str]) -> Metadata:
    """The metadata of tags; those without one of our prefixes are industry tags."""
    document: dict[str, Any] = {"tags": [], "sources": []}
    for tag in list(tags)[:_MOST]:
        prefix, mark, rest = tag.strip().partition(":")
        name = _PREFIXES.get(prefix) if mark else None
        if name is None:
            document["tags"].append(tag.strip())
        elif name in ("tags", "sources"):
            document[name].append(rest)
        elif name in ("difficulty", "consistency"):
            document[name] = int(rest) if rest in ("1", "2", "3", "4", "5") else None
        elif name in ("any_order", "quantity"):
            document[name] = parsed_json(rest)
        else:
            document[name] = rest
    document["tags"] = [tag for tag in document["tags"] if tag]
    return from_document(document)


def parsed_json(text: str) -> Any:
    """The value of a JSON text; None where it is none."""
    if len(text) > 10 * _LONGEST_TEXT:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _text(value: Any) -> str:
    return value if isinstance(value, str) and len(value) <= _LONGEST_TEXT else ""


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        return ()
    return tuple(text for text in value[:_MOST] if isinstance(text, str) and text and len(text) <= 2_000)


def _kind(value: Any) -> Kind | None:
    return Kind(value) if isinstance(value, str) and value in list(Kind) else None


def _scale(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 5 else None


def _order(value: Any) -> tuple[tuple[int, ...], ...]:
    if not isinstance(value, list) or not all(
        isinstance(group, list) and all(type(place) is int for place in group) for group in value
    ):
        return ()
    return tuple(tuple(group) for group in value[:_MOST])


def _quantity(value: Any) -> Quantity | None:
    if not isinstance(value, Mapping):
        return None
    number, tolerance = decimal(value.get("value")), decimal(value.get("tolerance", "0"))
    units = value.get("units", [])
    if number is None or tolerance is None or tolerance < 0 or not isinstance(units, list):
        return None
    factors: list[tuple[str, Decimal]] = []
    for pair in units[:_MOST]:
        factor = decimal(pair[1]) if isinstance(pair, list) and len(pair) == 2 else None
        if factor is None or factor <= 0 or not isinstance(pair[0], str):
            return None
        factors.append((pair[0], factor))
    return Quantity(
        number,
        tolerance,
        value.get("relative") is True,
        _text(value.get("unit")),
        tuple(factors),
        value.get("unit_required") is True,
    )


def decimal(value: Any) -> Decimal | None:
    """A finite number of sensible size from its text; None where it is none."""
    if not isinstance(value, str) or len(value) > 100 or "_" in value:
        return None
    try:
        number = Decimal(value.strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() and -100 < number.adjusted() < 100 else None
