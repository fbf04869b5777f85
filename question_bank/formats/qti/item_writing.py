"""One draft as an `assessmentItem`: declarations, body, response processing, explanation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from question_bank.formats.drafting import decimal_text
from question_bank.formats.html_writing import PictureAddress, blocks, plain, to_html
from question_bank.formats.qti.body import ANSWER_CLASS, PART_CLASS
from question_bank.formats.qti.items import EXPLANATION
from question_bank.formats.qti.names import Version
from question_bank.formats.rich import material_html
from question_bank.questions.kinds import Kind
from question_bank.questions.model import BLANK_MARK, Draft, Key, Part, Quantity, Question

TRUE, FALSE = "TRUE", "FALSE"


def why_not(draft: Draft) -> str:
    """Why no version of QTI can hold this draft; "" where they can."""
    question, key = draft.question, draft.key
    if len(question.parts) != len(key.parts):
        return "小题与答案的数目不一致。"
    pairs: list[tuple[Question | Part, Key]] = [*zip(question.parts, key.parts, strict=True)] or [
        (question, key)
    ]
    if any(one.numeric and answer.quantity is None for one, answer in pairs):
        return "没有数值答案。"
    if any(
        one.kind is Kind.BLANK and not (one.blanks and one.blanks == len(answer.blanks))
        for one, answer in pairs
    ):
        return "空位与答案的数目不一致。"
    return ""


@dataclass(slots=True)
class _Written:
    """What one question or part adds to its item."""

    declarations: str
    body: str
    scoring: str


def written_item(
    version: Version, identifier: str, draft: Draft, picture: PictureAddress, stimulus: str
) -> str:
    """The item's markup.  stimulus: the identifier of the shared stimulus that holds its material, or ""."""
    question, key = draft.question, draft.key
    element = version.element
    body = "" if stimulus else material_html(question.material, picture)
    feedback = _feedback(version, EXPLANATION, key.explanation, picture)
    if question.parts:
        body += blocks(question.stem, picture) + _rubric(version, key.model_answer, picture)
        made = []
        for number, (part, answer) in enumerate(zip(question.parts, key.parts, strict=True), start=1):
            one = _asked(version, part, answer, f"RESPONSE_{number}", picture, part.share)
            made.append(one)
            body += f'<div class="{PART_CLASS}">{one.body}</div>'
            feedback += _feedback(version, f"{EXPLANATION}_{number}", answer.explanation, picture)
        declarations = "".join(one.declarations for one in made)
        scoring = "".join(one.scoring for one in made)
        processing = element("responseProcessing", {}, scoring) if scoring else ""
    else:
        one = _asked(version, question, key, "RESPONSE", picture, 1)
        body += one.body
        declarations = one.declarations
        template = _template(question, key)
        if template:
            processing = element("responseProcessing", {"template": version.template(template)})
        else:
            processing = element("responseProcessing", {}, one.scoring) if one.scoring else ""
    outcomes = element(
        "outcomeDeclaration", {"identifier": "SCORE", "cardinality": "single", "baseType": "float"}
    )
    if feedback:
        outcomes += element(
            "outcomeDeclaration",
            {"identifier": "FEEDBACK", "cardinality": "single", "baseType": "identifier"},
        )
    reference = ""
    if stimulus:
        said = {"identifier": stimulus, "href": f"../stimuli/{stimulus}.xml"}
        if version.is_kebab:
            said["title"] = question.stimulus
        reference = element("assessmentStimulusRef", said)
    title = " ".join(question.stem.split())[:60]
    said = {"identifier": identifier, "title": title, "adaptive": "false", "timeDependent": "false"}
    content = declarations + outcomes + reference + element("itemBody", {}, body) + processing + feedback
    return element("assessmentItem", said, content).replace(">", f' xmlns="{version.namespace}">', 1)


def _template(question: Question, key: Key) -> str:
    if question.kind.has_options or question.kind is Kind.JUDGEMENT:
        return "match_correct"
    return "map_response" if question.kind is Kind.BLANK and len(key.blanks) == 1 else ""


def _asked(
    version: Version, one: Question | Part, key: Key, response: str, picture: PictureAddress, share: int
) -> _Written:
    if one.kind.has_options or one.kind is Kind.JUDGEMENT:
        made = _choice(version, one, key, response, picture, share)
    elif one.kind is Kind.BLANK:
        made = _blanks(version, one, key, response, picture, share)
    elif key.quantity is not None:
        made = _number(version, one, key.quantity, response, picture, share)
    else:
        declaration = _declaration(version, response, "single", "string", [])
        interaction = version.element(
            "extendedTextInteraction", {"responseIdentifier": response, "expectedLines": "10"}
        )
        made = _Written(declaration, blocks(one.stem, picture) + interaction, "")
    made.body = _rubric(version, key.model_answer, picture) + made.body
    return made


def _choice(
    version: Version, one: Question | Part, key: Key, response: str, picture: PictureAddress, share: int
) -> _Written:
    if one.kind is Kind.JUDGEMENT:
        choices = [(TRUE, "正确"), (FALSE, "错误")]
        right = [TRUE if key.truth else FALSE] if key.truth is not None else []
    else:
        named = [(f"CHOICE_{place}", option) for place, option in enumerate(one.options, start=1)]
        choices = [(name, to_html(option.content, picture)) for name, option in named]
        right = [name for name, option in named if option.id in key.options]
    cardinality = "multiple" if one.kind is Kind.MULTIPLE else "single"
    written = "".join(version.element("simpleChoice", {"identifier": name}, html) for name, html in choices)
    interaction = version.element(
        "choiceInteraction",
        {
            "responseIdentifier": response,
            "shuffle": "false" if one.kind is Kind.JUDGEMENT else "true",
            "maxChoices": "0" if one.kind is Kind.MULTIPLE else "1",
        },
        written,
    )
    declaration = _declaration(version, response, cardinality, "identifier", right)
    scoring = _scored(version, version.element("match", {}, _pair(version, response)), share)
    return _Written(declaration, blocks(one.stem, picture) + interaction, scoring)


def _blanks(
    version: Version, one: Question | Part, key: Key, response: str, picture: PictureAddress, share: int
) -> _Written:
    names = [response if len(key.blanks) == 1 else f"{response}_{n}" for n in range(1, len(key.blanks) + 1)]
    declarations, scoring = "", ""
    for name, accepted in zip(names, key.blanks, strict=True):
        declarations += _declaration(version, name, "single", "string", accepted[:1], accepted, share)
        scoring += _added(version, version.element("mapResponse", {"identifier": name}))
    waiting = iter(names)
    body = blocks(one.stem, picture, lambda words: _with_entries(version, words, waiting))
    return _Written(declarations, body, scoring)


def _with_entries(version: Version, words: str, names: Iterator[str]) -> str:
    first, *rest = words.split(BLANK_MARK)
    pieces = [plain(first)]
    for part in rest:
        said = {"responseIdentifier": next(names, ""), "expectedLength": "20"}
        pieces += [version.element("textEntryInteraction", said), plain(part)]
    return "".join(pieces)


def _number(
    version: Version,
    one: Question | Part,
    quantity: Quantity,
    response: str,
    picture: PictureAddress,
    share: int,
) -> _Written:
    declaration = _declaration(version, response, "single", "float", [str(quantity.value)])
    entry = version.element("textEntryInteraction", {"responseIdentifier": response, "expectedLength": "20"})
    unit = f" {escape(quantity.unit)}" if quantity.unit else ""
    said = {"toleranceMode": "exact"}
    if quantity.tolerance:
        bound = decimal_text(quantity.tolerance * 100 if quantity.relative else quantity.tolerance)
        said = {
            "toleranceMode": "relative" if quantity.relative else "absolute",
            "tolerance": f"{bound} {bound}",
        }
    scoring = _scored(version, version.element("equal", said, _pair(version, response)), share)
    body = f'{blocks(one.stem, picture)}<p class="{ANSWER_CLASS}">{entry}{unit}</p>'
    return _Written(declaration, body, scoring)


def _declaration(
    version: Version,
    name: str,
    cardinality: str,
    base_type: str,
    right: Sequence[str],
    mapped: Sequence[str] = (),
    points: int = 1,
) -> str:
    element = version.element
    values = "".join(element("value", {}, escape(value, quote=False)) for value in right)
    content = element("correctResponse", {}, values) if values else ""
    if mapped:
        entries = "".join(
            element("mapEntry", {"mapKey": key, "mappedValue": str(points), "caseSensitive": "false"})
            for key in mapped
        )
        content += element("mapping", {"defaultValue": "0"}, entries)
    said = {"identifier": name, "cardinality": cardinality, "baseType": base_type}
    return element("responseDeclaration", said, content)


def _pair(version: Version, response: str) -> str:
    said = {"identifier": response}
    return version.element("variable", said) + version.element("correct", said)


def _scored(version: Version, condition: str, share: int) -> str:
    """Where the condition holds, the score grows by the share."""
    points = version.element("baseValue", {"baseType": "float"}, str(share))
    inside = version.element("responseIf", {}, condition + _added(version, points))
    return version.element("responseCondition", {}, inside)


def _added(version: Version, points: str) -> str:
    total = version.element("sum", {}, version.element("variable", {"identifier": "SCORE"}) + points)
    return version.element("setOutcomeValue", {"identifier": "SCORE"}, total)


def _rubric(version: Version, text: str, picture: PictureAddress) -> str:
    """The model answer, which only those who score see."""
    if not text:
        return ""
    said = {"use": "scoring", "view": "scorer"} if version.is_kebab else {"view": "scorer"}
    return version.element("rubricBlock", said, _flow(version, text, picture))


def _feedback(version: Version, identifier: str, text: str, picture: PictureAddress) -> str:
    if not text:
        return ""
    said = {"outcomeIdentifier": "FEEDBACK", "identifier": identifier, "showHide": "show"}
    return version.element("modalFeedback", said, _flow(version, text, picture))


def _flow(version: Version, text: str, picture: PictureAddress) -> str:
    """Blocks; 3.0 wants them in a content body."""
    html = blocks(text, picture)
    return version.element("contentBody", {}, html) if version.is_kebab else html
