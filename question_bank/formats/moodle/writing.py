"""Write drafts as Moodle XML: content in Moodle's own elements, what Moodle lacks in tags, pictures beside their texts."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from html import escape as _escape

from question_bank.formats import html_writing
from question_bank.formats.drafting import decimal_text
from question_bank.formats.export import Written
from question_bank.formats.imports import derived_ids
from question_bank.formats.limits import MIB, Limits
from question_bank.formats.media import suffix_of
from question_bank.formats.metadata import as_tags, document_of
from question_bank.formats.moodle import cloze, reading
from question_bank.formats.returns import examined
from question_bank.formats.rich import material_html
from question_bank.formats.xml_parts import writable
from question_bank.questions.kinds import Kind
from question_bank.questions.model import BLANK_MARK, Draft, Quantity

_OWN_LIMITS = Limits(file_bytes=1024 * MIB, rows=1_000_000)


def write(drafts: Sequence[Draft], pictures: Mapping[str, bytes]) -> Written:
    """Moodle XML of these drafts.  Those with parts are not written, which is said in the problems."""
    pieces = ['<?xml version="1.0" encoding="UTF-8"?>\n<quiz>\n']
    bank = ""
    for draft in drafts:
        if why_not(draft):
            continue
        if draft.bank != bank:
            bank = draft.bank
            path = f"<category><text>{escape(reading.category_of(bank))}</text></category>"
            pieces.append(f'<question type="category">{path}</question>\n')
        pieces.append(_question(draft, pictures))
    data = "".join([*pieces, "</quiz>\n"]).encode()
    return examined(
        data,
        drafts,
        lambda written: reading.read("moodle.xml", written, limits=_OWN_LIMITS, new_ids=derived_ids),
        held=why_not,
    )


def why_not(draft: Draft) -> str:
    """Why Moodle can't hold this draft; "" where it can."""
    if draft.question.parts:
        return "Moodle XML 中没有带小题的题型。请改用 QTI。"
    if draft.question.numeric and draft.key.quantity is None:
        return "没有数值答案。"
    return ""


def escape(text: str) -> str:
    return _escape(writable(text), quote=False)


class _Texts:
    """Writes rich texts with the files that they name."""

    def __init__(self, pictures: Mapping[str, bytes]) -> None:
        self._pictures = pictures
        self._named: dict[str, bytes] = {}

    def address(self, digest: str) -> str:
        content = self._pictures.get(digest)
        if content is None:
            return ""
        name = f"{digest}.{suffix_of(content) or 'bin'}"
        self._named[name] = content
        return f"@@PLUGINFILE@@/{name}"

    def rich(self, tag: str, html: str, rest: str = "", attributes: str = "") -> str:
        """An element with a text and its files.  The HTML was written with `address` just before."""
        files = "".join(
            f'<file name="{name}" path="/" encoding="base64">{base64.b64encode(content).decode()}</file>'
            for name, content in self._named.items()
        )
        self._named = {}
        return f'<{tag}{attributes} format="html"><text>{escape(html)}</text>{files}{rest}</{tag}>'


def _question(draft: Draft, pictures: Mapping[str, bytes]) -> str:
    question, key = draft.question, draft.key
    texts = _Texts(pictures)
    kind, body = _body(draft, texts)
    accepted = iter(key.blanks if kind == "cloze" else ())
    stem = html_writing.blocks(
        question.stem,
        texts.address,
        (lambda words: _with_codes(words, accepted)) if kind == "cloze" else None,
    )
    shown = material_html(question.material, texts.address) + stem
    tags = as_tags(document_of(draft, without=_native(draft)))
    return "".join(
        [
            f'<question type="{kind}">',
            f"<name><text>{escape(_title(draft))}</text></name>",
            texts.rich("questiontext", shown),
            texts.rich("generalfeedback", html_writing.to_html(key.explanation, texts.address)),
            "<defaultgrade>1</defaultgrade><hidden>0</hidden>",
            f"<idnumber>{escape(draft.external_id)}</idnumber>",
            texts.rich("graderinfo", html_writing.to_html(key.model_answer, texts.address))
            if key.model_answer
            else "",
            body,
            "<tags>" + "".join(f"<tag><text>{escape(tag)}</text></tag>" for tag in tags) + "</tags>",
            "</question>\n",
        ]
    )


def _body(draft: Draft, texts: _Texts) -> tuple[str, str]:
    """Moodle's type, and the elements that belong to it."""
    question, key = draft.question, draft.key
    if question.kind.has_options:
        is_single = question.kind is Kind.SINGLE
        share = Decimal(100) / max(len(key.options), 1)
        right = "100" if is_single else decimal_text(share.quantize(Decimal("0.00001")).normalize())
        wrong = "0" if is_single else "-100"
        answers = "".join(
            texts.rich(
                "answer",
                html_writing.to_html(option.content, texts.address),
                attributes=f' fraction="{right if option.id in key.options else wrong}"',
            )
            for option in question.options
        )
        single = f"<single>{str(is_single).lower()}</single><shuffleanswers>1</shuffleanswers>"
        return "multichoice", f"{single}<answernumbering>ABCD</answernumbering>{answers}"
    if question.kind is Kind.JUDGEMENT:
        return "truefalse", "".join(
            f'<answer fraction="{100 if key.truth is truth else 0}"><text>{str(truth).lower()}</text></answer>'
            for truth in (True, False)
        )
    if question.kind is Kind.BLANK:
        if question.blanks != 1 or len(key.blanks) != 1:
            return "cloze", ""
        answers = "".join(_answer(text.replace("*", "\\*")) for text in key.blanks[0])
        return "shortanswer", f"<usecase>0</usecase>{answers}"
    if key.quantity is not None:
        return "numerical", _number(key.quantity)
    return "essay", (
        "<responseformat>editor</responseformat><responserequired>1</responserequired>"
        "<responsefieldlines>15</responsefieldlines><attachments>0</attachments>"
        "<attachmentsrequired>0</attachmentsrequired>"
    )


def _answer(text: str, rest: str = "") -> str:
    return f'<answer fraction="100"><text>{escape(text)}</text>{rest}</answer>'


def _number(quantity: Quantity) -> str:
    answer = _answer(str(quantity.value), f"<tolerance>{absolute_tolerance(quantity)}</tolerance>")
    named = [(quantity.unit, Decimal(1)), *quantity.units] if quantity.unit else list(quantity.units)
    units = "".join(
        f"<unit><multiplier>{1 / factor}</multiplier><unit_name>{escape(unit)}</unit_name></unit>"
        for unit, factor in named
    )
    grading = "1" if quantity.unit_required else "0"
    return (
        f"{answer}<units>{units}</units><unitgradingtype>{grading}</unitgradingtype>"
        f"<unitpenalty>{grading}</unitpenalty><showunits>{'0' if named else '3'}</showunits><unitsleft>0</unitsleft>"
    )


def absolute_tolerance(quantity: Quantity) -> Decimal:
    """How far a response may be from the value, in its unit."""
    return abs(quantity.value) * quantity.tolerance if quantity.relative else quantity.tolerance


def _with_codes(words: str, accepted: Iterator[Sequence[str]]) -> str:
    first, *rest = words.split(BLANK_MARK)
    pieces = [html_writing.plain(first)]
    for part in rest:
        pieces += [cloze.code(next(accepted, ())), html_writing.plain(part)]
    return "".join(pieces)


def _native(draft: Draft) -> list[str]:
    """What Moodle has a place for.  The quantity travels beside it only where its own elements would not say it all."""
    native = ["bank", "external_id", "model_answer"]
    kind, quantity = draft.question.kind, draft.key.quantity
    if kind in (Kind.MULTIPLE, Kind.BLANK, Kind.CALCULATION) and (quantity or kind is not Kind.CALCULATION):
        native.append("kind")
    if quantity and not (
        quantity.relative or quantity.units or (quantity.unit_required and not quantity.unit)
    ):
        native.append("quantity")
    return native


def _title(draft: Draft) -> str:
    shown = " ".join(draft.question.stem.split())[:60]
    return f"{draft.external_id} {shown}".strip() or "试题"
