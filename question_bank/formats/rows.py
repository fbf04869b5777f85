"""One row of a question bank table becomes a draft, or problems that say what to do, or both."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from operator import itemgetter

from question_bank.formats import answers, codes, keys
from question_bank.formats.cells import code_of
from question_bank.formats.imports import OptionIds, Outcome, random_ids
from question_bank.formats.marks import amounts_escaped
from question_bank.formats.row import OPTION_FIELDS, Row
from question_bank.formats.sheets import Sheet
from question_bank.outlines.tree import Outline, area_code
from question_bank.problems import Problem
from question_bank.questions.kinds import Kind
from question_bank.questions.model import Draft, Key, Question, content_hash, make_options

#: Where a long number is a code and may have lost digits.
FIELDS_WITH_CODES = ("external_id", "point", "number", "sequence", "bank")

_FIELDS = (
    "bank", "external_id", "kind", "point", "difficulty", "consistency", "stem", "explanation", "picture", "tags",
)  # fmt: skip
_SOURCE_LINE = re.compile(r"[ \t　]*(?:依据|出处|来源)[ \t　]*[:：](.*)")
_LETTERS = "ABCDEFGH"
_NOT_WORD = re.compile(r"[\W_]+")
_BANK_FILLED = "题库名称沿用上一行"


@dataclass(slots=True)
class RowResult:
    """What became of one row.  draft is None unless it was accepted."""

    outcome: Outcome
    external_id: str
    problems: list[Problem]
    draft: Draft | None


class RowReader:
    """Reads rows one after another and remembers what later rows are compared with: IDs, stems, values to fill down."""

    def __init__(self, *, bank: str, outline: Outline | None, new_ids: OptionIds) -> None:
        self._default_bank = bank
        self._new_ids = new_ids
        self._outline = outline
        self._points = frozenset(point.code for point in outline.points) if outline else frozenset()
        self._areas = frozenset(area.code for area in outline.walk()) if outline else frozenset()
        self._ids: dict[tuple[str, str], tuple[str, str, str]] = {}
        self._stems: dict[tuple[str, str], str] = {}
        # Random ids need no row's key, so one maker serves the whole file.
        self._drawn = new_ids("") if new_ids is random_ids else None

    def begin(self, sheet: Sheet, columns: Mapping[str, int]) -> None:
        """Start a sheet: values are not filled down from one sheet to the next."""
        self._sheet = sheet
        self._columns = columns
        self._options = [(i, columns[field]) for i, field in enumerate(OPTION_FIELDS) if field in columns]
        self._bank = self._point = ""
        # A row is filled up to the last column and one empty text, which stands for the columns that are not there.
        self._width = max(columns.values(), default=-1) + 2
        self._take = itemgetter(*(columns.get(field, -1) for field in _FIELDS))

    def read(self, row: int, texts: list[str], earlier: list[Problem], suspect: bool) -> RowResult:
        """The fate of one row.  earlier: problems that are known already; suspect: it may hold control characters."""
        padded = texts + [""] * max(1, self._width - len(texts))
        (own_bank, own_id, kind_text, point_text, difficulty_text, consistency_text, stem, explanation,
         picture, tags) = self._take(padded)  # fmt: skip
        one = Row(self._sheet, row, padded, self._columns, list(earlier))
        if suspect:
            one.check_characters()
        bank, notes = self._bank_of(own_bank)
        external_id = code_of(own_id)
        kind = self._kind_of(one, kind_text)
        point, kind = self._point_of(one, external_id, kind, code_of(point_text), notes)
        difficulty = one.scale("difficulty", difficulty_text, codes.difficulty_of, "1（很简单）到 5（很难）")
        consistency = one.scale(
            "consistency", consistency_text, codes.consistency_of, "1（很低）到 5（很高）"
        )
        if not stem:
            one.error("stem", "stem-missing", "题干为空。请填写题干。")
        stem = amounts_escaped(stem)
        if kind is Kind.BLANK:
            stem = answers.marked_blanks(stem)
        contents, letters = self._contents_of(one)
        key_of_row = f"{bank}\x1f{external_id or f'{self._sheet.name}!{row}'}"
        explanation, sources = _explained(amounts_escaped(explanation))
        options: list[str] = []
        right: list[int] = []
        truth: bool | None = None
        blanks: tuple[tuple[str, ...], ...] = ()
        model_answer = ""
        if kind is not None and kind.has_options:
            options, right = keys.choice(one, kind, contents, letters)
        elif kind is Kind.JUDGEMENT:
            truth = keys.truth(one, contents)
        elif kind is Kind.BLANK:
            blanks = keys.blanks(one, stem)
        elif kind is not None:
            model_answer = amounts_escaped(one.text("answer"))
            if not model_answer:
                one.error("answer", "answer-missing", f"{kind.label}没有参考答案。请填写评分用的参考答案。")
        if kind is not None and not kind.has_options and kind is not Kind.JUDGEMENT and any(contents):
            one.warn(
                OPTION_FIELDS[0], "options-ignored", f"{kind.label}不用选项，选项未导入。如题型有误请改正。"
            )
        draft = None
        if kind is not None and not one.refused:
            made = make_options(options, self._drawn or self._new_ids(key_of_row))
            question = Question(
                kind,
                stem,
                made,
                point,
                difficulty,
                consistency,
                sources,
                picture,
                _tags(tags),
            )
            key = Key(frozenset(made[i].id for i in right), truth, blanks, model_answer, explanation)
            draft = Draft(question, key, bank, external_id, self._sheet.name, row, tuple(notes))
        outcome = self._against_earlier(one, bank, external_id, draft)
        return RowResult(outcome, external_id, one.problems, draft if outcome is Outcome.ACCEPTED else None)

    def _bank_of(self, own: str) -> tuple[str, list[str]]:
        if own:
            self._bank = own
            return own, []
        if self._bank:
            return self._bank, [_BANK_FILLED]
        return self._default_bank, []

    def _kind_of(self, one: Row, text: str) -> Kind | None:
        kind = codes.kind_of(text) if text else None
        if text and kind is None:
            one.error(
                "kind",
                "kind-unknown",
                f"不认识题型“{text[:20]}”。请用 B（单选题）、G（多选题）、C（判断题）等。",
            )
        return kind

    def _point_of(
        self, one: Row, external_id: str, kind: Kind | None, code: str, notes: list[str]
    ) -> tuple[str, Kind | None]:
        located = codes.locate(external_id, code, self._points)
        if located.fault == "point-missing" and self._point:
            located = codes.Located(self._point, None)
            notes.append("认定点代码沿用上一行")
        point = located.point
        if located.fault in ("point-missing", "point-incomplete"):
            one.error("point", located.fault, "认定点代码不全。请填写完整代码，如 A-B-C-001。")
        elif located.fault == "id-point-differs":
            one.error(
                "external_id", located.fault, f"ID {external_id} 与认定点代码 {code} 不一致。请改正其中之一。"
            )
        elif located.fault == "id-kind-differs" or (kind and located.kind and located.kind is not kind):
            named = f"{kind.value}（{kind.label}）" if kind else "已知题型"
            one.error(
                "external_id",
                "id-kind-differs",
                f"ID {external_id} 中的题型字母与题型代码 {named} 不一致。请改正其中之一。",
            )
        if kind is None and not one.text("kind"):
            kind = located.kind
            if kind is None:
                one.error("kind", "kind-missing", "没有题型代码。请填写，如 B（单选题）。")
        if point and self._outline is not None and not located.fault:
            self._check_outline(one, point)
        if code:
            self._point = point
        return point, kind

    def _check_outline(self, one: Row, point: str) -> None:
        if self._points and point in self._points:
            return
        column = "point" if one.text("point") else "external_id"
        area = area_code(point)
        if area not in self._areas:
            one.error(
                column, "area-not-in-outline", f"细目表中没有鉴定范围 {area}。请改正代码，或先补充细目表。"
            )
        elif self._points:
            one.error(
                column, "point-not-in-outline", f"细目表中没有认定点 {point}。请改正代码，或先补充细目表。"
            )

    def _contents_of(self, one: Row) -> tuple[list[str], str]:
        """Contents by letter place ("" = none), prefixes cut, and the letters that have one."""
        count = self._options[-1][0] + 1 if self._options else 0
        contents = [""] * count
        for index, column in self._options:
            contents[index] = amounts_escaped(one.texts[column])
        contents = answers.without_prefixes(contents)
        filled = len(list(filter(None, contents)))
        if all(contents[:filled]):
            return contents, _LETTERS[:filled]
        return contents, "".join([chr(65 + i) for i, content in enumerate(contents) if content])

    def _against_earlier(self, one: Row, bank: str, external_id: str, draft: Draft | None) -> Outcome:
        where = f"{self._sheet.name}!{one.row}"
        if external_id:
            paper = one.text("paper_id")
            earlier = self._ids.get((bank, external_id))
            if earlier is None:
                digest = content_hash(draft.question, draft.key) if draft and paper else ""
                self._ids[bank, external_id] = (where, paper, digest)
            elif (
                paper
                and paper != earlier[1]
                and draft
                and content_hash(draft.question, draft.key) == earlier[2]
            ):
                one.warn(
                    "external_id", "row-repeated", f"与 {earlier[0]} 是同一道题（另一份试卷），不重复导入。"
                )
                return Outcome.SKIPPED
            else:
                one.error(
                    "external_id",
                    "id-repeated",
                    f"ID {external_id} 在本题库中已用于 {earlier[0]}。请改用新的 ID。",
                )
        if one.refused or draft is None:
            return Outcome.REFUSED
        folded = _NOT_WORD.sub("", draft.question.stem)
        folded = unicodedata.normalize("NFKC", folded).casefold()
        first = self._stems.setdefault((bank, folded), where)
        if first != where:
            one.warn("stem", "stem-repeated", f"题干与 {first} 相同（不计标点和空格）。请确认不是重复的题。")
        return Outcome.ACCEPTED


def _explained(text: str) -> tuple[str, tuple[str, ...]]:
    """解析 without its lines 依据：…, and the sources that those lines name."""
    if "依据" not in text and "出处" not in text and "来源" not in text:
        return text, ()
    sources: list[str] = []
    rest: list[str] = []
    for line in text.split("\n"):
        match = _SOURCE_LINE.match(line)
        if match is None:
            rest.append(line)
        else:
            named = match[1]
            parts = re.split("[；;]", named) if "；" in named or ";" in named else [named]
            sources.extend([part.strip() for part in parts if part.strip()])
    return ("\n".join(rest).strip(), tuple(sources)) if sources else (text, ())


def _tags(text: str) -> tuple[str, ...]:
    if not text:
        return ()
    return tuple(part.strip() for part in re.split(r"[、，,；;]", text) if part.strip())
