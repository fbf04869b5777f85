"""What a draft has that a format has no place for, by the names that people know it by."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from question_bank.questions.model import Draft

_NAMES = {
    "bank": "题库名称",
    "external_id": "ID",
    "point": "认定点代码",
    "difficulty": "难度",
    "consistency": "一致性",
    "sources": "依据",
    "picture": "图及位置",
    "tags": "行业标签",
    "material": "材料",
    "stimulus": "共用材料",
    "quantity": "数值答案的误差和单位",
    "parts": "小题",
    "any_order": "空位次序不限",
    "explanation": "解析",
}


def not_held(draft: Draft, held: frozenset[str]) -> list[str]:
    """What this draft has besides its kind, stem, options and answer that is not among the fields held."""
    question, key = draft.question, draft.key
    has = {
        "bank": draft.bank,
        "external_id": draft.external_id,
        "quantity": question.numeric or key.quantity is not None,
        "any_order": key.any_order,
        "explanation": key.explanation,
    }
    return [
        name
        for field, name in _NAMES.items()
        if field not in held and (has[field] if field in has else getattr(question, field))
    ]


def sentence(draft: Draft, held: frozenset[str], format_name: str) -> str:
    """What of this draft a format of this name leaves out, as a sentence; "" where it leaves out nothing."""
    lost = not_held(draft, held)
    return f"{format_name}中没有{'、'.join(lost)}的位置，未写入。" if lost else ""


def without(draft: Draft, held: frozenset[str]) -> Draft:
    """The draft as a format that holds only these fields gives it back."""
    lost = _NAMES.keys() - held
    empty: dict[str, Any] = {
        field: type(getattr(draft.question, field))()
        for field in ("sources", "picture", "tags", "material", "stimulus", "parts", "point")
        if field in lost
    }
    empty |= {field: None for field in ("difficulty", "consistency") if field in lost}
    key: dict[str, Any] = {"parts": ()} if "parts" in lost else {}
    if "quantity" in lost:
        empty["numeric"], key["quantity"] = False, None
    if "any_order" in lost:
        key["any_order"] = ()
    if "explanation" in lost:
        key["explanation"] = ""
    return replace(
        draft,
        question=replace(draft.question, **empty),
        key=replace(draft.key, **key),
        bank=draft.bank if "bank" in held else "",
        external_id=draft.external_id if "external_id" in held else "",
    )
