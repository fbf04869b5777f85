"""A version's past: what changed, who may see that the key did, enemies, tags, uses and figures."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select

from examsite.access.permissions import Role
from examsite.audit import AuditRecord
from examsite.authoring import actions, imports, queries
from examsite.authoring.catalogue import actions as catalogue
from examsite.authoring.catalogue.models import EnemyPair, QuestionTag
from examsite.authoring.models import QuestionRow, QuestionVersion
from examsite.authoring.reading import read_workbook
from question_bank.questions.model import Key
from tests.conftest import START, Site
from tests.examsite.authoring.workbooks import row, workbook
from tests.factories import make_bank, make_person, make_question, question_of

SVG = "{http://www.w3.org/2000/svg}"


def _revised(site: Site) -> tuple[QuestionVersion, QuestionVersion]:
    """A question of two versions: a word, an option's place and the key changed."""
    with site.writing() as session:
        bank = make_bank(session)
        writer = make_person(session, Role.WRITER)
        question, key = question_of(stem="门卫应当登记（ ）。")
        old = actions.write_question(session, bank, question, key, actor=writer, now=START)
        one, two, *rest = question.options
        changed = replace(question, stem="门卫必须登记（ ）。", options=(two, one, *rest))
        row = session.get_one(QuestionRow, old.question_id)
        other = Key(frozenset({two.id}), explanation=key.explanation)
        new = actions.write_version(session, row, changed, other, actor=writer, now=START)
    return old, new


def test_two_versions_stand_side_by_side_with_what_changed_marked(site: Site) -> None:
    old, new = _revised(site)
    with site.writing() as session:
        writer = make_person(session, Role.WRITER)
    page = site.browse_as(writer).get(f"/bank/versions/{new.id}").follow("版本对比")
    assert page.find_all("del")[0].text == "应当"
    assert page.find_all("ins")[0].text == "必须"
    assert page.text.count("仅移动位置") == 2
    assert "正确答案 有改动" in page.text
    assert "版本对比" in site.browse_as(writer).get(f"/bank/versions/{old.id}/difference").title
    with site.reading() as session:
        looks = session.scalars(select(AuditRecord).where(AuditRecord.act == "key.view")).all()
    assert [look.detail.get("purpose") for look in looks if look.detail.get("purpose")] == ["difference"] * 2


def test_who_may_not_see_keys_does_not_learn_that_one_changed(site: Site) -> None:
    _old, new = _revised(site)
    with site.writing() as session:
        manager = make_person(session, Role.BANK_MANAGER)
    page = site.browse_as(manager).get(f"/bank/versions/{new.id}/difference")
    assert "应当" in page.text
    assert "正确答案" not in page.text
    assert "仅向有权查看答案的人显示" in page.text


def test_changes_are_walked_one_after_the_other(site: Site) -> None:
    _old, new = _revised(site)
    with site.writing() as session:
        writer = make_person(session, Role.WRITER)
        row = session.get_one(QuestionRow, new.question_id)
        third = actions.write_version(session, row, *question_of(stem="第三稿。"), actor=writer, now=START)
    page = site.browse_as(writer).get(f"/bank/versions/{third.id}/difference")
    assert "第 2 版" in page.text
    back = page.follow("上一次修改")
    assert back.url.startswith(f"/bank/versions/{new.id}/difference")
    assert back.follow("下一次修改").url.startswith(f"/bank/versions/{third.id}/difference")
    chosen = page.browse.get(f"/bank/versions/{third.id}/difference?with=1")
    assert "第 1 版" in chosen.text
    alone = page.browse.get(f"/bank/versions/{third.id}/difference?with=99")
    assert "只有一个版本" in alone.text


def test_enemies_are_said_once_for_both_and_keep_them_off_one_paper(site: Site) -> None:
    with site.writing() as session:
        bank = make_bank(session)
        one = make_question(session, bank, stem="甲题。", external_id="B-1")
        other = make_question(session, bank, stem="乙题。")
        writer = make_person(session, Role.WRITER)
    browser = site.browse_as(writer)
    page = browser.get(f"/bank/versions/{one.id}")
    wrong = page.submit("设为互斥", other="没有这题", reason="互相提示")
    assert "本题库中没有试题“没有这题”" in wrong.text
    page.submit("设为互斥", other=f"#{other.question_id}", reason="互相提示")
    assert "互相提示" in browser.get(f"/bank/versions/{other.id}").text
    twice = browser.get(f"/bank/versions/{other.id}").submit("设为互斥", other="B-1", reason="再说一次")
    assert "已设为互斥" in twice.text
    with site.reading() as session:
        pool = {one.version_id: one for one in queries.approved_pool(session, bank.id)}
    assert pool[one.id].enemies == {other.id}
    assert pool[other.id].enemies == {one.id}
    done = browser.get(f"/bank/versions/{other.id}").submit("解除互斥")
    assert "可以再次出现在同一份试卷上" in done.text
    with site.reading() as session:
        assert all(not v.enemies for v in queries.approved_pool(session, bank.id))
        [pair] = session.scalars(select(EnemyPair)).all()
        assert pair.ended_by_id == writer.id, "the pair stays on the record"


def test_a_question_is_no_enemy_of_itself_nor_without_a_reason(site: Site) -> None:
    with site.writing() as session:
        bank = make_bank(session)
        one = make_question(session, bank, external_id="B-1")
        make_question(session, bank, external_id="B-2")
        writer = make_person(session, Role.WRITER)
    page = site.browse_as(writer).get(f"/bank/versions/{one.id}")
    assert "请指定本题库中的另一道题" in page.submit("设为互斥", other="B-1", reason="样例").text
    assert "请说明" in page.submit("设为互斥", other="B-2", reason="  ").text


def test_tags_come_with_an_import_and_stay_away_once_taken(site: Site) -> None:
    with site.writing() as session:
        bank = make_bank(session)
        writer = make_person(session, Role.WRITER)
        question, key = question_of()
        version = actions.write_question(
            session, bank, replace(question, tags=("医院", "学校")), key, actor=writer, now=START
        )
    browser = site.browse_as(writer)
    page = browser.get(f"/bank/versions/{version.id}")
    assert "医院" in page.text
    assert "学校" in page.text
    form = next(
        f for f in page.find_all("form") if any(b.get("aria-label") == "移除标签 医院" for b in f.iter())
    )
    token = page.find_all("input", name="csrf_token")[0].get("value")
    browser.post(form.get("action", ""), {"csrf_token": token, "tag": "医院", "remove": "1"})
    with site.writing() as session:
        row = session.get_one(QuestionRow, version.question_id)
        revised = replace(question, stem="改过。", tags=("医院", "学校", "水电油气"))
        actions.write_version(session, row, revised, key, actor=writer, now=START)
    with site.reading() as session:
        tags = set(session.scalars(select(QuestionTag.tag)))
        assert tags == {"学校", "水电油气"}
    assert "银行" in browser.get(f"/bank/versions/{version.id}").submit("添加", tag="银行").text


def test_the_pool_carries_the_tags_of_its_questions(site: Site) -> None:
    with site.writing() as session:
        bank = make_bank(session)
        version = make_question(session, bank)
        writer = make_person(session, Role.WRITER)
        catalogue.add_tag(session, bank, [version.question_id], "医院", actor=writer, now=START)
    with site.reading() as session:
        [pooled] = queries.approved_pool(session, bank.id)
    assert pooled.tags == ("医院",)


def test_undoing_an_import_gives_the_former_version_its_place_back(site: Site) -> None:
    with site.writing() as session:
        bank = make_bank(session)
        writer = make_person(session, Role.WRITER)
        versions = []
        for stem in ("第一稿（ ）。", "第二稿（ ）。"):
            content = workbook([row(**{"试题（题干）": stem})])
            file = read_workbook("样例.xlsx", content, None)
            batch = imports.stage(session, bank, content, file, actor=writer, now=START)
            name = next(iter(batch.report["banks"]))
            imports.confirm(session, batch, file, name, imports.Take.GOOD_ROWS, actor=writer, now=START)
            versions.append(batch)
        flags = session.execute(select(QuestionVersion.number, QuestionVersion.is_newest)).all()
        assert {tuple(flag) for flag in flags} == {(1, False), (2, True)}
        imports.undo(session, versions[1], actor=writer, now=START)
    with site.reading() as session:
        [(number, is_newest)] = session.execute(
            select(QuestionVersion.number, QuestionVersion.is_newest)
        ).all()
    assert (number, is_newest) == (1, True)


def test_uses_and_figures_by_sitting_stand_on_the_versions_page(site: Site) -> None:
    with site.writing() as session:
        version = make_question(session, make_bank(session))
        writer = make_person(session, Role.WRITER)
        for number, right in ((1, 0.625), (2, 0.125)):
            at = START + timedelta(days=number)
            title = f"样例场次{number}"
            catalogue.record_use(
                session, f"sitting:{number}", {version.id: 30 + number}, papers={}, at=at, title=title
            )
            document = {"difficulty": right, "discrimination": 0.3, "persons": 30 + number}
            actions.record_statistics(session, version.id, f"sitting:{number}", document, now=at)
        catalogue.record_use(session, "paper_set:1", {}, papers={version.id: 4}, at=START, title="样例计划")
    page = site.browse_as(writer).get(f"/bank/versions/{version.id}")
    assert "共上卷 4 份，63 人见过" in page.text
    assert "样例场次2 场次" in page.text
    assert "0.625" in page.text
    assert "过难" in page.text
    [chart] = page.find_all(f"{SVG}svg", class_="chart")
    assert len(list(chart.iter(f"{SVG}circle"))) == 2
