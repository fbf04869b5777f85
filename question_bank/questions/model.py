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
from typing import Any

from question_bank.questions.kinds import Kind

SCHEMA = 1

#: How a blank is written in a stem.
BLANK_MARK = "____"


@dataclass(frozen=True, slots=True)
class Option:
    """One 选项.  `id` is random and says nothing of the order in which the author wrote the options."""

    id: str
    content: str


@dataclass(frozen=True, slots=True)
class Question:
    """One version of a 试题 as its author wrote it, without its key.

    point: code of the 认定点 ("A-B-C-001").  difficulty, consistency: 1–5 or None where not given.
    sources: what the question rests on (law and article, standard, page), one string each.
    picture: free text of the workbook's 【图】及位置 column.  tags: industry tags, empty = general.
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

    @property
    def blanks(self) -> int:
        """How many blanks a 填空题 has; 0 for every other kind."""
        return self.stem.count(BLANK_MARK) if self.kind is Kind.BLANK else 0


@dataclass(frozen=True, slots=True)
class Key:
    """The right response to a question, and what explains it.

    options: ids of the right options (choice kinds).  truth: 判断.  blanks: for each blank the accepted texts.
    model_answer: for kinds that people mark.  explanation: 解析.
    """

    options: frozenset[str] = frozenset()
    truth: bool | None = None
    blanks: tuple[tuple[str, ...], ...] = ()
    model_answer: str = ""
    explanation: str = ""


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
    ids: list[str] = []
    while len(ids) < len(contents):
        candidate = new_id()
        if candidate not in ids:
            ids.append(candidate)
    return tuple(Option(i, content) for i, content in zip(ids, contents, strict=True))


def letter(index: int) -> str:
    """The letter printed before the option at this place: 0 → A."""
    return chr(ord("A") + index)


def question_as_document(question: Question) -> dict[str, Any]:
    """A JSON-ready dictionary from which `question_from_document` gives an equal question."""
    return {
        "schema": SCHEMA,
        "kind": question.kind.value,
        "stem": question.stem,
        "options": [{"id": option.id, "content": option.content} for option in question.options],
        "point": question.point,
        "difficulty": question.difficulty,
        "consistency": question.consistency,
        "sources": list(question.sources),
        "picture": question.picture,
        "tags": list(question.tags),
    }


def question_from_document(document: dict[str, Any]) -> Question:
    """The question of a stored document.  ValueError where the schema is not one that this code reads."""
    _check_schema(document)
    return Question(
        kind=Kind(document["kind"]),
        stem=document["stem"],
        options=tuple(Option(o["id"], o["content"]) for o in document["options"]),
        point=document["point"],
        difficulty=document["difficulty"],
        consistency=document["consistency"],
        sources=tuple(document["sources"]),
        picture=document["picture"],
        tags=tuple(document["tags"]),
    )


def key_as_document(key: Key) -> dict[str, Any]:
    """A JSON-ready dictionary from which `key_from_document` gives an equal key."""
    return {
        "schema": SCHEMA,
        "options": sorted(key.options),
        "truth": key.truth,
        "blanks": [list(accepted) for accepted in key.blanks],
        "model_answer": key.model_answer,
        "explanation": key.explanation,
    }


def key_from_document(document: dict[str, Any]) -> Key:
    """The key of a stored document.  ValueError where the schema is not one that this code reads."""
    _check_schema(document)
    return Key(
        options=frozenset(document["options"]),
        truth=document["truth"],
        blanks=tuple(tuple(accepted) for accepted in document["blanks"]),
        model_answer=document["model_answer"],
        explanation=document["explanation"],
    )


def content_hash(question: Question, key: Key) -> str:
    """SHA-256 over the meaning of question and key: equal for the same content under other option ids."""
    places = {option.id: index for index, option in enumerate(question.options)}
    document = question_as_document(question)
    document["options"] = [option.content for option in question.options]
    answer = key_as_document(key)
    answer["options"] = sorted(places[i] for i in key.options)
    return canonical_hash({"question": document, "key": answer})


def canonical_json(value: object) -> str:
    """The one spelling of a JSON value that is hashed: sorted keys, no spaces, Unicode as it is."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def canonical_hash(value: object) -> str:
    """SHA-256, in hexadecimal, of the canonical JSON of a value."""
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()


def _check_schema(document: dict[str, Any]) -> None:
    if document.get("schema") != SCHEMA:
        raise ValueError(f"question document of schema {document.get('schema')!r}; this code reads {SCHEMA}")
