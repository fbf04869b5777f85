"""Drafts and pictures made for one test."""

from __future__ import annotations

import hashlib
import io
import zipfile

from hypothesis import strategies as st
from PIL import Image

from question_bank.questions.kinds import Kind
from question_bank.questions.model import Draft, Key, Question, make_options


def png(colour: str = "red", size: tuple[int, int] = (30, 20)) -> bytes:
    """The bytes of a picture of one colour."""
    stream = io.BytesIO()
    Image.new("RGB", size, colour).save(stream, "PNG")
    return stream.getvalue()


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def with_part(data: bytes, part: str, content: bytes, packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    """An archive with one part replaced."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w", packing) as new:
        for name in old.namelist():
            new.writestr(name, content if name == part else old.read(name))
    return stream.getvalue()


def draft(kind: Kind = Kind.SINGLE, stem: str = "方针是什么？", **fields) -> Draft:
    """A draft of this kind with a key that fits; fields of Draft, Question and Key by their names."""
    options = make_options(fields.pop("contents", ["预防为主", "事后处理"] if kind.has_options else []))
    right = fields.pop("right", "A" if kind is Kind.SINGLE else "AB")
    about = {name: fields.pop(name) for name in ("bank", "external_id", "row") if name in fields}
    of_key = {
        name: fields.pop(name)
        for name in ("explanation", "truth", "blanks", "model_answer")
        if name in fields
    }
    key = Key(
        options=frozenset(options["ABCDEFGH".index(letter)].id for letter in right if options), **of_key
    )
    question = Question(kind, stem, options, **{"point": "A-B-A-001", "difficulty": 3, **fields})
    return Draft(question, key, **about)


#: Words as people write them: no outer spaces, no control characters, nothing that means something to a format.
WORDS = st.text(st.sampled_from("甲乙丙安全保卫abcXY129。，：；？%￥·“”《》-+=@*#"), min_size=1, max_size=24)
LINES = st.lists(WORDS, min_size=1, max_size=3).map("\n".join)


@st.composite
def drafts(draw: st.DrawFn) -> Draft:
    """A draft of a kind that tables and documents hold whole."""
    kind = draw(st.sampled_from([one for one in Kind if one not in (Kind.CASE, Kind.COMPOUND)]))
    scale = st.none() | st.integers(1, 5)
    fields = {"difficulty": draw(scale), "consistency": draw(scale), "stem": draw(LINES)}
    if kind.has_options:
        contents = draw(st.lists(LINES, min_size=2, max_size=6, unique=True))
        least = 1 if kind is Kind.SINGLE else 2
        places = st.lists(
            st.integers(0, len(contents) - 1),
            min_size=least,
            max_size=least if least == 1 else None,
            unique=True,
        )
        fields |= {"contents": contents, "right": "".join("ABCDEFGH"[place] for place in draw(places))}
    elif kind is Kind.JUDGEMENT:
        fields["truth"] = draw(st.booleans())
    elif kind is Kind.BLANK:
        answers = st.text(st.sampled_from("甲乙丙丁戊己"), min_size=1, max_size=4)
        blanks = draw(
            st.lists(
                st.lists(answers, min_size=1, max_size=2, unique=True).map(tuple), min_size=1, max_size=3
            )
        )
        fields["blanks"] = tuple(blanks)
        fields["stem"] = "____".join([draw(WORDS) for _ in range(len(blanks) + 1)])
    else:
        fields["model_answer"] = draw(LINES)
    return draft(kind, **fields)
