"""Read GIFT: every block gets a number and a fate, `$CATEGORY` lines become banks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from question_bank.formats import drafting
from question_bank.formats.drafting import Asked
from question_bank.formats.gathering import Gathering, Item
from question_bank.formats.gift import syntax
from question_bank.formats.imports import Import, OptionIds, random_ids
from question_bank.formats.limits import DEFAULT_LIMITS, Limits
from question_bank.formats.media import Media
from question_bank.formats.metadata import Metadata, decimal, from_document, parsed_json
from question_bank.formats.moodle.questions import one_blank
from question_bank.formats.moodle.reading import category
from question_bank.formats.plain_text import lines_of
from question_bank.formats.rich import as_html, formatted, with_material
from question_bank.formats.soundness import MOST_ACCEPTED
from question_bank.formats.unsupported import Unsupported
from question_bank.outlines.tree import Outline
from question_bank.questions.model import BLANK_MARK, Quantity

_TRUTH = re.compile(r"(T|TRUE|F|FALSE)\s*(?:#.*)?", re.DOTALL | re.IGNORECASE)
_RANGE = re.compile(r"\s*(-?[\d.]+)\s*\.\.\s*(-?[\d.]+)\s*")
_NOTED = re.compile(r"\[(id|tag):((?:\\\]|[^\]])*)\]")
_PARTIAL = "部分得分或扣分的设定未保留：本题按全对得分导入。"
_FULL = 99.9


def read(
    name: str,
    data: bytes,
    *,
    bank: str | None = None,
    outline: Outline | None = None,
    limits: Limits = DEFAULT_LIMITS,
    new_ids: OptionIds = random_ids,
) -> Import:
    """The questions of a GIFT file.  Raises Unreadable where it is no text."""
    lines = lines_of(name, data, limits)
    gathering = Gathering(name, data, bank=bank, outline=outline, limits=limits, new_ids=new_ids)
    own_bank = ""
    own_tags: tuple[str, ...] = ()
    for block in syntax.blocks(lines):
        if block.text.startswith("$CATEGORY:"):
            path = block.text.removeprefix("$CATEGORY:").strip()
            item = gathering.item(name, "分类")
            item.title = path
            own_bank, own_tags = category(path)
            gathering.used(item)
            continue
        said = _said(block.comments)
        item = gathering.item(name, "GIFT 试题", said.external_id, block.text)
        item.bank, item.title = own_bank, block.text[:200]
        one = _Block(item, gathering.media, said, gathering.option_ids(item))
        try:
            asked = one.asked(block.text)
        except Unsupported as reason:
            gathering.quarantine(item, reason)
            continue
        said = replace(said, tags=tuple(dict.fromkeys([*said.tags, *own_tags])))
        key = replace(asked.key, model_answer=said.model_answer or asked.key.model_answer)
        gathering.accept(item, said.filed(asked.as_question(one.material)), key)
    return gathering.close()


def _said(comments: tuple[str, ...]) -> Metadata:
    said = Metadata()
    for comment in comments:
        if comment.startswith(syntax.COMMENT.strip()):
            said = from_document(parsed_json(comment.removeprefix(syntax.COMMENT.strip())))
        elif found := _NOTED.findall(comment[:5_000]):
            ids = [text for name, text in found if name == "id"]
            tags = tuple(text.replace("\\]", "]") for name, text in found if name == "tag")
            said = replace(said, external_id=ids[0] if ids else said.external_id, tags=(*said.tags, *tags))
    return said


class _Block:
    """One block while it is read."""

    def __init__(self, item: Item, media: Media, said: Metadata, option_ids: Iterator[str]) -> None:
        self._item, self._media, self._said, self._option_ids = item, media, said, option_ids
        self.material = ""
        self._format = "moodle"

    def asked(self, text: str) -> Asked:
        """What the block asks.  Raises Unsupported with the reason."""
        parts = syntax.taken_apart(text)
        self._format = parts.format
        if parts.answers is None:
            raise Unsupported("type-not-held", "没有答案部分（花括号），是说明文字，不是试题。")
        body, feedback = syntax.feedback_of(parts.answers)
        explanation = self._text(feedback, parts.format)
        after = parts.after.strip()
        stem = self._stem(f"{parts.before}{BLANK_MARK}{parts.after}" if after else parts.before)
        if not body:
            return drafting.written(self._item, stem, "", self._said, explanation)
        if body.startswith("#"):
            return self._number(stem, body[1:], explanation)
        if _TRUTH.fullmatch(body):
            return self._truth(stem, body, explanation)
        answers = syntax.listed(body, parts.format)
        if not answers:
            raise Unsupported("answers-unclear", "看不懂花括号中的答案。请用 = 和 ~ 标出答案。")
        if all(answer.is_right for answer in answers):
            return self._short(stem, answers, explanation)
        return self._choice(stem, answers, explanation)

    def _text(self, text: str, how: str) -> str:
        return self._item.text(formatted(text, how, self._media)) if text else ""

    def _stem(self, text: str) -> str:
        if self._format in ("plain",):
            return self._item.text(formatted(text, self._format, self._media))
        material, stem = with_material(as_html(text, self._format), self._media)
        if not material.text:
            stem = formatted(text, self._format, self._media)
        self.material = self._item.text(material)
        return self._item.text(stem)

    def _fed_back(self, explanation: str, answers: list[syntax.Answer]) -> str:
        lines = [explanation]
        for answer in answers:
            if answer.feedback:
                feedback = self._text(answer.feedback, answer.format)
                lines.append(f"{self._text(answer.text, answer.format)[:60]}：{feedback}")
        return "\n".join(line for line in lines if line)

    def _truth(self, stem: str, body: str, explanation: str) -> Asked:
        word, *feedback = body.split("#")
        truth = word.strip().upper().startswith("T")
        lines = [explanation, *(self._text(syntax.shown(text).strip(), self._format) for text in feedback)]
        return drafting.judgement(
            self._item, stem, truth, self._said, "\n".join(line for line in lines if line)
        )

    def _short(self, stem: str, answers: list[syntax.Answer], explanation: str) -> Asked:
        if any("->" in answer.text for answer in answers):
            raise Unsupported("type-not-held", "本系统没有“匹配题”。原文已保留，可改编为其他题型。")
        if len(answers) > MOST_ACCEPTED:
            raise Unsupported("too-many-answers", f"答案超过 {MOST_ACCEPTED} 种。请减少。")
        accepted = [answer.text for answer in answers if answer.weight is None or answer.weight >= _FULL]
        if len(accepted) < len(answers):
            self._item.note("partial-credit", "部分得分的答案未导入，只保留满分答案。")
        if any("*" in text.replace("\\*", "") for text in accepted):
            raise Unsupported("wildcard", "答案含有通配符 *，不能导入。请列出全部写法。")
        accepted = [text.replace("\\*", "*") for text in accepted]
        explanation = self._fed_back(explanation, answers)
        return drafting.blanks(self._item, one_blank(self._item, stem), [accepted], self._said, explanation)

    def _choice(self, stem: str, answers: list[syntax.Answer], explanation: str) -> Asked:
        several = not any(answer.is_right for answer in answers)
        if several:
            weights = [answer.weight or 0.0 for answer in answers]
            right = [place for place, weight in enumerate(weights) if weight > 0]
            total = sum(weights[place] for place in right)
            if right and abs(total - 100) > 1:
                raise Unsupported(
                    "fractions-unclear", f"正确选项的分值合计 {total:g}%，不能确定哪些选项算全对。"
                )
            uneven = len({round(weights[place]) for place in right}) > 1
            if uneven or any(weight <= 0 and weight != -100 for weight in weights):
                self._item.note("partial-credit", _PARTIAL)
        else:
            right = [place for place, answer in enumerate(answers) if answer.is_right]
            if len(right) > 1:
                raise Unsupported("several-right-in-single", "单选题有几个选项都得满分，不能导入。")
            if any(answer.weight not in (None, 0.0, 100.0) for answer in answers):
                self._item.note("partial-credit", _PARTIAL)
        if len(answers) > MOST_ACCEPTED:
            raise Unsupported("too-many-options", f"有 {len(answers)} 个选项，过多。请减少选项。")
        contents = [self._text(answer.text, answer.format) for answer in answers]
        return drafting.choice(
            self._item,
            stem,
            contents,
            right,
            self._said,
            self._option_ids,
            several=several,
            explanation=self._fed_back(explanation, answers),
        )

    def _number(self, stem: str, body: str, explanation: str) -> Asked:
        answers = syntax.listed(body, "plain") if body.lstrip()[:1] in ("=", "~") else []
        texts = [
            answer.text
            for answer in answers
            if answer.is_right and (answer.weight is None or answer.weight >= _FULL)
        ]
        if not answers:
            text, _, feedback = syntax.shown(body).partition("#")
            texts = [text]
            explanation = "\n".join(line for line in (explanation, feedback.strip()) if line)
        elif len(texts) < len([answer for answer in answers if answer.is_right]):
            self._item.note("partial-credit", "部分得分的数值未导入，只保留满分数值。")
        if len(texts) != 1:
            raise Unsupported("several-numbers", f"计算题有 {len(texts)} 个满分数值，只能有一个。")
        if match := _RANGE.fullmatch(texts[0]):
            low, high = decimal(match[1]), decimal(match[2])
            if low is not None and high is not None:
                value, tolerance = (low + high) / 2, abs(high - low) / 2
                return drafting.number(self._item, stem, Quantity(value, tolerance), self._said, explanation)
        number, _, margin = texts[0].partition(":")
        value_read, tolerance_read = decimal(number), decimal(margin.strip() or "0")
        if value_read is None or tolerance_read is None or tolerance_read < Decimal(0):
            raise Unsupported("number-unreadable", "数值或误差无法识别。请改正。")
        quantity = Quantity(value_read, tolerance_read)
        return drafting.number(self._item, stem, quantity, self._said, self._fed_back(explanation, answers))
