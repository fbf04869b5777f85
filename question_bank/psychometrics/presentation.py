"""An item analysis as JSON, where NaN becomes null, and as an aligned table for a terminal."""

import math
import unicodedata
from collections.abc import Sequence

from question_bank.psychometrics.flags import Flag
from question_bank.psychometrics.options import OptionStatistics
from question_bank.psychometrics.reliability import NotEstimable
from question_bank.psychometrics.report import ItemAnalysis, WholeTest

Json = dict[str, "Json"] | list["Json"] | str | int | float | bool | None

_REASONS = {
    NotEstimable.ONE_ITEM: "只有一道题",
    NotEstimable.ONE_PERSON: "只有一名考生",
    NotEstimable.NO_VARIANCE: "总分没有差异",
    NotEstimable.NO_PAIRS: "没有两道题被同一批考生作答",
}

_FLAGS = {
    Flag.NOT_PRESENTED: "无人作答",
    Flag.FEW_PERSONS: "人数过少",
    Flag.CONSTANT: "得分无差异",
    Flag.TOO_HARD: "偏难",
    Flag.TOO_EASY: "偏易",
    Flag.NEGATIVE_DISCRIMINATION: "区分度为负",
    Flag.LOW_DISCRIMINATION: "区分度偏低",
    Flag.OPTION_BEATS_KEY: "有选项胜过答案",
}


def as_json(analysis: ItemAnalysis) -> dict[str, Json]:
    """{"test": {…}, "items": […]} of plain values, ready for json.dumps(…, allow_nan=False)."""
    return {
        "test": _test_json(analysis.test),
        "items": [
            {
                "name": item.name,
                "n": item.n,
                "maximum": _number(item.maximum),
                "mean": _number(item.mean),
                "difficulty": _number(item.difficulty),
                "discrimination": _number(item.discrimination),
                "upper_lower": _number(item.upper_lower),
                "alpha_if_deleted": _number(item.alpha_if_deleted),
                "options": [_option_json(option) for option in item.options],
                "flags": [flag.value for flag in item.flags],
            }
            for item in analysis.items
        ],
    }


def _test_json(test: WholeTest) -> dict[str, Json]:
    reliability = test.reliability
    pairs = reliability.pairs
    return {
        "persons": test.persons,
        "examined": test.examined,
        "items": test.items,
        "complete": test.is_complete,
        "unit": "percent" if test.in_percent else "points",
        "maximum": _number(test.maximum),
        "mean": _number(test.mean),
        "sd": _number(test.sd),
        "lowest": _number(test.lowest),
        "highest": _number(test.highest),
        "mean_difficulty": _number(test.mean_difficulty),
        "mean_discrimination": _number(test.mean_discrimination),
        "alpha": _number(reliability.alpha),
        "alpha_method": "complete" if pairs is None else "pairwise",
        "alpha_interval": None
        if math.isnan(reliability.interval[0])
        else [_number(bound) for bound in reliability.interval],
        "alpha_reason": reliability.reason.value if reliability.reason else None,
        "sem": _number(reliability.sem),
        "pairs": None
        if pairs is None
        else {
            "items_per_person": _number(pairs.items_per_person),
            "used": pairs.pairs,
            "possible": pairs.pairs_possible,
            "fewest_persons": pairs.fewest_persons,
        },
        "histogram": {
            "edges": [_number(edge) for edge in test.histogram.edges.tolist()],
            "counts": [int(count) for count in test.histogram.counts],
        },
    }


def _option_json(option: OptionStatistics) -> dict[str, Json]:
    return {
        "label": option.label,
        "is_key": option.is_key,
        "count": option.count,
        "share": _number(option.share),
        "mean_rest": _number(option.mean_rest),
        "discrimination": _number(option.discrimination),
        "share_of_best_fifth": _number(option.share_of_best_fifth),
        "beats_key": option.beats_key,
    }


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def as_text(analysis: ItemAnalysis) -> str:
    """The same for people: a summary, a table of items and, where choices are known, a table of options."""
    blocks = [_summary(analysis.test), _items_table(analysis)]
    if any(item.options for item in analysis.items):
        blocks.append(_options_table(analysis))
    return "\n\n".join(blocks) + "\n"


def _summary(test: WholeTest) -> str:
    unit = "%" if test.in_percent else " 分"
    reliability = test.reliability
    low, high = reliability.interval
    if reliability.reason:
        alpha = f"—({_REASONS[reliability.reason]})"
    elif reliability.pairs:
        pairs = reliability.pairs
        alpha = (
            f"{reliability.alpha:.3f}(随机组卷：按题目两两协方差估计，用 {pairs.pairs}/{pairs.pairs_possible} 对题，"
            f"每对至少 {pairs.fewest_persons} 人，每卷平均 {pairs.items_per_person:.1f} 题)"
        )
    else:
        alpha = f"{reliability.alpha:.3f}(95% 区间 {low:.3f} 至 {high:.3f})"
    return "\n".join(
        [
            f"考生 {test.persons} 人，其中 {test.examined} 人有作答题目；题目 {test.items} 道；满分 {test.maximum:g}{unit}",
            f"平均 {_text(test.mean, 2)}{unit}，标准差 {_text(test.sd, 2)},"
            f"最低 {_text(test.lowest, 2)}，最高 {_text(test.highest, 2)}",
            f"α 系数 {alpha}；测量标准误 {_text(reliability.sem, 2)} 分",
        ]
    )


def _items_table(analysis: ItemAnalysis) -> str:
    head = ["题目", "人数", "难度", "区分度", "高低分组", "删后α", "提示"]
    rows = [
        [
            item.name,
            str(item.n),
            _text(item.difficulty),
            _text(item.discrimination),
            _text(item.upper_lower),
            _text(item.alpha_if_deleted),
            "、".join(_FLAGS[flag] for flag in item.flags),
        ]
        for item in analysis.items
    ]
    return _aligned([head, *rows], left=(0, 6))


def _options_table(analysis: ItemAnalysis) -> str:
    head = ["题目", "选项", "人数", "比例", "其余题得分率", "与其余题相关", "最好五分之一中", "提示"]
    rows = [
        [
            item.name,
            ("未答" if option.label is None else option.label) + ("*" if option.is_key else ""),
            str(option.count),
            _text(option.share),
            _text(option.mean_rest),
            _text(option.discrimination),
            _text(option.share_of_best_fifth),
            "胜过答案" if option.beats_key else "",
        ]
        for item in analysis.items
        for option in item.options
    ]
    return _aligned([head, *rows], left=(0, 1, 7)) + "\n* 为答案"


def _text(value: float, digits: int = 3) -> str:
    return f"{value:.{digits}f}" if math.isfinite(value) else "—"


def _aligned(rows: Sequence[Sequence[str]], left: Sequence[int]) -> str:
    widths = [max(_width(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = []
        for column, cell in enumerate(row):
            space = " " * (widths[column] - _width(cell))
            cells.append(cell + space if column in left else space + cell)
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def _width(text: str) -> int:
    """Columns of a terminal that the text takes: Chinese characters and punctuation take two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
