"""Drafts of every kind for the tests of exchange formats, drawn by Hypothesis, and pictures to put in them."""

from __future__ import annotations

import hashlib
import io
from decimal import Decimal

from hypothesis import strategies as st
from PIL import Image

from question_bank.formats.imports import derived_ids
from question_bank.questions.kinds import Kind
from question_bank.questions.model import Draft, Key, Part, Quantity, Question, content_hash, make_options


def picture(colour=(200, 0, 0), kind="PNG"):
    stream = io.BytesIO()
    Image.new("RGB", (8, 6), colour).save(stream, kind)
    return stream.getvalue()


PICTURE = picture()
DIGEST = hashlib.sha256(PICTURE).hexdigest()
PICTURES = {DIGEST: PICTURE}

_WORDS = st.text(
    st.sampled_from("甲乙丙丁安全消防abcXYZ 019，。：（）<>&\"'{}[]~=#:\\%/*-+!?;@|_"),
    min_size=1,
    max_size=24,
).map(lambda text: " ".join(text.split()).replace("__", "_") or "词")
_FORMULAS = st.sampled_from(
    [
        r"$x^2$",
        r"$\frac{a}{b}\le 3<4$",
        r"$$\sqrt{x+1}$$",
        r"$\text{合计}=5\%$",
        r"$$a & b$$",
        r"$\unknowncommand{x}$",
    ]
)
_PICTURES = st.just(f"![平面图](picture:{DIGEST})")
_TABLES = st.just("| 项目 | 数值 |\n|---|---|\n| $P$ | 3\\|4 |\n| 空 |  |")


@st.composite
def rich(draw, tables=True):
    """A text in our markup: lines of words, formulas, pictures, tables; canonical, as people write it."""
    lines = []
    for _ in range(draw(st.integers(1, 3))):
        if tables and draw(st.integers(0, 5)) == 0 and not (lines and lines[-1].startswith("|")):
            lines.append(draw(_TABLES))
            continue
        pieces = [
            draw(st.one_of(_WORDS, _WORDS, _WORDS, _FORMULAS, _PICTURES))
            for _ in range(draw(st.integers(1, 3)))
        ]
        lines.append("句" + "式".join(pieces).strip())
    return "\n".join(lines)


@st.composite
def plain(draw):
    return "题" + draw(_WORDS)


_NUMBERS = st.decimals(-(10**6), 10**6, places=3).map(lambda number: number + 0)
_CODES = st.sampled_from(["", "A-B-C-001", "B-A-012"])
_TAGS = st.lists(st.sampled_from(["医院", "学校", "kind:假", "a:b"]), unique=True, max_size=2).map(tuple)


@st.composite
def quantities(draw):
    unit = draw(st.sampled_from(["", "W", "m/s"]))
    return Quantity(
        draw(_NUMBERS),
        abs(draw(st.decimals(0, 10, places=2))),
        draw(st.booleans()),
        unit,
        (("kW", Decimal(1000)), ("三分", Decimal(3))) if unit == "W" and draw(st.booleans()) else (),
        bool(unit) and draw(st.booleans()),
    )


@st.composite
def asked(draw, kinds, text):
    """(kind, stem, options, numeric, key) of one question or part."""
    kind = draw(st.sampled_from(kinds))
    explanation = draw(st.one_of(st.just(""), text))
    stem = draw(text)
    if kind.has_options:
        contents = draw(st.lists(text, min_size=2, max_size=5, unique=True))
        options = make_options(contents, derived_ids(stem))
        least = 2 if kind is Kind.MULTIPLE else 1
        right = draw(
            st.sets(st.sampled_from(options), min_size=least, max_size=len(options) if least == 2 else 1)
        )
        return kind, stem, options, False, Key(frozenset(o.id for o in right), explanation=explanation)
    if kind is Kind.JUDGEMENT:
        return kind, stem, (), False, Key(truth=draw(st.booleans()), explanation=explanation)
    if kind is Kind.BLANK:
        count = draw(st.integers(1, 3))
        accepted = st.lists(plain(), min_size=1, max_size=3, unique=True).map(tuple)
        blanks = tuple(draw(accepted) for _ in range(count))
        order = ((0, 1),) if count > 1 and draw(st.booleans()) else ()
        return (
            kind,
            f"{stem}\n第" + "处____，".join([""] * count) + "处____。",
            (),
            False,
            Key(blanks=blanks, explanation=explanation, any_order=order),
        )
    if kind is Kind.CALCULATION and draw(st.booleans()):
        return (
            kind,
            stem,
            (),
            True,
            Key(
                quantity=draw(quantities()),
                explanation=explanation,
                model_answer=draw(st.one_of(st.just(""), text)),
            ),
        )
    return kind, stem, (), False, Key(model_answer=draw(text), explanation=explanation)


SIMPLE = tuple(kind for kind in Kind if kind not in (Kind.CASE, Kind.COMPOUND))


@st.composite
def drafts(draw, kinds=tuple(Kind), text=None, parts=True, number=0):
    text = rich() if text is None else text
    kind, stem, options, numeric, key = draw(asked(kinds, text))
    own_parts, answers = (), ()
    if parts and kind in (Kind.CASE, Kind.COMPOUND) and draw(st.booleans()):
        made = [draw(asked(SIMPLE, text)) for _ in range(draw(st.integers(1, 3)))]
        own_parts = tuple(Part(k, s, o, n, draw(st.integers(1, 5))) for k, s, o, n, _ in made)
        answers = tuple(one[4] for one in made)
        key = Key(explanation=key.explanation, parts=answers)
    material = draw(st.one_of(st.just(""), text))
    question = Question(
        kind,
        stem,
        options,
        draw(_CODES),
        draw(st.sampled_from([None, 1, 5])),
        draw(st.sampled_from([None, 3])),
        draw(st.sampled_from([(), ("《条例》第一条", "来源：乙；丙")])),
        draw(st.sampled_from(["", "见图 1"])),
        draw(_TAGS),
        material,
        draw(st.sampled_from(["", "S-1"])) if material else "",
        numeric,
        own_parts,
    )
    return Draft(
        question,
        key,
        draw(st.sampled_from(["", "三级/理论", "库 & 房"])),
        f"ID-{number}" if draw(st.booleans()) else "",
    )


@st.composite
def many(draw, **how):
    return [draw(drafts(number=number, **how)) for number in range(draw(st.integers(1, 4)))]


def meaning(draft):
    """What must come back: bank, ID and content."""
    return draft.bank, draft.external_id, content_hash(draft.question, draft.key)
