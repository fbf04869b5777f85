"""A version's past: what changed, who may see that the key did, enemies, tags, uses and figures."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from examsite.access.models import Person
from examsite.access.permissions import Role
from examsite.audit import AuditRecord
from examsite.authoring import actions, imports, queries
from examsite.authoring.catalogue import actions as catalogue
from examsite.authoring.catalogue.models import EnemyPair, QuestionTag
from examsite.authoring.models import QuestionRow, QuestionVersion
from examsite.authoring.reading import read_workbook
from examsite.authoring.secrecy.models import Duty
from examsite.planning.models import Paper
from examsite.planning.sealing.disclosure import note_uses
from question_bank.questions.model import Key
from tests.conftest import START, Site
from tests.examsite.authoring.workbooks import row, workbook
from tests.examsite.results.arrange import collected, sat
from tests.factories import (
    make_approved_bank,
    make_bank,
    make_paper_set,
    make_person,
    make_plan,
    make_question,
    make_sitting,
    question_of,
)

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
    unknown = page.browse.get(f"/bank/versions/{third.id}/difference?with=99")
    assert unknown.text == page.text, "what there is not is as if nothing was asked for"


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


def test_a_version_beside_itself_differs_in_nothing(site: Site) -> None:
    _old, new = _revised(site)
    with site.writing() as session:
        writer = make_person(session, Role.WRITER)
    page = site.browse_as(writer).get(f"/bank/versions/{new.id}/difference?with=2")
    assert "两个版本的试题内容与归类相同" in page.text
    assert page.find_all("del") == []
    assert page.find_all("ins") == []


def test_a_difference_says_nothing_of_the_writer_while_opinions_are_blind(site: Site) -> None:
    with site.writing() as session:
        bank = make_bank(session)
        writer = make_person(session, Role.WRITER, name="样例命题甲")
        reviewer, manager = make_person(session, Role.REVIEWER), make_person(session, Role.BANK_MANAGER)
        old = make_question(session, bank, author=writer)
        row = session.get_one(QuestionRow, old.question_id)
        new = actions.write_version(session, row, *question_of(stem="改过。"), actor=writer, now=START)
        actions.submit(session, new, actor=writer, now=START)
    url = f"/bank/versions/{new.id}/difference"
    assert "样例命题甲" not in site.browse_as(reviewer).get(url).text
    assert "样例命题甲" in site.browse_as(manager).get(url).text
    with site.reading() as session:
        [look] = session.scalars(
            select(AuditRecord).where(AuditRecord.act == "question.view", AuditRecord.actor_id == manager.id)
        )
    assert look.detail == {"versions": [old.id], "purpose": "difference"}


def test_a_difference_shows_no_version_of_an_area_that_is_not_ones_own(site: Site) -> None:
    with site.writing() as session:
        bank = make_bank(session)
        bank.is_restricted = True
        old = make_question(session, bank, stem="别处的旧题。", point="B-A-001")
        row = session.get_one(QuestionRow, old.question_id)
        author = session.get_one(Person, old.author_id)
        new = actions.write_version(
            session, row, *question_of(stem="此处的新题。", point="A-A-001"), actor=author, now=START
        )
        reader = make_person(session, Role.WRITER)
        session.add(Duty(bank_id=bank.id, person_id=reader.id, task="write", area="A", given_at=START))
    page = site.browse_as(reader).get(f"/bank/versions/{new.id}/difference?with=1")
    assert page.status == 200
    assert "只有一个版本" in page.text
    assert "别处的旧题" not in page.text


def test_enemies_never_meet_on_a_drawn_paper(site: Site) -> None:
    with site.writing() as session:
        bank = make_approved_bank(session, 160)
        versions = session.scalars(
            select(QuestionVersion).where(QuestionVersion.kind == "B").order_by(QuestionVersion.id)
        ).all()
        writer = make_person(session, Role.WRITER)
        # Five of twenty such questions from four areas stand on a paper: without the rule some hold both.
        one = [v for v in versions if v.point.startswith("A-")]
        others = [v for v in versions if v.point.startswith("B-")]
        for first in one:
            for second in others:
                catalogue.make_enemies(
                    session,
                    session.get_one(QuestionRow, first.question_id),
                    session.get_one(QuestionRow, second.question_id),
                    "互相提示",
                    actor=writer,
                    now=START,
                )
        papers = make_paper_set(session, make_plan(session, bank), count=6)
        drawn = session.scalars(select(Paper.document).where(Paper.set_id == papers.id)).all()
        artefact = papers.artefact["enemies"]
    left, right = {v.id for v in one}, {v.id for v in others}
    assert {version for version, _enemies in artefact} == left | right
    held = [{place["version"] for place in document["questions"]} for document in drawn]
    assert any(ids & (left | right) for ids in held), "such questions are drawn, but never both"
    assert all(not (ids & left and ids & right) for ids in held)


def test_papers_whose_sitting_is_over_are_told_to_the_bank_and_not_before(site: Site) -> None:
    with site.writing() as session:
        papers = make_paper_set(session, count=2)
        assert _papers_of(session) == {}, "what stands on sealed papers is nobody's yet"
        sitting = make_sitting(session, paper_set=papers, opens_at=START)
        note_uses(session, papers, now=sitting.closes_at + timedelta(hours=1))
    with site.reading() as session:
        expected = Counter(
            place["version"]
            for document in session.scalars(select(Paper.document).where(Paper.set_id == papers.id))
            for place in document["questions"]
        )
        assert _papers_of(session) == dict(expected)
        [version_id] = [one for one, count in expected.items() if count][:1]
    with site.writing() as session:
        province = make_person(session, Role.PROVINCE)
    assert "样例认定计划" in site.browse_as(province).get(f"/bank/versions/{version_id}").text


def test_who_saw_a_question_is_counted_when_scores_are_collected_and_not_twice(site: Site) -> None:
    over = sat(site, [True] * 5, [False] * 5, None)
    staff = collected(site, over)
    collected(site, over, staff)
    with site.reading() as session:
        people = {row.id: row.people for row in session.scalars(select(QuestionVersion))}
    assert people == {version.id: 2 for version in over.versions}, "who never came saw nothing"
    with site.writing() as session:
        writer = make_person(session, Role.WRITER)
    page = site.browse_as(writer).get(f"/bank/versions/{over.versions[0].id}")
    assert over.sitting.title in page.text
    assert "2 人见过" in page.text


def _papers_of(session: Session) -> dict[int, int]:
    """On how many papers the versions stand that stand on any."""
    rows = session.execute(
        select(QuestionVersion.id, QuestionVersion.papers).where(QuestionVersion.papers > 0)
    )
    return {row.id: row.papers for row in rows}
