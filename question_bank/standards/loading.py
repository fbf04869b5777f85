"""Reading a standard from its TOML file: shape here, meaning in `check`."""

from __future__ import annotations

import tomllib
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, TypeVar

from question_bank.standards.eligibility import (
    Condition,
    Education,
    PriorCertificate,
    RuleSet,
    Work,
    Years,
)
from question_bank.standards.model import (
    Figure,
    Function,
    Level,
    Mark,
    Standard,
    Subject,
    SubjectRule,
    Weight,
)

DATA = Path(__file__).parent / "data"
_FIGURES = ("total", "pass_mark", "minutes")
_T = TypeVar("_T")


class BadStandard(ValueError):
    """The file is not a standard: the sentence says where and what."""


def load(code: str, edition: str) -> Standard:
    """The edition of a standard that comes with this package.  LookupError where there is none."""
    path = DATA / f"{code}-{edition}.toml"
    if path.parent != DATA or not path.is_file():
        known = "、".join(f"{c} {e}" for c, e in editions())
        raise LookupError(f"没有职业标准 {code} {edition}；现有：{known}")
    return load_file(path)


def editions() -> tuple[tuple[str, str], ...]:
    """(code, edition) of every standard that comes with this package."""
    return tuple(
        (code, edition)
        for code, _, edition in sorted(path.stem.rpartition("-") for path in DATA.glob("*.toml"))
    )


def load_file(path: Path) -> Standard:
    """The standard of a TOML file.  Raises BadStandard where it isn't one, OSError where it can't be read."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadStandard(f"{path.name}：不是 TOML 文本（{error}）") from error
    return standard_from_document(document)


def standard_from_document(document: dict[str, Any]) -> Standard:
    """The standard of a parsed TOML document.  Raises BadStandard naming the place of the first fault."""
    return Standard(
        _get(document, "code", str, "标准"),
        _get(document, "edition", str, "标准"),
        _get(document, "name", str, "标准"),
        _get(document, "title", str, "标准"),
        tuple(_get(document, "issued_by", list, "标准")),
        _get(document, "source", str, "标准"),
        tuple(_level(entry) for entry in _entries(document, "levels")),
        tuple(_function(entry) for entry in _entries(document, "functions")),
        tuple(_weight(entry) for entry in _entries(document, "weights")),
        document.get("weights_note", ""),
        tuple(_rule_set(entry) for entry in _entries(document, "rule_sets")),
    )


def _level(entry: dict[str, Any]) -> Level:
    code = _get(entry, "code", str, "级别")
    return Level(
        code,
        _get(entry, "label", str, f"级别 {code}"),
        _get(entry, "title", str, f"级别 {code}"),
        tuple(_subject_rule(rule, f"级别 {code}") for rule in _entries(entry, "subjects")),
    )


def _subject_rule(entry: dict[str, Any], where: str) -> SubjectRule:
    subject = _member(Subject, _get(entry, "subject", str, where), where)
    place = f"{where} {subject.label}"
    total, passing, minutes = (
        _figure(_get(entry, name, dict, place), f"{place} {name}") for name in _FIGURES
    )
    others = tuple(
        (name, _figure(value, f"{place} {name}"))
        for name, value in entry.items()
        if name not in ("subject", *_FIGURES)
    )
    return SubjectRule(subject, total, passing, minutes, others)


def _function(entry: dict[str, Any]) -> Function:
    code = _get(entry, "code", str, "职业功能")
    where = f"职业功能 {code}"
    return Function(
        code,
        _get(entry, "name", str, where),
        entry.get("parent", ""),
        entry.get("is_basic", False),
        _get(entry, "source", str, where),
        _member(Mark, _get(entry, "mark", str, where), where),
    )


def _weight(entry: dict[str, Any]) -> Weight:
    where = f"权重 {entry.get('level')} {entry.get('function')}"
    return Weight(
        _get(entry, "level", str, where),
        _member(Subject, _get(entry, "subject", str, where), where),
        _get(entry, "function", str, where),
        _figure(entry, where),
    )


def _figure(entry: object, where: str) -> Figure:
    if not isinstance(entry, dict):
        raise BadStandard(f"{where}：应为 {{ value, unit, source, mark }}")
    value = entry.get("value")
    try:
        number = None if value is None else Decimal(str(value))
    except InvalidOperation:
        raise BadStandard(f"{where}：{value!r} 不是数") from None
    return Figure(
        number,
        _get(entry, "unit", str, where),
        _get(entry, "source", str, where),
        _member(Mark, _get(entry, "mark", str, where), where),
        entry.get("verified", False) is True,
        entry.get("by", ""),
        _day(entry.get("on"), where),
    )


def _rule_set(entry: dict[str, Any]) -> RuleSet:
    code = _get(entry, "code", str, "申报条件")
    where = f"申报条件 {code}"
    return RuleSet(
        code,
        _get(entry, "name", str, where),
        _get(entry, "source", str, where),
        _member(Mark, _get(entry, "mark", str, where), where).value,
        _day(entry.get("effective"), where),
        tuple(_condition(one, where) for one in _entries(entry, "conditions")),
        tuple(sorted(_table(entry, "unknown", where).items())),
        entry.get("verified", False) is True,
    )


def _condition(entry: dict[str, Any], where: str) -> Condition:
    code = _get(entry, "code", str, where)
    where = f"{where} {code}"
    years, held = _table(entry, "years", where), _table(entry, "certificate", where)
    return Condition(
        code,
        _get(entry, "level", str, where),
        _get(entry, "text", str, where),
        Years(
            _get(years, "minimum", int, where),
            tuple(_member(Work, work, where) for work in _get(years, "work", list, where)),
            years.get("after_certificate", False) is True,
        )
        if years
        else None,
        PriorCertificate(
            _get(held, "occupation", str, where), _get(held, "level", str, where), held.get("years", 0)
        )
        if held
        else None,
        _member(Education, entry["education"], where) if "education" in entry else None,
        entry.get("title", ""),
        entry.get("title_years", 0),
        entry.get("rank", ""),
        entry.get("is_manual", False) is True,
        tuple(entry.get("evidence", [])),
    )


def _get(entry: dict[str, Any], name: str, kind: type[_T], where: str) -> _T:
    value = entry.get(name)
    if not isinstance(value, kind) or isinstance(value, bool) is not (kind is bool):
        raise BadStandard(f"{where}：缺少 {name}，或其类型不对")
    return value


def _table(entry: dict[str, Any], name: str, where: str) -> dict[str, Any]:
    value = entry.get(name, {})
    if not isinstance(value, dict):
        raise BadStandard(f"{where}：{name} 应为表")
    return value


def _entries(document: dict[str, Any], name: str) -> list[dict[str, Any]]:
    entries = document.get(name, [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise BadStandard(f"{name} 应为表的数组")
    return entries


def _member(kind: type[_T], value: object, where: str) -> _T:
    try:
        return kind(value)  # type: ignore[call-arg]
    except ValueError:
        raise BadStandard(f"{where}：不认识 {value!r}") from None


def _day(value: object, where: str) -> date | None:
    if value is None:
        return None
    if not isinstance(value, date) or isinstance(value, datetime):
        raise BadStandard(f"{where}：{value!r} 不是日期")
    return value
