"""One `assessmentItem` of QTI 2.1, 2.2 or 3.0 as a question and a key; what a draft can't hold raises Unsupported."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field, replace
from urllib.parse import unquote

from lxml import etree

from question_bank.formats import drafting
from question_bank.formats.drafting import Asked
from question_bank.formats.gathering import Item
from question_bank.formats.html import from_element
from question_bank.formats.html_elements import plain_name
from question_bank.formats.media import Media
from question_bank.formats.metadata import Metadata
from question_bank.formats.qti import body as bodies
from question_bank.formats.qti.body import Body, Chunk
from question_bank.formats.qti.names import attribute, child, children, descendants, text_of
from question_bank.formats.qti.responses import Declaration, check_processing, declarations, quantity
from question_bank.formats.soundness import MOST_OPTIONS
from question_bank.formats.unsupported import Unsupported
from question_bank.questions.kinds import Kind
from question_bank.questions.model import BLANK_MARK, Key, Question

EXPLANATION = "EXPLANATION"
_NUMBERS = frozenset({"float", "integer"})
_MAY_HAVE_PARTS = frozenset({Kind.CASE, Kind.COMPOUND})


@dataclass(slots=True)
class ItemReading:
    """What is needed to read one item.  stimulus: given a path, the root of that part, or None.

    materials: texts of stimuli by path, shared by all items of a package.
    """

    root: etree._Element
    path: str
    item: Item
    media: Media
    said: Metadata
    option_ids: Iterator[str]
    stimulus: Callable[[str], etree._Element | None]
    materials: dict[str, str]
    accepted: list[list[str]] = field(default_factory=list)
    declared: dict[str, Declaration] = field(default_factory=dict)
    fed_back: list[str] = field(default_factory=list)
    is_number: bool = False

    def question(self) -> tuple[Question, Key]:
        """The question and its key."""
        root = self.root
        if attribute(root, "adaptive") == "true":
            raise Unsupported("adaptive-not-held", "自适应题（随作答变化），本系统不支持。")
        if next(children(root, "templatedeclaration", "templateprocessing"), None) is not None:
            raise Unsupported("template-not-held", "随机参数题，本系统不支持。请改为固定的题目。")
        content = child(root, "itembody")
        if content is None:
            raise Unsupported("body-missing", "试题没有正文（itemBody）。")
        self.media.base = posixpath.dirname(self.path)
        self.declared = declarations(root)
        check_processing(root, self.item)
        body = bodies.taken_apart(content)
        material = self._material(body)
        explanations = self._explanations()
        if body.parts:
            question, key = self._with_parts(body, explanations)
        else:
            asked = self._asked(body.stem, self.said)
            explanation = "\n".join([*explanations.values(), *self.fed_back])
            question = asked.as_question()
            key = replace(asked.key, explanation=explanation)
        return self.said.filed(replace(question, material=material)), key

    def _with_parts(self, body: Body, explanations: dict[str, str]) -> tuple[Question, Key]:
        stem = self._text(body.stem.texts) or attribute(self.root, "title")
        said = [*self.said.parts, *[Metadata()] * len(body.parts)]
        parts, keys = [], []
        for number, chunk in enumerate(body.parts, start=1):
            asked = self._asked(chunk, said[number - 1])
            own = explanations.pop(f"{EXPLANATION}_{number}", "")
            parts.append(asked.as_part(said[number - 1].share))
            keys.append(replace(asked.key, explanation=own))
        drafting.differs(self.item, self.said, _MAY_HAVE_PARTS)
        kind = self.said.kind if self.said.kind in _MAY_HAVE_PARTS else Kind.COMPOUND
        key = Key(
            explanation="\n".join([*explanations.values(), *self.fed_back]),
            parts=tuple(keys),
            model_answer=self._rubric(body.stem),
        )
        return Question(kind, stem, parts=tuple(parts)), key

    def _asked(self, chunk: Chunk, said: Metadata) -> Asked:
        """What one stretch of the body asks."""
        if not chunk.interactions:
            raise Unsupported("nothing-asked", "内容没有作答处，是说明文字，不是试题。")
        model_answer = self._rubric(chunk)
        if chunk.asks_block:
            (interaction,) = chunk.interactions
            prompt = child(interaction, "prompt")
            stem = self._text([*chunk.texts, *([] if prompt is None else [prompt])])
            if plain_name(interaction) == "choiceinteraction":
                asked = self._choice(interaction, stem, said)
            else:
                right = self._declaration(interaction).correct
                return drafting.written(self.item, stem, model_answer or "\n".join(right), said)
        elif len(chunk.interactions) == 1 and self._is_number(chunk.interactions[0]):
            asked = self._number(chunk, said)
        else:
            self.accepted = []
            stem = self._text(chunk.texts)
            asked = drafting.blanks(self.item, stem, self.accepted, said)
        return replace(asked, key=replace(asked.key, model_answer=model_answer)) if model_answer else asked

    def _choice(self, interaction: etree._Element, stem: str, said: Metadata) -> Asked:
        options = list(children(interaction, "simplechoice"))
        if len(options) > MOST_OPTIONS:
            raise Unsupported(
                "too-many-options", f"有 {len(options)} 个选项，超过上限 {MOST_OPTIONS} 个。请减少选项。"
            )
        declared = self._declaration(interaction)
        several = declared.cardinality != "single"
        if (
            several
            and not declared.correct
            and len({points for _, points in declared.mapped if points > 0}) > 1
        ):
            right = [value for value, points in declared.mapped if points > 0]
            self.item.note("partial-credit", "部分得分的设定未保留：本题按全对得分导入。")
        elif several and declared.correct:
            right = list(declared.correct)
            if declared.mapped:
                self.item.note("partial-credit", "部分得分的设定未保留：本题按全对得分导入。")
        else:
            right = declared.right(self.item)
        if not several and len(right) > 1:
            raise Unsupported("several-right-in-single", "单选题有几个选项都得满分，不能导入。请改为多选题。")
        if any(attribute(option, "fixed") == "true" for option in options):
            self.item.note("fixed-left-out", "选项“位置固定”的设定未保留。")
        contents = [self._text([option]) for option in options]
        identifiers = [attribute(option, "identifier") for option in options]
        unknown = [value for value in right if value not in identifiers]
        if unknown:
            raise Unsupported("answer-without-option", f"没有选项 {unknown[0][:40]}。请改正答案。")
        places = [identifiers.index(value) for value in right]
        return drafting.choice(self.item, stem, contents, places, said, self.option_ids, several=several)

    def _number(self, chunk: Chunk, said: Metadata) -> Asked:
        self.is_number = True
        stem = self._text(chunk.texts)
        self.is_number = False
        found = quantity(self.root, self._declaration(chunk.interactions[0]))
        return drafting.number(self.item, stem, found, said)

    def _is_number(self, interaction: etree._Element) -> bool:
        if plain_name(interaction) != "textentryinteraction":
            return False
        return self._declaration(interaction).base_type in _NUMBERS

    def _declaration(self, interaction: etree._Element) -> Declaration:
        identifier = attribute(interaction, "responseidentifier")
        found = self.declared.get(identifier)
        if found is None:
            raise Unsupported(
                "answer-undeclared", f"作答处 {identifier[:40]} 没有声明答案（responseDeclaration）。"
            )
        return found

    def _text(self, elements: list[etree._Element]) -> str:
        """The elements' texts in our markup, blanks where answers are entered."""
        whole = etree.Element("div")
        for element in elements:
            copied = deepcopy(element)
            copied.tail = None
            whole.append(copied)
        return self.item.text(from_element(whole, self.media, self._held))

    def _held(self, element: etree._Element) -> str | None:
        name = plain_name(element)
        if name == "textentryinteraction":
            declared = self._declaration(element)
            if declared.base_type in _NUMBERS and not self.is_number:
                found = quantity(self.root, declared)
                if found.tolerance:
                    raise Unsupported("number-among-blanks", "填空题中有带误差的数值空，不能导入。请拆分。")
            self.accepted.append(declared.right(self.item))
            return BLANK_MARK
        if name == "inlinechoiceinteraction":
            return self._inline_choice(element)
        if name in ("feedbackinline", "feedbackblock"):
            self.item.note("feedback-moved", "随作答出现的反馈已移到解析。")
            self.fed_back.append(self.item.text(from_element(element, self.media)))
            return ""
        if name == "object" and attribute(element, "type").startswith("image/"):
            return self.media.reference(attribute(element, "data"), text_of(element))
        if name == "rubricblock":
            return self.item.text(from_element(element, self.media))
        return None

    def _inline_choice(self, element: etree._Element) -> str:
        options = list(children(element, "inlinechoice"))
        right = self._declaration(element).right(self.item)
        if len(options) > MOST_OPTIONS or len(right) != 1:
            raise Unsupported("inline-choice-not-held", "下拉选择的空没有唯一答案或选项过多，不能导入。")
        named = {attribute(option, "identifier"): text_of(option) for option in options}
        if not named.get(right[0]):
            raise Unsupported("answer-without-option", f"没有选项 {right[0][:40]}。请改正答案。")
        self.accepted.append([named[right[0]]])
        self.item.note("inline-choice-as-blank", "下拉选择已改为填空，可选的词写在空后。")
        return f"{BLANK_MARK}（从 {'、'.join(named.values())} 中选填）"

    def _rubric(self, chunk: Chunk) -> str:
        return self.item.text(from_element(_together(chunk.rubrics), self.media)) if chunk.rubrics else ""

    def _material(self, body: Body) -> str:
        texts = [self.item.text(from_element(element, self.media)) for element in body.material]
        for reference in children(self.root, "assessmentstimulusref"):
            base = posixpath.dirname(self.path)
            path = posixpath.normpath(posixpath.join(base, unquote(attribute(reference, "href"))))
            if path not in self.materials:
                self.materials[path] = self._shared(path)
                self.media.base = base
            texts.insert(0, self.materials[path])
            if not self.said.stimulus and self.said.kind is None:
                self.said = replace(self.said, stimulus=attribute(reference, "identifier")[:60])
        return "\n\n".join(text for text in texts if text)

    def _shared(self, path: str) -> str:
        """The text of a shared stimulus, whose pictures are found from where it stands."""
        root = self.stimulus(path)
        content = None if root is None else next(descendants(root, "stimulusbody"), None)
        if content is None:
            raise Unsupported("stimulus-missing", f"找不到共用材料 {path[:80]}。请补上后重新导入。")
        self.media.base = posixpath.dirname(path)
        return self.item.text(from_element(content, self.media))

    def _explanations(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for number, feedback in enumerate(children(self.root, "modalfeedback")):
            identifier = attribute(feedback, "identifier") or str(number)
            key = identifier if identifier not in found else f"{identifier} {number}"
            found[key] = self.item.text(from_element(feedback, self.media))
        if len(found) > 1 and not any(key.startswith(EXPLANATION) for key in found):
            self.item.note("feedback-moved", "随作答出现的反馈已合并到解析。")
        return {key: text for key, text in found.items() if text}


def _together(elements: list[etree._Element]) -> etree._Element:
    """The contents of these elements one below the other."""
    whole = etree.Element("div")
    for element in elements:
        inner = etree.SubElement(whole, "div")
        inner.text = element.text
        for one in element:
            inner.append(deepcopy(one))
    return whole
