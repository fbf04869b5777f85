"""What an item takes as right: response declarations, and the response processing that judges by them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from lxml import etree

from question_bank.formats.gathering import Item
from question_bank.formats.html_elements import plain_name
from question_bank.formats.metadata import decimal
from question_bank.formats.qti.names import attribute, child, children, descendants, text_of
from question_bank.formats.unsupported import Unsupported
from question_bank.questions.model import Quantity

_MOST = 1_000
#: Of what processing consists that says no more than "right or wrong, by the declaration".
_PLAIN = frozenset({
    "responseprocessing", "responsecondition", "responseif", "responseelseif", "responseelse", "match",
    "variable", "correct", "setoutcomevalue", "basevalue", "sum", "mapresponse", "equal", "and", "not",
    "isnull",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Declaration:
    """The declaration of one response.  mapped: (value, points) pairs."""

    identifier: str
    cardinality: str
    base_type: str
    correct: tuple[str, ...]
    mapped: tuple[tuple[str, Decimal], ...]

    def right(self, item: Item) -> list[str]:
        """The values that earn everything: the correct ones, and those that are mapped to as much."""
        best = max((points for _, points in self.mapped), default=Decimal(0))
        full = [value for value, points in self.mapped if points == best and points > 0]
        if any(0 < points < best for _, points in self.mapped):
            item.note("partial-credit", "部分得分的设定未保留：本题按全对得分导入。")
        return list(dict.fromkeys([*self.correct, *full]))


#: Conditions that bound a number.
_BOUNDS = ("gte", "lte")


def declarations(root: etree._Element) -> dict[str, Declaration]:
    """The declarations of an item by identifier."""
    found: dict[str, Declaration] = {}
    for one in list(children(root, "responsedeclaration"))[:_MOST]:
        mapping = child(one, "mapping")
        pairs = [] if mapping is None else list(children(mapping, "mapentry"))[:_MOST]
        identifier = attribute(one, "identifier")
        found[identifier] = Declaration(
            identifier,
            attribute(one, "cardinality", "single"),
            attribute(one, "basetype", "identifier"),
            tuple(_values(child(one, "correctresponse"))),
            tuple(
                (attribute(pair, "mapkey"), decimal(attribute(pair, "mappedvalue", "0")) or Decimal(0))
                for pair in pairs
            ),
        )
    return found


def _values(correct: etree._Element | None) -> Iterator[str]:
    if correct is not None:
        for value in list(children(correct, "value"))[:_MOST]:
            yield text_of(value)


def check_processing(root: etree._Element, item: Item) -> None:
    """Note response processing that is neither a standard template nor as plain as one."""
    processing = child(root, "responseprocessing")
    if processing is None:
        return
    template = attribute(processing, "template")
    if template:
        name = template.rpartition("/")[2].removesuffix(".xml")
        if name not in ("match_correct", "map_response"):
            item.note("processing-left-out", f"评分模板 {name[:40]} 未保留：按标准答案判分。")
        return
    is_number = any(
        attribute(one, "basetype") in ("float", "integer") for one in children(root, "responsedeclaration")
    )
    plain = _PLAIN.union(_BOUNDS) if is_number else _PLAIN
    for element in processing.iter():
        if isinstance(element.tag, str) and plain_name(element) not in plain:
            item.note("processing-left-out", "自定义的评分规则未保留：按标准答案判分。")
            return


def quantity(root: etree._Element, declaration: Declaration) -> Quantity:
    """The right number, and how far a response may be from it.  Raises Unsupported where that is not clear."""
    if len(declaration.correct) != 1:
        raise Unsupported("several-numbers", "数值题没有唯一的正确数值。")
    value = decimal(declaration.correct[0])
    if value is None:
        raise Unsupported("number-unreadable", "正确数值无法识别。请改正。")
    processing = child(root, "responseprocessing")
    if processing is None:
        return Quantity(value)
    for rounded in descendants(processing, "equalrounded"):
        if _is_about(rounded, declaration.identifier):
            raise Unsupported("processing-not-held", "按四舍五入后相等判分，本系统不支持。请改为误差范围。")
    for equal in descendants(processing, "equal"):
        if _is_about(equal, declaration.identifier):
            return _with_tolerance(value, equal)
    return _between(value, processing, declaration.identifier)


def _between(value: Decimal, processing: etree._Element, identifier: str) -> Quantity:
    """The tolerance of a condition "at least this and at most that", as Moodle writes it."""
    bounds = [
        decimal(text_of(base))
        for name in _BOUNDS
        for condition in list(descendants(processing, name))[:_MOST]
        if _is_about(condition, identifier)
        for base in children(condition, "basevalue")
    ]
    if not bounds:
        return Quantity(value)
    low, high = (bounds[0], bounds[1]) if len(bounds) == 2 else (None, None)
    if low is None or high is None or low > high:
        low, high = high, low
    if low is None or high is None or high - value != value - low or high < low:
        raise Unsupported("tolerance-not-held", "上下误差不相等或无法识别，本系统不支持。")
    return Quantity(value, high - value)


def _with_tolerance(value: Decimal, equal: etree._Element) -> Quantity:
    mode = attribute(equal, "tolerancemode", "exact")
    if mode == "exact":
        return Quantity(value)
    bounds = [decimal(text) for text in attribute(equal, "tolerance").split()]
    if not bounds or len(bounds) > 2 or len(set(bounds)) != 1 or bounds[0] is None or bounds[0] < 0:
        raise Unsupported("tolerance-not-held", "上下误差不相等或无法识别，本系统不支持。")
    if mode == "relative":
        return Quantity(value, bounds[0] / 100, relative=True)
    return Quantity(value, bounds[0])


def _is_about(element: etree._Element, identifier: str) -> bool:
    return any(attribute(one, "identifier") == identifier for one in descendants(element, "variable"))
