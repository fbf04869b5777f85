"""Pictures in drafts: how a text names one, which a draft names, and what kind of picture some bytes are."""

from __future__ import annotations

import hashlib
import io
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from PIL import Image

from question_bank.problems import Place, Problem, Severity
from question_bank.questions.model import Draft, Key, Option, Part, Question

#: `![alternative text](picture:SHA256)`, as in `questions.markup`.
REFERENCE = re.compile(r"!\[([^\[\]\n]*)\]\(picture:([0-9a-f]{64})\)")
DEFAULT_ALTERNATIVE = "图"

#: So large may one picture be, in bytes; a file's own limit bounds them all together.
LARGEST = 2 * 1024 * 1024
LONGEST_SIDE = 2_000
_KEPT = ("png", "jpeg", "webp")

_MAGIC = {
    b"\x89PNG\r\n\x1a\n": "png",
    b"\xff\xd8\xff": "jpeg",
    b"GIF8": "gif",
    b"BM": "bmp",
}


def reference(digest: str, alternative: str = "") -> str:
    """How a text names the picture of this digest; the alternative text is made fit for a name."""
    plain = re.sub(r"[\[\]\s]+", " ", alternative).strip()[:200]
    return reference_as_is(plain or DEFAULT_ALTERNATIVE, digest)


def digest_of(data: bytes) -> str:
    """SHA-256 of a picture's bytes, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def kind_of(data: bytes) -> str:
    """png, jpeg, gif, bmp or webp by the first bytes; "" where it is none of these."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    return next((kind for magic, kind in _MAGIC.items() if data.startswith(magic)), "")


def fault_of(data: bytes) -> str:
    """Why these bytes can't be kept as a picture, as a sentence; "" where they can."""
    kind = kind_of(data)
    if kind not in _KEPT:
        named = {"gif": "GIF", "bmp": "BMP"}.get(kind, "不能识别的格式（如 EMF、WMF）")
        return f"图片是{named}，只能收 PNG、JPEG、WebP。请另存为 PNG 后重新插入。"
    if len(data) > LARGEST:
        return f"图片超过 {LARGEST // 1024 // 1024} MB。请压缩后重新插入。"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of its size, which is looked at next
            with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP")) as image:
                width, height = image.size
    except Exception:  # the library fails in many ways on what is no picture
        return "图片已损坏。请重新插入。"
    if max(width, height) > LONGEST_SIDE:
        return f"图片有 {width} × {height} 像素，超过 {LONGEST_SIDE} 像素。请缩小后重新插入。"
    return ""


def texts_of(draft: Draft) -> Iterator[str]:
    """Every text of a draft that may name a picture."""
    yield from _of_question(draft.question)
    yield from _of_key(draft.key)


def _of_question(one: Question | Part) -> Iterator[str]:
    yield one.stem
    for option in one.options:
        yield option.content
    if isinstance(one, Question):
        yield one.material
        for part in one.parts:
            yield from _of_question(part)


def _of_key(key: Key) -> Iterator[str]:
    yield key.model_answer
    yield key.explanation
    for part in key.parts:
        yield from _of_key(part)


def named_in(texts: Sequence[str] | Iterator[str]) -> tuple[str, ...]:
    """The digests that these texts name, each once, in order."""
    return tuple(
        dict.fromkeys(
            match[2] for text in texts if "](picture:" in text for match in REFERENCE.finditer(text)
        )
    )


def named_by(draft: Draft) -> tuple[str, ...]:
    """The digests that a draft names, each once, in the order of its texts."""
    return named_in(texts_of(draft))


def renamed(draft: Draft, names: Mapping[str, str]) -> Draft:
    """The draft with its pictures under other digests: old by new."""

    def text(one: str) -> str:
        if "](picture:" not in one:
            return one
        return REFERENCE.sub(lambda match: reference_as_is(match[1], names.get(match[2], match[2])), one)

    def options(some: tuple[Option, ...]) -> tuple[Option, ...]:
        return tuple(replace(option, content=text(option.content)) for option in some)

    def key(one: Key) -> Key:
        return replace(
            one,
            model_answer=text(one.model_answer),
            explanation=text(one.explanation),
            parts=tuple(map(key, one.parts)),
        )

    question = draft.question
    return replace(
        draft,
        question=replace(
            question,
            stem=text(question.stem),
            material=text(question.material),
            options=options(question.options),
            parts=tuple(
                replace(part, stem=text(part.stem), options=options(part.options)) for part in question.parts
            ),
        ),
        key=key(draft.key),
    )


def reference_as_is(alternative: str, digest: str) -> str:
    """The name of a picture with an alternative text that is in order already."""
    return f"![{alternative}](picture:{digest})"


def not_written(drafts: Sequence[Draft], format_name: str) -> tuple[Problem, ...]:
    """A warning for each draft with a picture, for a format that has no place for pictures."""
    return tuple(
        Problem(
            Place(None, number),
            "picture-not-held",
            f"试题 {draft.external_id or number}：{format_name}不能存放图片，只写入了图片的编号。",
            Severity.WARNING,
        )
        for number, draft in enumerate(drafts, start=1)
        if named_by(draft)
    )
