"""Tables of areas and their weights (蓝图, 知识点分布, 细目表) as trees of nodes that remember their cells."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from question_bank.formats.cells import code_of, texts_of
from question_bank.formats.codes import kind_of
from question_bank.formats.headings import Column
from question_bank.formats.sheets import Sheet
from question_bank.formats.survey import column_number
from question_bank.outlines.tree import Importance, Point, percent
from question_bank.problems import Place, Problem, Severity
from question_bank.questions.kinds import Kind

LEVELS = 6
_CHINESE = "一二三四五六"
_SEGMENT = re.compile(r"[A-Z]$")
_TOTAL = re.compile(r"合计|总计|小计|^TOTAL$", re.IGNORECASE)
_SUM = re.compile(r"=?SUM\(\$?([A-Z]{1,3})\$?(\d{1,6}):\$?([A-Z]{1,3})\$?(\d{1,6})\)$", re.IGNORECASE)
_NO_WEIGHT = frozenset({"weight-missing", "weight-not-a-number", "formula-without-value"})


def _level(number: int) -> tuple[Column, ...]:
    plain, chinese = str(number), _CHINESE[number - 1]

    def both(*endings: str) -> tuple[str, ...]:
        return tuple(f"{which}级{ending}" for which in (plain, chinese) for ending in endings)

    return (
        Column(f"code_{number}", f"{plain}级代码", (*both("代码", "", "编码"), f"鉴定范围{chinese}级代码", f"Level {plain} code")),
        Column(f"name_{number}", f"{plain}级名称", (*both("名称"), f"鉴定范围{chinese}级名称", f"Level {plain} name")),
        Column(
            f"weight_{number}",
            f"{plain}级比重(%)",
            (
                *both("比重(%)", "比重%", "比重", "权重(%)", "权重", "鉴定比重", "鉴定比重(%)", "比例(%)", "比例"),
                *(f"鉴定范围{chinese}级{ending}" for ending in ("鉴定比重", "鉴定比重(%)", "比重", "比重(%)")),
                f"Level {plain} weight(%)", f"Level {plain} weight", f"Level {plain} percent",
            ),
        ),
    )  # fmt: skip


LEVEL_COLUMNS = tuple(column for number in range(1, LEVELS + 1) for column in _level(number))
KIND_COLUMNS = tuple(
    Column(f"items_{kind.value}", f"{kind.value}({kind.label})", (kind.value, kind.label)) for kind in Kind
)
WEIGHT_COLUMNS = (
    Column("bank", "题库名称", ("题库", "Bank", "题库代码")),
    *LEVEL_COLUMNS,
    Column("points", "知识点数量", ("认定点数量", "鉴定点数量", "知识点数", "Points")),
    *KIND_COLUMNS,
    Column("items_F", "F(组合题)"),
    Column("point", "认定点代码", ("鉴定点代码", "知识点代码")),
    Column("point_name", "认定点名称", ("鉴定点名称", "知识点名称")),
    Column("importance", "重要程度", ("鉴定点重要程度", "认定点重要程度")),
)
REQUIRED_WEIGHTS = (frozenset({"code_1", "weight_1"}),)


@dataclass(slots=True)
class Node:
    """One area as it stands in the table.  place: of its code; weight_place: of its weight."""

    code: str
    name: str
    weight: Fraction
    place: Place
    weight_place: Place
    children: list[Node] = field(default_factory=list)
    points: list[Point] = field(default_factory=list)
    point_count: int | None = None
    items_per_point: dict[Kind, int] = field(default_factory=dict)

    def walk(self) -> Iterator[Node]:
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(slots=True)
class Tree:
    """All areas of one bank in one sheet, and the problems met in it."""

    bank: str
    sheet: Sheet
    nodes: list[Node] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def walk(self) -> Iterator[Node]:
        for node in self.nodes:
            yield from node.walk()


def read_trees(sheet: Sheet, columns: Mapping[str, int], first_row: int) -> list[Tree]:
    """One tree a bank ("" where the sheet names none), sums checked, weights in per cent of the whole paper."""
    trees: dict[str, Tree] = {}
    path: list[Node] = []
    bank = ""
    for row in range(first_row, max([len(sheet.rows), *(row for row, _ in sheet.formulas)], default=0) + 1):
        cells = _Cells(sheet, row, columns)
        if cells.is_empty() or cells.is_total():
            continue
        named = cells.text("bank")
        if named and named != bank:
            bank, path = named, []
        tree = trees.setdefault(bank, Tree(bank, sheet))
        _read_row(cells, tree, path)
    for tree in trees.values():
        _as_per_cents(tree)
        _check_sums(tree)
    return list(trees.values())


class _Cells:
    """One row of the table by field."""

    def __init__(self, sheet: Sheet, row: int, columns: Mapping[str, int]) -> None:
        self.sheet, self.row, self.columns = sheet, row, columns
        self.texts = texts_of(sheet.rows[row - 1]) if row <= len(sheet.rows) else []

    def text(self, name: str) -> str:
        index = self.columns.get(name, -1)
        text = self.texts[index] if 0 <= index < len(self.texts) else ""
        if not text and index >= 0 and (formula := self.sheet.formulas.get((self.row, index + 1))):
            value = computed_sum(self.sheet, formula)
            return "" if value is None else str(value)
        return text

    def place(self, name: str) -> Place:
        index = self.columns.get(name)
        return self.sheet.place(self.row, None if index is None else index + 1)

    def has_formula(self, name: str) -> bool:
        return (self.row, self.columns.get(name, -1) + 1) in self.sheet.formulas

    def is_empty(self) -> bool:
        return not any(self.texts) and not any(row == self.row for row, _ in self.sheet.formulas)

    def is_total(self) -> bool:
        return any(_TOTAL.search(text) for text in self.texts if len(text) <= 10)


def computed_sum(sheet: Sheet, formula: str) -> Fraction | None:
    """The value of a plain SUM over one range of numbers; None for any other formula."""
    match = _SUM.match(formula.replace(" ", ""))
    if match is None:
        return None
    left, right = sorted((column_number(match[1].upper()), column_number(match[3].upper())))
    top, bottom = sorted((int(match[2]), int(match[4])))
    total = Fraction(0)
    for row in sheet.rows[top - 1 : bottom]:
        for text in texts_of(row[left - 1 : right]):
            total += number_of(text) or 0
    return total


def number_of(text: str) -> Fraction | None:
    """The exact value of "20", "2.5%", "20％", "1/3", "0.5分"; None where it is no number."""
    try:
        return Fraction(code_of(text).rstrip("%分题"))
    except (ValueError, ZeroDivisionError):
        return None


def _read_row(cells: _Cells, tree: Tree, path: list[Node]) -> None:
    for level in range(1, LEVELS + 1):
        written = code_of(cells.text(f"code_{level}"))
        if not written:
            continue
        if len(path) < level - 1:
            tree.problems.append(
                Problem(
                    cells.place(f"code_{level}"),
                    "parent-missing",
                    f"代码 {written} 没有上一级。请先填写上一级代码。",
                )
            )
            return
        parent = path[level - 2] if level > 1 else None
        code = _full_code(written, parent, cells.place(f"code_{level}"), tree.problems)
        if len(path) >= level and path[level - 1].code == code:
            _check_repeat(cells, level, path[level - 1], tree.problems)
            continue
        del path[level - 1 :]
        node = Node(
            code,
            cells.text(f"name_{level}"),
            _weight(cells, level, code, tree.problems),
            cells.place(f"code_{level}"),
            cells.place(f"weight_{level}"),
        )
        siblings = parent.children if parent else tree.nodes
        if any(other.code == code for other in siblings):
            tree.problems.append(
                Problem(
                    node.place, "code-repeated", f"代码 {code} 重复。请改正代码，或把同一代码的各行放在一起。"
                )
            )
        siblings.append(node)
        path.append(node)
    if path:
        _read_counts(cells, path[-1], tree.problems)
        _read_point(cells, path[-1], tree.problems)


def _full_code(written: str, parent: Node | None, place: Place, problems: list[Problem]) -> str:
    """The full path of a code: short codes completed, a slip of dashes named with what was meant."""
    above = f"{parent.code}-" if parent else ""
    last = written.rpartition("-")[2]
    if written == above + last and _SEGMENT.match(last):
        return written
    if "-" not in written and _SEGMENT.match(written):
        return above + written
    letters = written.replace("-", "")
    if letters.startswith(above.replace("-", "")) and letters.isalpha() and letters.isascii():
        meant = above + letters[len(above.replace("-", "")) :]
        if _SEGMENT.match(meant.rpartition("-")[2]) and meant != written:
            problems.append(Problem(place, "code-slip", f"代码 {written} 写法有误，应为 {meant}。请改正。"))
            return meant
    where = f"应以 {above} 开头，" if parent else ""
    problems.append(
        Problem(
            place, "code-outside-parent", f"代码 {written} 不在所属上级之下：{where}如 {above}A。请改正代码。"
        )
    )
    return written


def _weight(cells: _Cells, level: int, code: str, problems: list[Problem]) -> Fraction:
    text = cells.text(f"weight_{level}")
    place = cells.place(f"weight_{level}")
    if not text:
        if cells.has_formula(f"weight_{level}"):
            problems.append(
                Problem(
                    place,
                    "formula-without-value",
                    "公式没有保存计算结果。请在 Excel 中打开并保存一次，或直接填写比重。",
                )
            )
        else:
            problems.append(Problem(place, "weight-missing", f"{code} 没有比重。请填写百分数，如 20。"))
        return Fraction(0)
    weight = number_of(text)
    if weight is None:
        problems.append(
            Problem(place, "weight-not-a-number", f"比重“{text[:20]}”不是数字。请填写百分数，如 20 或 2.5。")
        )
        return Fraction(0)
    if weight < 0:
        problems.append(Problem(place, "weight-negative", f"{code} 的比重不能为负。请改正。"))
    return weight


def _check_repeat(cells: _Cells, level: int, node: Node, problems: list[Problem]) -> None:
    text = cells.text(f"weight_{level}")
    if text and number_of(text) != node.weight:
        problems.append(
            Problem(
                cells.place(f"weight_{level}"),
                "weight-differs",
                f"{node.code} 前面写的比重是 {percent(node.weight)}，这里是 {text[:20]}。请改为一致。",
            )
        )


def _read_counts(cells: _Cells, node: Node, problems: list[Problem]) -> None:
    for name in ("points", *(f"items_{kind.value}" for kind in Kind)):
        text = cells.text(name)
        if not text:
            continue
        number = number_of(text)
        if number is None or number < 0 or number.denominator != 1:
            problems.append(
                Problem(cells.place(name), "count-not-whole", f"数量“{text[:20]}”不是整数。请改正。")
            )
        elif name == "points":
            node.point_count = int(number)
        elif kind := kind_of(name.removeprefix("items_")):
            node.items_per_point[kind] = int(number)


def _read_point(cells: _Cells, node: Node, problems: list[Problem]) -> None:
    code = code_of(cells.text("point"))
    if code:
        full = code if "-" in code else f"{node.code}-{code.zfill(3)}"
        node.points.append(
            Point(
                full,
                cells.text("point_name"),
                importance_of(cells.text("importance"), cells.place("importance"), problems),
            )
        )


def importance_of(text: str, place: Place, problems: list[Problem]) -> Importance | None:
    """X, Y or Z, bare or with its name; None where blank."""
    folded = code_of(text)
    if not folded:
        return None
    names = {"核心": "X", "一般": "Y", "辅助": "Z"}
    first = names.get(folded.strip("()"), folded[0])
    if first not in ("X", "Y", "Z"):
        problems.append(
            Problem(
                place,
                "importance-unknown",
                f"不认识重要程度“{text[:20]}”。请用 X（核心）、Y（一般）、Z（辅助）。",
            )
        )
        return None
    return Importance(first)


def _as_per_cents(tree: Tree) -> None:
    """Fractions of one (0.2) and per cents of the parent made per cents of the paper, each with a visible warning."""
    nodes = list(tree.walk())
    if nodes and sum(node.weight for node in tree.nodes) == 1 and all(node.weight <= 1 for node in nodes):
        for node in nodes:
            node.weight *= 100
        _warn(
            tree,
            tree.nodes[0].weight_place,
            "weights-as-fractions",
            "比重以小数（合计为 1）给出，已乘以 100 换算为百分数。请确认。",
        )
    parents = [node for node in tree.nodes if node.children]
    written = {id(node): node.weight for node in nodes}
    while parents:
        sums = [(written[id(node)], sum(written[id(child)] for child in node.children)) for node in parents]
        if all(below == 100 for _, below in sums) and any(below != own for own, below in sums):
            for node in parents:
                for child in node.children:
                    child.weight = written[id(child)] * node.weight / 100
            place = parents[0].children[0].weight_place
            _warn(
                tree,
                place,
                "weights-of-parent",
                f"{place.column or ''} 列比重是占上一级的百分比，已换算为占全卷的百分比。请确认。",
            )
        parents = [child for node in parents for child in node.children if child.children]


def _warn(tree: Tree, place: Place, code: str, message: str) -> None:
    tree.problems.append(Problem(place, code, message, Severity.WARNING))


def _check_sums(tree: Tree) -> None:
    if any(problem.code in _NO_WEIGHT for problem in tree.problems):
        return  # a weight is missing or unreadable: every sum above it would only repeat that
    top = sum((node.weight for node in tree.nodes), Fraction(0))
    if tree.nodes and top != 100:
        place = Place(tree.sheet.name, None, tree.nodes[0].weight_place.column)
        tree.problems.append(
            Problem(place, "weights-not-100", f"一级比重合计 {percent(top)}，应为 100%。请改正比重。")
        )
    for node in tree.walk():
        below = sum((child.weight for child in node.children), Fraction(0))
        if node.children and below != node.weight:
            gap = node.weight - below
            tree.problems.append(
                Problem(
                    node.weight_place,
                    "weights-below-differ",
                    f"{node.code}：下级比重合计 {percent(below)} ≠ {percent(node.weight)}"
                    f"（差 {'+' if gap > 0 else '−'}{percent(abs(gap))}）。请改正上下级比重。",
                )
            )
