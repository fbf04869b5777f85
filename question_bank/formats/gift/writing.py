"""Write drafts as GIFT: content in its syntax, what it lacks in a comment before each question."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from decimal import Decimal

from question_bank.formats import html_writing
from question_bank.formats.drafting import decimal_text
from question_bank.formats.export import Written
from question_bank.formats.gift import reading
from question_bank.formats.gift.syntax import COMMENT, escaped
from question_bank.formats.imports import derived_ids
from question_bank.formats.limits import MIB, Limits
from question_bank.formats.media import suffix_of
from question_bank.formats.metadata import document_of
from question_bank.formats.moodle.reading import category_of
from question_bank.formats.moodle.writing import absolute_tolerance
from question_bank.formats.returns import examined
from question_bank.formats.rich import material_html
from question_bank.formats.xml_parts import writable
from question_bank.questions.kinds import Kind
from question_bank.questions.model import Draft

_OWN_LIMITS = Limits(file_bytes=1024 * MIB, rows=1_000_000)
_TYPES = {"png": "image/png", "jpg": "image/jpeg", "webp": "image/webp"}


def write(drafts: Sequence[Draft], pictures: Mapping[str, bytes]) -> Written:
    """GIFT of these drafts.  Those with parts or several blanks are not written, which is said in the problems."""
    pieces: list[str] = []
    bank = ""
    for draft in drafts:
        if why_not(draft):
            continue
        if draft.bank != bank:
            bank = draft.bank
            pieces.append(f"$CATEGORY: {category_of(bank)}\n\n")
        pieces.append(_question(draft, pictures))
    data = writable("".join(pieces)).encode() or b"\n"
    return examined(
        data,
        drafts,
        lambda written: reading.read("gift.txt", written, limits=_OWN_LIMITS, new_ids=derived_ids),
        held=why_not,
    )


def why_not(draft: Draft) -> str:
    """Why GIFT can't hold this draft; "" where it can."""
    question = draft.question
    if question.parts:
        return "GIFT 中没有带小题的题型。请改用 QTI。"
    if question.kind is Kind.BLANK and (question.blanks != 1 or len(draft.key.blanks) != 1):
        return "GIFT 的填空题只能有一个空。请改用 Moodle XML 或 QTI。"
    if question.numeric and draft.key.quantity is None:
        return "没有数值答案。"
    return ""


#: With one of these a text is more than words.
_MARKUP = ("$", "|", "![", "<", "&")


def _question(draft: Draft, pictures: Mapping[str, bytes]) -> str:
    key = draft.key
    document = document_of(draft, without=["bank", *_native(draft)])
    said = json.dumps(document, ensure_ascii=False, sort_keys=True)
    stem = _rich(draft.question.stem, pictures, draft.question.material, beside=key.explanation)
    explanation = f"\n\t####{_plain_or_html(key.explanation, pictures, stem)}" if key.explanation else ""
    title = escaped(" ".join((draft.external_id or draft.question.stem).split())[:40])
    return f"{COMMENT}{said}\n::{title}::{stem}{{{_answers(draft, pictures)}{explanation}\n}}\n\n"


def _native(draft: Draft) -> list[str]:
    quantity = draft.key.quantity
    plain = quantity and not (quantity.relative or quantity.unit or quantity.units or quantity.unit_required)
    return ["quantity"] if plain else []


def _answers(draft: Draft, pictures: Mapping[str, bytes]) -> str:
    question, key = draft.question, draft.key
    if question.kind.has_options:
        share = decimal_text(
            (Decimal(100) / max(len(key.options), 1)).quantize(Decimal("0.00001")).normalize()
        )
        marks = ("=", "~") if question.kind is Kind.SINGLE else (f"~%{share}%", "~%-100%")
        return "".join(
            f"\n\t{marks[option.id not in key.options]}{_rich(option.content, pictures)}"
            for option in question.options
        )
    if question.kind is Kind.JUDGEMENT:
        return "TRUE" if key.truth else "FALSE"
    if question.kind is Kind.BLANK:
        return "".join("\n\t=" + escaped(text.replace("*", "\\*")) for text in key.blanks[0])
    if key.quantity is not None:
        return f"#{key.quantity.value}:{absolute_tolerance(key.quantity)}"
    return ""


def _rich(text: str, pictures: Mapping[str, bytes], material: str = "", beside: str = "") -> str:
    """A text with its format mark: plain where it is one line of words, else HTML.  beside: what takes the same mark."""
    if not material and "\n" not in text and not any(m in text or m in beside for m in _MARKUP):
        return f"[plain]{escaped(text)}"
    return "[html]" + escaped(_html(text, pictures, material))


def _plain_or_html(text: str, pictures: Mapping[str, bytes], stem: str) -> str:
    """The general feedback, which takes the format of the stem."""
    return escaped(text if stem.startswith("[plain]") else _html(text, pictures, ""))


def _html(text: str, pictures: Mapping[str, bytes], material: str) -> str:
    def address(digest: str) -> str:
        content = pictures.get(digest)
        if content is None:
            return ""
        kind = _TYPES.get(suffix_of(content), "application/octet-stream")
        return f"data:{kind};base64,{base64.b64encode(content).decode()}"

    return material_html(material, address) + html_writing.blocks(text, address)
