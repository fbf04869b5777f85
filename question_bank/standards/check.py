"""What is wrong with a standard, and what in it is still unknown."""

from __future__ import annotations

from collections import Counter, defaultdict
from decimal import Decimal

from question_bank.problems import NOWHERE, Problem, Severity
from question_bank.standards.model import Figure, Standard, Subject


def check(standard: Standard) -> list[Problem]:
    """Faults that keep a standard out, and warnings for what nobody knows yet."""
    return [
        *_levels(standard),
        *_figures(standard),
        *_functions(standard),
        *_weights(standard),
        *_rule_sets(standard),
    ]


def _fault(code: str, message: str) -> Problem:
    return Problem(NOWHERE, code, message)


def _warning(code: str, message: str) -> Problem:
    return Problem(NOWHERE, code, message, Severity.WARNING)


def _levels(standard: Standard) -> list[Problem]:
    problems = [
        _fault("level-repeated", f"级别 {code} 出现 {n} 次。")
        for code, n in Counter(level.code for level in standard.levels).items()
        if n > 1
    ]
    if not standard.levels:
        problems.append(_fault("no-levels", "标准没有级别。"))
    for level in standard.levels:
        if not level.subjects:
            problems.append(
                _fault("level-without-pass-rule", f"{level.label}没有考核科目及合格标准。请补充。")
            )
        subjects = Counter(rule.subject for rule in level.subjects)
        problems += [
            _fault("subject-repeated", f"{level.label}的{subject.label}出现 {n} 次。")
            for subject, n in subjects.items()
            if n > 1
        ]
        for rule in level.subjects:
            place = f"{level.label}{rule.subject.label}"
            total, passing = rule.total.value, rule.pass_mark.value
            if total is None or passing is None:
                problems.append(_fault("level-without-pass-rule", f"{place}没有满分或合格分。请补充。"))
            elif not 0 < passing <= total:
                problems.append(
                    _fault("bad-pass-mark", f"{place}合格分 {passing} 应大于 0 且不超过满分 {total}。")
                )
    return problems


def _figures(standard: Standard) -> list[Problem]:
    problems = []
    for place, figure in standard.figures:
        if not figure.unit or not figure.source:
            problems.append(_fault("bad-figure", f"{place}：缺少单位或来源。"))
        if figure.value is not None and (not figure.value.is_finite() or figure.value < 0):
            problems.append(_fault("bad-figure", f"{place}：{figure.value} 不是可用的数。"))
        if figure.verified and not _is_signed(figure):
            problems.append(_fault("bad-figure", f"{place}：标为已核实，但没有核实人、日期或数值。"))
    if standard.unverified:
        problems.append(
            _warning(
                "unverified-figures",
                f"{len(standard.unverified)} 个数值未与正式文本核对：{'、'.join(standard.unverified)}。",
            )
        )
    return problems


def _is_signed(figure: Figure) -> bool:
    return bool(figure.by) and figure.on is not None and figure.value is not None


def _functions(standard: Standard) -> list[Problem]:
    codes = Counter(function.code for function in standard.functions)
    problems = [
        _fault("function-repeated", f"职业功能代码 {code} 出现 {n} 次。")
        for code, n in codes.items()
        if n > 1
    ]
    return problems + [
        _fault("unknown-function", f"{function.code} 的上级 {function.parent} 不在标准之内。")
        for function in standard.functions
        if function.parent and function.parent not in codes
    ]


def _weights(standard: Standard) -> list[Problem]:
    if not standard.weights:
        return [_warning("weights-unknown", "权重表未知：组卷比重须由命题规则给出，并标为未核实。")]
    problems = []
    functions = {function.code: function for function in standard.functions}
    sums: defaultdict[tuple[str, Subject, str], Decimal] = defaultdict(Decimal)
    given: dict[tuple[str, Subject, str], Decimal] = {}
    for weight in standard.weights:
        level, value = standard.level(weight.level), weight.figure.value
        if level is None:
            problems.append(_fault("unknown-level", f"权重所列级别 {weight.level} 不在标准之内。"))
        elif level.subject(weight.subject) is None:
            problems.append(
                _fault("unknown-subject", f"{level.label}没有{weight.subject.label}，却有其权重。")
            )
        function = functions.get(weight.function)
        if function is None:
            problems.append(_fault("unknown-function", f"权重所列 {weight.function} 不在标准之内。"))
        elif value is None:
            problems.append(_fault("bad-figure", f"{weight.function} 的权重没有数值；未知的权重请不要列出。"))
        else:
            key = (weight.level, weight.subject, weight.function)
            if key in given:
                problems.append(_fault("weight-repeated", f"{weight.function} 的权重出现多次。"))
            given[key] = value
            sums[(weight.level, weight.subject, function.parent)] += value
    for (code, subject, parent), total in sums.items():
        expected = given.get((code, subject, parent)) if parent else Decimal(100)
        if expected is not None and total != expected:
            name = parent or "一级"
            problems.append(
                _fault(
                    "weights-not-100" if not parent else "weights-below-differ",
                    f"级别 {code} {subject.label}：{name}权重合计 {total}%，应为 {expected}%。",
                )
            )
    return problems


def _rule_sets(standard: Standard) -> list[Problem]:
    problems = []
    codes = {level.code for level in standard.levels}
    repeated = Counter(rules.code for rules in standard.rule_sets)
    problems += [
        _fault("rule-set-repeated", f"申报条件 {c} 出现 {n} 次。") for c, n in repeated.items() if n > 1
    ]
    for rules in standard.rule_sets:
        conditions = Counter(condition.code for condition in rules.conditions)
        problems += [
            _fault("condition-repeated", f"{rules.name}：条件 {code} 出现 {n} 次。")
            for code, n in conditions.items()
            if n > 1
        ]
        for condition in rules.conditions:
            if condition.level not in codes:
                problems.append(
                    _fault(
                        "unknown-level",
                        f"{rules.name}：条件 {condition.code} 的级别 {condition.level} 不在标准之内。",
                    )
                )
            parts = (
                condition.years,
                condition.certificate,
                condition.education,
                condition.title,
                condition.rank,
            )
            if not any(parts) and not condition.is_manual:
                problems.append(
                    _fault(
                        "condition-empty",
                        f"{rules.name}：条件 {condition.code} 没有可核对的内容，也没有标为人工审核。",
                    )
                )
        for code, note in rules.unknown:
            if code not in codes:
                problems.append(_fault("unknown-level", f"{rules.name}：级别 {code} 不在标准之内。"))
            else:
                problems.append(_warning("conditions-unknown", f"{rules.name}，级别 {code}：{note}"))
        for code in sorted(codes - {c.level for c in rules.conditions} - {c for c, _ in rules.unknown}):
            problems.append(_fault("level-without-conditions", f"{rules.name}：级别 {code} 没有申报条件。"))
        if rules.effective is None:
            problems.append(_warning("effective-date-unknown", f"{rules.name}：生效日期未知。"))
    return problems
