"""What a question says, and, in a type of its own, what the right response is.

`Question` is everything a candidate may see plus what the bank files it under.  `Key` is everything that would help a
candidate: the right response, the model answer and the explanation.  They travel and are stored apart.

Both turn into plain dictionaries (`as_document`, `…_from_document`) with a `schema` number; that is what a database
row or a file holds.  `content_hash` is over the meaning: option identities, which are random, don't enter it.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from question_bank.questions.kinds import Kind

#: Documents of schema 1 lack material, numeric, parts and what belongs to them in the key; they are read as well.
SCHEMA = 2
_READ = (1, 2)

#: Made once: json.dumps would make another for every question.
_CANONICAL = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))

#: How a blank is written in a stem.
BLANK_MARK = "____"


@dataclass(frozen=True, slots=True)
class Option:
    """One 选项.  `id` is random and says nothing of the order in which the author wrote the options."""

    id: str
    content: str


@dataclass(frozen=True, slots=True)
class Part:
    """小题: one sub-question of a 案例分析题 or 综合题, of a kind without parts of its own.

    share: its part of the whole question's points, against the shares of its sisters.
    """

    kind: Kind
    stem: str
    options: tuple[Option, ...] = ()
    numeric: bool = False
    share: int = 1

    @property
    def blanks(self) -> int:
        """How many blanks a 填空 part has; 0 for every other kind."""
        return self.stem.count(BLANK_MARK) if self.kind is Kind.BLANK else 0


@dataclass(frozen=True, slots=True)
class Question:
    """One version of a 试题 as its author wrote it, without its key.

    Texts (stem, options, material, stems of parts) are written in the small markup of `questions.markup`: plain text,
    `$formula$`, tables, pictures; plain text means itself.

    point: code of the 认定点 ("A-B-C-001").  difficulty, consistency: 1–5 or None where not given.
    sources: what the question rests on (law and article, standard, page), one string each.
    picture: free text of the workbook's 【图】及位置 column.  tags: industry tags, empty = general.
    material: text shown above the stem.  stimulus: code of the set of questions that share the material, "" = none.
    numeric: a 计算题 answered by a number with its unit, scored by machine; else its answer is a text that people mark.
    parts: sub-questions of 案例分析题 and 综合题; empty = answered by one text.
    """

    kind: Kind
    stem: str
    options: tuple[Option, ...] = ()
    point: str = ""
    difficulty: int | None = None
    consistency: int | None = None
    sources: tuple[str, ...] = ()
    picture: str = ""
    tags: tuple[str, ...] = ()
    material: str = ""
    stimulus: str = ""
    numeric: bool = False
    parts: tuple[Part, ...] = ()

    @property
    def blanks(self) -> int:
        """How many blanks a 填空题 has; 0 for every other kind."""
        return self.stem.count(BLANK_MARK) if self.kind is Kind.BLANK else 0


@dataclass(frozen=True, slots=True)
class Quantity:
    """The right number of a numeric 计算题.

    A response is right where |response − value| ≤ tolerance (of the value, where `relative`: 0.01 = 1 %), after its unit was
    turned into `unit`.  units: other accepted units, with how many of `unit` one of them is ("kW", 1000 beside "W").
    unit "" = a bare number.  unit_required: a number without any unit is wrong; else it is taken to be in `unit`.
    """

    value: Decimal
    tolerance: Decimal = Decimal(0)
    relative: bool = False
    unit: str = ""
    units: tuple[tuple[str, Decimal], ...] = ()
    unit_required: bool = False


@dataclass(frozen=True, slots=True)
class Key:
    """The right response to a question, and what explains it.

    options: ids of the right options (choice kinds).  truth: 判断.  blanks: for each blank the accepted texts.
    any_order: groups of blanks (places from 0) whose answers may stand in any order among themselves.
    quantity: of a numeric 计算.  parts: keys of the parts, in their order.
    model_answer: for kinds that people mark.  explanation: 解析.
    """

    options: frozenset[str] = frozenset()
    truth: bool | None = None
    blanks: tuple[tuple[str, ...], ...] = ()
    model_answer: str = ""
    explanation: str = ""
    any_order: tuple[tuple[int, ...], ...] = ()
    quantity: Quantity | None = None
    parts: tuple[Key, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """A question with its key on the way into a bank: what a reader of a file yields.

    bank: 题库名称 or "".  external_id: the ID of the file, unique only within a bank.  row: where it stood.
    """

    question: Question
    key: Key
    bank: str = ""
    external_id: str = ""
    sheet: str = ""
    row: int = 0
    notes: tuple[str, ...] = field(default=())


def random_option_id() -> str:
    """Eight hexadecimal digits from the system's randomness."""
    return secrets.token_hex(4)


def make_options(contents: list[str], new_id: Callable[[], str] = random_option_id) -> tuple[Option, ...]:
    """Options in the author's order, each with an id of its own."""
    ids = [new_id() for _ in contents]
    while len(set(ids)) < len(ids):  # two of one id: keep the first of each and draw anew
        distinct = list(dict.fromkeys(ids))
        ids = distinct + [new_id() for _ in range(len(ids) - len(distinct))]
    return tuple([Option(i, content) for i, content in zip(ids, contents, strict=True)])


def letter(index: int) -> str:
    """The letter printed before the option at this place: 0 → A."""
    return chr(ord("A") + index)


def question_as_document(question: Question) -> dict[str, Any]:
    """A JSON-ready dictionary from which `question_from_document` gives an equal question."""
    return {
        "schema": SCHEMA,
        "kind": question.kind.value,
        "stem": question.stem,
        "options": _options_as_list(question.options),
        "point": question.point,
        "difficulty": question.difficulty,
        "consistency": question.consistency,
        "sources": list(question.sources),
        "picture": question.picture,
        "tags": list(question.tags),
        "material": question.material,
        "stimulus": question.stimulus,
        "numeric": question.numeric,
        "parts": [
            {
                "kind": part.kind.value,
                "stem": part.stem,
                "options": _options_as_list(part.options),
                "numeric": part.numeric,
                "share": part.share,
            }
            for part in question.parts
        ],
    }


def question_from_document(document: dict[str, Any]) -> Question:
    """The question of a stored document.  ValueError where the schema is not one that this code reads."""
    _check_schema(document)
    return Question(
        kind=Kind(document["kind"]),
        stem=document["stem"],
        options=_options_from_list(document["options"]),
        point=document["point"],
        difficulty=document["difficulty"],
        consistency=document["consistency"],
        sources=tuple(document["sources"]),
        picture=document["picture"],
        tags=tuple(document["tags"]),
        material=document.get("material", ""),
        stimulus=document.get("stimulus", ""),
        numeric=document.get("numeric", False),
        parts=tuple(
            Part(
                Kind(part["kind"]),
                part["stem"],
                _options_from_list(part["options"]),
                part["numeric"],
                part["share"],
            )
            for part in document.get("parts", ())
        ),
    )


def key_as_document(key: Key) -> dict[str, Any]:
    """A JSON-ready dictionary from which `key_from_document` gives an equal key."""
    quantity = key.quantity
    return {
        "schema": SCHEMA,
        "options": sorted(key.options),
        "truth": key.truth,
        "blanks": [list(accepted) for accepted in key.blanks],
        "model_answer": key.model_answer,
        "explanation": key.explanation,
        "any_order": [list(group) for group in key.any_order],
        "quantity": None
        if quantity is None
        else {
            "value": str(quantity.value),
            "tolerance": str(quantity.tolerance),
            "relative": quantity.relative,
            "unit": quantity.unit,
            "units": [[unit, str(factor)] for unit, factor in quantity.units],
            "unit_required": quantity.unit_required,
        },
        "parts": [key_as_document(part) for part in key.parts],
    }


def key_from_document(document: dict[str, Any]) -> Key:
    """The key of a stored document.  ValueError where the schema is not one that this code reads."""
    _check_schema(document)
    quantity = document.get("quantity")
    return Key(
        options=frozenset(document["options"]),
        truth=document["truth"],
        blanks=tuple(tuple(accepted) for accepted in document["blanks"]),
        model_answer=document["model_answer"],
        explanation=document["explanation"],
        any_order=tuple(tuple(group) for group in document.get("any_order", ())),
        quantity=None
        if quantity is None
        else Quantity(
            Decimal(quantity["value"]),
            Decimal(quantity["tolerance"]),
            quantity["relative"],
            quantity["unit"],
            tuple((unit, Decimal(factor)) for unit, factor in quantity["units"]),
            quantity["unit_required"],
        ),
        parts=tuple(key_from_document(part) for part in document.get("parts", ())),
    )


def content_hash(question: Question, key: Key) -> str:
    """SHA-256 over the meaning of question and key: equal for the same content under other option ids.

    What a question does not have (no parts, no material) does not enter, so that a field that is added later leaves the
    hashes of questions without it as they are.
    """
    document = question_as_document(question)
    answer = key_as_document(key)
    _without_ids(document, answer)
    for part, part_answer in zip(document["parts"], answer["parts"], strict=False):
        _without_ids(part, part_answer)
    return canonical_hash({"question": _meant(document), "key": _meant(answer)})


def _without_ids(document: dict[str, Any], answer: dict[str, Any]) -> None:
    """Options by their contents, right options by their places."""
    places = {option["id"]: index for index, option in enumerate(document["options"])}
    document["options"] = [option["content"] for option in document["options"]]
    answer["options"] = sorted(places[i] for i in answer["options"])


def _meant(document: dict[str, Any]) -> dict[str, Any]:
    """The document without its schema number and without what is empty."""
    found: dict[str, Any] = {}
    for name, value in document.items():
        if name == "parts":
            value = [_meant(part) for part in value]
        if name != "schema" and value not in ("", None, [], {}) and not (name == "numeric" and not value):
            found[name] = value
    return found


def canonical_json(value: object) -> str:
    """The one spelling of a JSON value that is hashed: sorted keys, no spaces, Unicode as it is."""
    return _CANONICAL.encode(value)


def canonical_hash(value: object) -> str:
    """SHA-256, in hexadecimal, of the canonical JSON of a value."""
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()


def _check_schema(document: dict[str, Any]) -> None:
    if document.get("schema") not in _READ:
        raise ValueError(f"question document of schema {document.get('schema')!r}; this code reads {_READ}")


def _options_as_list(options: tuple[Option, ...]) -> list[dict[str, str]]:
    return [{"id": option.id, "content": option.content} for option in options]


def _options_from_list(documents: list[dict[str, str]]) -> tuple[Option, ...]:
    return tuple(Option(o["id"], o["content"]) for o in documents)
