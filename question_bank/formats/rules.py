"""Rule workbooks (组题规则, 蓝图, 细目表) read into outlines and specifications.

Sheets are known by their columns, not by their names.  A bank whose tables hold an error yields nothing, so that no
paper is ever drawn from half a rule; its problems say which cell to mend.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from question_bank.assembly import specification as specifications
from question_bank.assembly.specification import Section, Share, Specification
from question_bank.formats.cells import code_of, texts_of
from question_bank.formats.codes import difficulty_of, kind_of
from question_bank.formats.headings import Column, Heading, field_by_title, find_heading, find_stacked_heading
from question_bank.formats.imports import digest_of
from question_bank.formats.limits import DEFAULT_LIMITS, Limits
from question_bank.formats.rule_demands import (
    DEMAND_COLUMNS,
    IMPORTANCE_COLUMNS,
    Demands,
    read_demand,
    read_importance,
)
from question_bank.formats.sheets import Sheet, Sheets, read_sheets
from question_bank.formats.weights import (
    REQUIRED_WEIGHTS,
    WEIGHT_COLUMNS,
    Node,
    Tree,
    computed_sum,
    importance_of,
    number_of,
    read_trees,
)
from question_bank.outlines import tree as outlines
from question_bank.outlines.tree import Area, Outline, Point, area_code
from question_bank.problems import NOWHERE, Place, Problem, Severity
from question_bank.questions.kinds import Kind

_BANK = Column("bank", "题库名称", ("题库", "题库代码", "Bank"))
SECTION_COLUMNS = (
    _BANK,
    Column("kind", "题型", ("题型代码", "题目类型", "Type", "Kind")),
    Column("count", "题量", ("题数", "数量", "题目数量", "Count")),
    Column("points", "每题分数", ("每题分值", "单题分数", "单题分值", "分值", "每题分", "Points")),
)
DIFFICULTY_COLUMNS = (
    _BANK,
    Column("difficulty", "难度", ("难度代码", "难度等级", "Difficulty")),
    Column("percent", "比重(%)", ("比重", "占比", "占比(%)", "比例", "比例(%)", "Percent", "Percent(%)")),
)
POINT_COLUMNS = (
    _BANK,
    Column("point", "代码", ("认定点代码", "鉴定点代码", "知识点代码", "Code")),
    Column("name", "名称", ("认定点名称", "鉴定点名称", "知识点名称", "认定点", "鉴定点", "Name")),
    Column("importance", "重要程度", ("Importance",)),
    Column("page", "页码", ("Page",)),
)
ABOUT_COLUMNS = (Column("item", "规则信息", ()), Column("value", "内容", ()))
#: Lines of the sheet 规则信息, which we write so that a rule reads back equal; other people's files don't have it.
ABOUT_ITEMS = ("规则名称", "规则题库", "规则已核实", "细目表名称", "细目表来源", "细目表已核实")
YES = "是"

#: Faults of the finished values that the sheets' own checks have named already, with their cells.
_TOLD = frozenset(
    {"weights-not-100", "weights-below-differ", "weight-negative", "shares-not-100", "shares-below-differ"}
    | {"share-negative", "code-repeated", "no-sections", "no-shares"}
)
_TOTALS = ("合计", "总计", "TOTAL")


@dataclass(frozen=True, slots=True)
class Supply:
    """蓝图, one leaf: how many 知识点 an area has and how many questions of each kind each of them should have."""

    bank: str
    area: str
    points: int | None
    items_per_point: tuple[tuple[Kind, int], ...]


@dataclass(frozen=True, slots=True)
class RuleImport:
    """A rule workbook, read.  An outline is named after its bank; supplies come from the type columns of a 蓝图."""

    name: str
    outlines: tuple[Outline, ...]
    specifications: tuple[Specification, ...]
    supplies: tuple[Supply, ...]
    problems: tuple[Problem, ...]
    digest: str


def read(name: str, data: bytes, *, bank: str | None = None, limits: Limits = DEFAULT_LIMITS) -> RuleImport:
    """Read a rule workbook.  bank: 题库名称 where the file gives none.  Raises Unreadable."""
    return read_tables(name, read_sheets(name, data, limits), digest_of(data), bank=bank or "")


#: The name to import beside the reader of questions.
read_rules = read


@dataclass(slots=True)
class _Found:
    """Everything met in the sheets, by bank where it has one."""

    trees: list[Tree] = field(default_factory=list)
    sections: dict[str, list[Section]] = field(default_factory=dict)
    section_places: dict[str, Place] = field(default_factory=dict)
    difficulty: dict[str, list[tuple[int, Fraction]]] = field(default_factory=dict)
    demands: dict[str, Demands] = field(default_factory=dict)
    points: list[tuple[str, Point, Place]] = field(default_factory=list)
    about: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def read_tables(name: str, sheets: Sheets, digest: str, *, bank: str = "") -> RuleImport:
    """As `read`, from tables that are open already."""
    found = _Found()
    for sheet in sheets.sheets:
        _read_sheet(sheet, found)
    if not found.trees and not found.sections:
        message = "没有找到规则工作表：应有“题型分布”（题型、题量、每题分数）或“知识点分布”（1级代码、1级比重…）。请对照模板检查。"
        found.problems.append(Problem(NOWHERE, "no-rule-sheet", message))
    _fill_points(found)
    named = bank or found.about.get("规则题库", "")
    bad = {tree.bank for tree in found.trees if any(problem.is_error for problem in tree.problems)}
    problems = [*found.problems, *(problem for tree in found.trees for problem in tree.problems)]
    broken = any(problem.is_error for problem in found.problems)
    made_outlines: list[Outline] = []
    made: list[Specification] = []
    supplies: list[Supply] = []
    for tree in found.trees:
        if tree.bank in bad or broken:
            continue
        title = (
            found.about.get("细目表名称", "") or tree.bank or named or _only(found.sections) or _stem(name)
        )
        outline = Outline(
            title,
            tuple(_area(node) for node in tree.nodes),
            found.about.get("细目表来源", ""),
            found.about.get("细目表已核实") == YES,
        )
        problems.extend(_remaining(outlines.check(outline), tree.sheet))
        made_outlines.append(outline)
        supplies.extend(_supplies(tree, tree.bank or named))
    for of_bank, sections in found.sections.items():
        of_tree = _tree_for(of_bank, found.trees)
        place = found.section_places[of_bank]
        if of_tree is None:
            message = (
                f"题库“{of_bank}”没有知识点分布。请补充知识点分布工作表。"
                if of_bank
                else "没有知识点分布。请补充知识点分布工作表。"
            )
            problems.append(Problem(place, "no-shares", message))
        elif of_tree.bank not in bad and not broken:
            title = of_bank or of_tree.bank or named
            one = Specification(
                found.about.get("规则名称", "") or title or _stem(name),
                tuple(sections),
                tuple(_share(node) for node in of_tree.nodes),
                tuple(found.difficulty.get(of_bank) or found.difficulty.get("") or ()),
                title,
                found.about.get("规则已核实") == YES,
                **(found.demands.get(of_bank) or found.demands.get("") or Demands()).fields(),
            )
            faults = _remaining(specifications.check(one), place=place)
            problems.extend(faults)
            if not any(fault.is_error for fault in faults):
                made.append(one)
    return RuleImport(name, tuple(made_outlines), tuple(made), tuple(supplies), tuple(problems), digest)


def _read_sheet(sheet: Sheet, found: _Found) -> None:
    known = field_by_title(WEIGHT_COLUMNS)
    heading = find_heading(sheet.rows, known, REQUIRED_WEIGHTS) or find_stacked_heading(
        sheet.rows, known, REQUIRED_WEIGHTS
    )
    if heading is not None:
        found.trees.extend(read_trees(sheet, heading.columns, heading.data_row))
    elif heading := _heading(sheet, SECTION_COLUMNS, "kind", "count", "points"):
        _read_sections(sheet, heading, found)
    elif heading := _heading(sheet, DIFFICULTY_COLUMNS, "difficulty", "percent"):
        _read_difficulty(sheet, heading, found)
    elif heading := _heading(sheet, IMPORTANCE_COLUMNS, "importance", "lowest", "highest"):
        _read_demands(sheet, heading, found, read_importance)
    elif heading := _heading(sheet, DEMAND_COLUMNS, "demand", "value"):
        _read_demands(sheet, heading, found, read_demand)
    elif heading := _heading(sheet, POINT_COLUMNS, "point", "name"):
        _read_points(sheet, heading, found)
    elif heading := _heading(sheet, ABOUT_COLUMNS, "item", "value"):
        for _, texts in _rows(sheet, heading):
            if texts["item"] in ABOUT_ITEMS:
                found.about[texts["item"]] = texts["value"]
    elif any(any(cell != "" for cell in row) for row in sheet.rows):
        message = "没有认出规则的标题行，已跳过这张工作表。"
        found.problems.append(Problem(sheet.place(1), "sheet-skipped", message, Severity.WARNING))


def _heading(sheet: Sheet, columns: Sequence[Column], *required: str) -> Heading | None:
    return find_heading(sheet.rows, field_by_title(columns), (frozenset(required),))


def _rows(sheet: Sheet, heading: Heading) -> list[tuple[int, dict[str, str]]]:
    """Rows that hold anything, by field ("" where blank), lines of totals left out."""
    rows = []
    for row in range(heading.data_row, len(sheet.rows) + 1):
        texts = texts_of(sheet.rows[row - 1])
        for (_, column), formula in ((cell, text) for cell, text in sheet.formulas.items() if cell[0] == row):
            texts.extend([""] * (column - len(texts)))
            texts[column - 1] = str(computed_sum(sheet, formula) or "")
        if any(texts) and not any(code_of(text) in _TOTALS for text in texts):
            rows.append(
                (row, {name: texts[i] if i < len(texts) else "" for name, i in heading.columns.items()})
            )
    return rows


def _read_sections(sheet: Sheet, heading: Heading, found: _Found) -> None:
    bank = ""
    for row, texts in _rows(sheet, heading):
        bank = texts.get("bank") or bank

        def fault(name: str, code: str, message: str, row: int = row) -> None:
            found.problems.append(Problem(sheet.place(row, heading.columns[name] + 1), code, message))

        kind = kind_of(texts["kind"])
        count, points = number_of(texts["count"]), number_of(texts["points"])
        if kind is None:
            fault(
                "kind",
                "kind-unknown",
                f"不认识题型“{texts['kind'][:20]}”。请用 B（单选题）、G（多选题）、C（判断题）等。",
            )
        if count is None or count < 0 or count.denominator != 1:
            fault("count", "count-not-positive", f"题量“{texts['count'][:20]}”应为正整数。请改正。")
            count = None
        if points is None or points < 0 or (points * 2).denominator != 1 or (points == 0 and count):
            fault(
                "points",
                "points-not-halves",
                f"每题分数“{texts['points'][:20]}”应为 0.5 的正整数倍。请改正。",
            )
            points = None
        if kind is None or not count or points is None:
            continue  # a kind with 题量 0 is how a template says "none"
        found.section_places.setdefault(bank, Place(sheet.name))
        exact = Decimal(int(points * 2)) / 2
        found.sections.setdefault(bank, []).append(Section(kind, int(count), exact))


def _read_difficulty(sheet: Sheet, heading: Heading, found: _Found) -> None:
    bank = ""
    for row, texts in _rows(sheet, heading):
        bank = texts.get("bank") or bank
        level, part = difficulty_of(texts["difficulty"]), number_of(texts["percent"])
        if level is None:
            place = sheet.place(row, heading.columns["difficulty"] + 1)
            message = f"不认识难度代码“{texts['difficulty'][:20]}”。请用 1（很简单）到 5（很难）。"
            found.problems.append(Problem(place, "difficulty-unknown", message))
        elif part is None or part < 0:
            place = sheet.place(row, heading.columns["percent"] + 1)
            message = f"比重“{texts['percent'][:20]}”不是百分数。请填写如 20。"
            found.problems.append(Problem(place, "weight-not-a-number", message))
        else:
            found.difficulty.setdefault(bank, []).append((level, part))
    for parts in found.difficulty.values():
        if sum(part for _, part in parts) == 1:
            parts[:] = [(level, part * 100) for level, part in parts]


def _read_demands(
    sheet: Sheet,
    heading: Heading,
    found: _Found,
    read_row: Callable[[dict[str, str], Callable[[str], Place], Demands, list[Problem]], None],
) -> None:
    bank = ""
    for row, texts in _rows(sheet, heading):
        bank = texts.get("bank") or bank

        def at(name: str, row: int = row) -> Place:
            return sheet.place(row, heading.columns[name] + 1)

        read_row(texts, at, found.demands.setdefault(bank, Demands()), found.problems)


def _read_points(sheet: Sheet, heading: Heading, found: _Found) -> None:
    bank = ""
    for row, texts in _rows(sheet, heading):
        bank = texts.get("bank") or bank
        index = heading.columns.get("importance")
        place = sheet.place(row, heading.columns["point"] + 1)
        code = code_of(texts["point"])
        importance = importance_of(
            texts.get("importance", ""),
            sheet.place(row, None if index is None else index + 1),
            found.problems,
        )
        if not code.rpartition("-")[2].isdigit() or "-" not in code:
            message = f"认定点代码“{texts['point'][:30]}”不完整。请填写完整代码，如 A-B-C-001。"
            found.problems.append(Problem(place, "point-incomplete", message))
            continue
        found.points.append((bank, Point(code, texts["name"], importance), place))


def _fill_points(found: _Found) -> None:
    """Hang the points of a 认定点 sheet into the areas that their codes name, in every tree they belong to."""
    for bank, point, place in found.points:
        trees = [tree for tree in found.trees if not bank or tree.bank in ("", bank)]
        areas = [node for tree in trees for node in tree.walk() if node.code == area_code(point.code)]
        if not areas:
            message = f"认定点 {point.code} 的鉴定范围 {area_code(point.code)} 不在比重表中。请改正代码，或补上该范围。"
            found.problems.append(Problem(place, "point-outside-outline", message))
        for area in areas:
            if any(other.code == point.code for other in area.points):
                message = f"认定点代码 {point.code} 重复。请改正。"
                found.problems.append(Problem(place, "code-repeated", message))
            else:
                area.points.append(point)


def _tree_for(bank: str, trees: Sequence[Tree]) -> Tree | None:
    """The tree of this bank, or the one that names no bank; a section without bank takes the only tree there is."""
    exact = next((tree for tree in trees if tree.bank == bank), None)
    shared = next((tree for tree in trees if not tree.bank), None)
    return exact or shared or (trees[0] if len(trees) == 1 and not bank else None)


def _area(node: Node) -> Area:
    return Area(
        node.code, node.name, node.weight, tuple(_area(child) for child in node.children), tuple(node.points)
    )


def _share(node: Node) -> Share:
    return Share(node.code, node.weight, tuple(_share(child) for child in node.children))


def _supplies(tree: Tree, bank: str) -> list[Supply]:
    return [
        Supply(bank, node.code, node.point_count, tuple(node.items_per_point.items()))
        for node in tree.walk()
        if node.point_count is not None or node.items_per_point
    ]


def _remaining(
    problems: list[Problem], sheet: Sheet | None = None, *, place: Place = NOWHERE
) -> list[Problem]:
    """Problems of the finished value that no cell was named for, put in their sheet."""
    where = Place(sheet.name) if sheet else place
    return [Problem(where, one.code, one.message, one.severity) for one in problems if one.code not in _TOLD]


def _only(sections: dict[str, list[Section]]) -> str:
    return next(iter(sections)) if len(sections) == 1 else ""


def _stem(name: str) -> str:
    return name.replace("\\", "/").rpartition("/")[2].rpartition(".")[0] or name
