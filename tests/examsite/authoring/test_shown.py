"""Questions of every kind, with their keys, on the pages of the bank's staff."""

from __future__ import annotations

from decimal import Decimal

import pytest

from examsite.access.permissions import Role
from examsite.authoring.models import VersionStatus
from examsite.authoring.pictures import actions as pictures
from question_bank.questions.kinds import Kind
from question_bank.questions.model import Key, Quantity, Question
from tests.browse import Page, text_of
from tests.conftest import START, Site
from tests.factories import (
    compound_question,
    make_bank,
    make_person,
    make_question,
    numeric_question,
    picture_bytes,
)


def page_of(
    site: Site,
    made: tuple[Question, Key],
    role: Role = Role.REVIEWER,
    *,
    review: bool = False,
    status: VersionStatus = VersionStatus.IN_REVIEW,
) -> Page:
    with site.writing() as session:
        version = make_question(session, make_bank(session), kind=made[0].kind, made=made, status=status)
        person = make_person(session, role)
    return site.browse_as(person).get(f"/bank/{'review' if review else 'versions'}/{version.id}")


def with_picture(site: Site) -> str:
    with site.writing() as session:
        bank = make_bank(session)
        return pictures.keep(session, bank.id, picture_bytes(), actor=make_person(session), now=START)


@pytest.mark.parametrize("review", [False, True])
def test_parts_are_shown_with_material_and_their_keys(site: Site, review: bool) -> None:
    digest = with_picture(site)
    page = page_of(site, compound_question(picture=digest), review=review)
    assert [text_of(e) for e in page.find_all("td") if "样例" in text_of(e)][:2] == ["样例白天", "样例夜间"]
    [image] = page.find_all("img", alt="样例平面图")
    assert (image.get("src") or "").endswith(f"/pictures/{digest}")
    assert page.browse.client.get(image.get("src")).status_code == 200
    keys = [text_of(e) for e in page.find_all("ol", class_="presented-parts")[-1]]
    assert keys[0] == "B"
    assert keys[1] == "A, B"
    assert keys[2] == "错误"
    assert keys[3].startswith("东门")
    assert "第 1、2 空的答案可互换位置" in keys[3]
    assert keys[4].startswith("6 次")
    assert keys[5] == "样例参考答案"
    assert any("math" in str(e.tag) for e in page.find_all("div", class_="presented-material")[0].iter())


def test_a_number_is_shown_with_its_tolerance_and_units(site: Site) -> None:
    page = page_of(site, numeric_question())
    for words in ("12500 W", "允许误差：±1%", "也接受 kW：1 kW = 1000 W", "必须写出单位", "填一个数值"):
        assert words in page.text
    exact = Key(quantity=Quantity(Decimal("1.5E+4"), Decimal("0.5"), unit="元"))
    other = page_of(site, (Question(Kind.CALCULATION, "样例求和。", sources=("样例",), numeric=True), exact))
    assert "15000 元" in other.text
    assert "±0.5 元" in other.text


def test_markup_is_shown_and_hostile_text_is_text(site: Site) -> None:
    question = Question(
        Kind.SHORT, "样例 <script>alert(1)</script> $x^2$ ![a](http://example.com/a.png)", sources=("样例",)
    )
    key = Key(model_answer="| 甲 | 乙 |\n|---|---|\n| 1 | 2 |", explanation="因为 $y$")
    # A draft: the address of another host keeps it from review.
    page = page_of(site, (question, key), status=VersionStatus.DRAFT)
    assert "<script>alert(1)</script>" in page.text
    assert page.find_all("img") == [
        e for e in page.find_all("img") if "example.com" not in (e.get("src") or "")
    ]
    assert {"1", "2"} <= {text_of(e) for e in page.find_all("td")}


def test_the_list_shows_words_where_the_text_has_markup(site: Site) -> None:
    with site.writing() as session:
        bank = make_bank(session)
        made = (
            Question(Kind.SHORT, "样例图 ![平面](picture:" + "a" * 64 + ") 与 $x$", sources=("样例",)),
            Key(model_answer="略"),
        )
        make_question(session, bank, kind=Kind.SHORT, made=made)
        person = make_person(session, Role.WRITER)
    assert "样例图 〔图：平面〕 与 x" in site.browse_as(person).get(f"/bank/{bank.id}/questions").text


def test_who_sees_no_keys_sees_the_question_without_them(site: Site) -> None:
    page = page_of(site, compound_question(), Role.BANK_MANAGER)
    assert "样例小题四" in page.text
    assert "东门" not in page.text
