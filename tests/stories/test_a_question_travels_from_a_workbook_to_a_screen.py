"""A question travels from a workbook to a screen.

A writer brings an outline and a bank, three other people adopt every question (初审, 复审, 终审), the province confirms it,
staff draw a paper for each candidate and another approves them, and a candidate sees the questions at the start:
without their keys.
"""

from __future__ import annotations

import io
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from examsite.access.permissions import Role
from examsite.authoring.models import Opinion, QuestionVersion
from examsite.planning.models import Paper
from question_bank import samples
from question_bank.formats import rules
from question_bank.questions.kinds import Kind
from question_bank.rules.identity_number import check_digit
from tests.browse import Browse, Page, data_block, text_of
from tests.conftest import Site
from tests.factories import make_institution, make_person
from tests.stories.journey import Ticket, come_in, lines_of, rows_of

FOLDER = Path(samples.__file__).parent
BANK_FILE, RULES_FILE = FOLDER / "sample-bank-level-3.xlsx", FOLDER / "sample-rules-level-3.xlsx"
BANK = "保卫管理员（三级）理论 样题"
OPENS = datetime(2026, 11, 25, 1, 0, tzinfo=UTC)  # 09:00 in Changchun
#: Made up: born on the first day of 1900 in a region that is a whole city, with a check digit that fits.
NAMES = ("样例甲", "样例乙", "样例丙", "样例丁")
IDENTITIES = [body + check_digit(body) for body in (f"11000019000101{n:03}" for n in range(1, 5))]


@dataclass
class Cast:
    """The people of one institution, each at a machine of their own."""

    writer: Browse
    staff: Browse
    colleague: Browse
    province: Browse
    reviewers: list[Browse]


def test_a_question_travels_from_a_workbook_to_a_screen(site: Site) -> None:
    cast = _cast(site)
    bank = _the_writer_makes_a_bank_and_publishes_its_outline(cast.writer)
    count = _the_writer_sees_every_row_before_anything_enters(site, cast.writer, bank)
    _the_writer_cannot_approve(cast.writer)
    _three_people_adopt_each_question_a_hundred_at_a_time(site, cast.reviewers, count)
    _the_province_confirms_the_bank(site, cast.province, count)
    plan = _staff_make_a_plan_with_rules_that_a_colleague_approves(cast)
    papers = _staff_draw_a_paper_for_each_and_the_proof_holds(site, cast, plan)
    sitting = _a_sitting_is_planned_and_made_ready(cast, plan, papers)
    tickets = _tickets(cast.staff, sitting)
    screens = [_a_candidate_waits_and_opens_at_the_start(site, ticket) for ticket in tickets[:2]]
    for screen in screens:
        _no_key_is_on_the_screen(site, screen)
    first, second = (lines_of(site, data_block(screen, "paper-data")["attempt"]) for screen in screens)
    assert {line.version for line in first} != {line.version for line in second}
    assert "unbroken" in site.run("audit", "verify")


def _cast(site: Site) -> Cast:
    with site.writing() as session:
        institution = make_institution(session, "样例认定中心")
        people = [
            # The writer may review too, what others wrote: it is the person that counts, not the role.
            make_person(session, Role.WRITER, Role.REVIEWER, name="样例命题人", institution=institution),
            make_person(session, Role.STAFF, name="样例考务甲", institution=institution),
            make_person(session, Role.STAFF, name="样例考务乙", institution=institution),
            make_person(session, Role.PROVINCE, name="样例省级管理员"),
        ]
        reviewers = [
            make_person(session, Role.REVIEWER, name=f"样例审题人{letter}", institution=institution)
            for letter in "甲乙丙"
        ]
    return Cast(
        *(site.browse_as(person) for person in people), [site.browse_as(person) for person in reviewers]
    )


def _the_writer_makes_a_bank_and_publishes_its_outline(writer: Browse) -> str:
    bank = writer.get("/bank/").follow("新建题库").submit("建立题库", name=BANK, level="3")
    assert bank.heading == BANK
    people = bank.follow("题库人员")
    for name in ("样例命题人", "样例审题人甲", "样例审题人乙", "样例审题人丙"):
        [person] = [one.get("value") for one in people.find_all("option") if text_of(one).startswith(name)]
        assert f"已指定{name}" in people.submit("指定此人", person=person, task="review").text
    draft = bank.follow("导入细目表").submit("读取细目表", _file(RULES_FILE))
    assert "未核实" in draft.text
    outline = rules.read(RULES_FILE.name, RULES_FILE.read_bytes()).outlines[0]
    assert len(draft.find_all("tr", class_="is-point")) == len(outline.points) >= 100
    published = draft.submit("发布细目表")
    assert "细目表" in published.text
    return published.url


def _the_writer_sees_every_row_before_anything_enters(site: Site, writer: Browse, bank: str) -> int:
    preview = writer.get(bank).follow("导入试题").submit("读取文件", _file(BANK_FILE))
    fates = Counter(fate for page in _pages(preview) for fate in _fates(page))
    count = sum(fates.values())
    assert {fate.partition("见")[0] for fate in fates} == {"新题"}
    assert count - fates["新题"] < count / 20, "doubts about a few of them, which keep none out"
    assert count >= 300
    assert _versions(site) == {}, "nothing enters before it is confirmed"
    confirmed = preview.submit(f"导入 {count} 道试题")
    assert f"{count} 道试题已入库" in confirmed.text
    assert _versions(site) == {"in_review": count}
    return count


def _pages(first: Page) -> list[Page]:
    """This page of a preview and those after it."""
    pages = [first]
    while len(_fates(pages[-1])) == 50:
        pages.append(first.browse.get(first.url, query={"page": len(pages) + 1}))
    return pages


def _fates(page: Page) -> list[str]:
    """What becomes of each row that the page shows."""
    rows = [row for row in page.find_all("tr") if any(c.get("class") == "row-number" for c in row)]
    return [text_of(list(row)[1]) for row in rows]


def _the_writer_cannot_approve(writer: Browse) -> None:
    queue = writer.get("/bank/review")
    assert "没有待您审定的试题" in queue.text
    questions = writer.get("/bank/").follow(BANK).follow("查找试题")
    links = [a.get("href", "") for a in questions.find_all("a") if "/bank/versions/" in a.get("href", "")]
    version = int(links[0].rpartition("/")[2])
    token = next(
        e.get("value") for e in writer.get("/profile").find_all("input") if e.get("name") == "csrf_token"
    )
    forged = writer.post("/bank/review", {"version": version, "confirm": "1", "csrf_token": token})
    assert forged.status == 409


def _three_people_adopt_each_question_a_hundred_at_a_time(
    site: Site, reviewers: list[Browse], count: int
) -> None:
    adopted = 0
    while _versions(site) != {"approved": count}:
        before = adopted
        for reviewer in reviewers:
            queue = reviewer.get("/bank/review", query={"size": 100})
            ticks = [box.get("value") for box in queue.find_all("input", name="version")]
            if not ticks:
                continue
            unread = queue.submit("审定通过所选试题", version=ticks)
            assert unread.status == 422, (
                "a page of questions is not approved without saying that they were read"
            )
            done = queue.submit("审定通过所选试题", version=ticks, confirm="1")
            assert f"已对 {len(ticks)} 道试题签署意见：A 采用" in done.text
            adopted += len(ticks)
        assert adopted > before, "the reviewers are stuck"
    assert adopted == 3 * count
    for reviewer in reviewers:
        assert "没有待您审定的试题" in reviewer.get("/bank/review").text
    with site.reading() as session:
        people = session.execute(
            select(func.count(), func.count(func.distinct(Opinion.reviewer_id))).group_by(Opinion.version_id)
        ).all()
    assert set(people) == {(3, 3)}, "three opinions by three people on every version"


def _the_province_confirms_the_bank(site: Site, province: Browse, count: int) -> None:
    page = province.get("/bank/confirmations").follow(BANK)
    assert f"{count} 道试题待审验" in page.text
    assert page.submit("审验可用", everything="1", reason="").status == 422
    done = page.submit("审验可用", everything="1", reason="样例文号〔2026〕1 号")
    assert f"{count} 道试题已审验可用" in done.text
    assert _versions(site) == {"confirmed": count}


def _staff_make_a_plan_with_rules_that_a_colleague_approves(cast: Cast) -> str:
    plan = cast.staff.get("/plans/new").submit("建立计划", number="样例-2026-001", name="样例认定计划")
    says = plan.follow("导入组题规则").submit("读取工作簿", _file(RULES_FILE))
    draft = says.submit("保存为草稿")
    assert rows_of(draft, "题型分布")["合计"][-1] == "100"
    assert "批准本规则" not in draft.text, "nobody approves their own rules"
    approved = cast.colleague.get(draft.url).submit("批准本规则")
    assert approved.status == 200
    assert "批准本规则" not in approved.text
    return plan.url


def _staff_draw_a_paper_for_each_and_the_proof_holds(site: Site, cast: Cast, plan: str) -> str:
    form = cast.staff.get(plan).follow("组卷")
    proof = form.submit("组卷并校验", mode="unique", papers=str(len(NAMES)), seed="样例种子")
    assert "批准这批试卷" not in proof.text, "nobody approves papers they drew"
    outline = rules.read(RULES_FILE.name, RULES_FILE.read_bytes()).outlines[0]
    shown = rows_of(proof, "各鉴定范围")
    achieved = _points_by_area(site)
    assert len(achieved) == len(NAMES)
    for area in outline.areas:
        required, _exact, rounded, least, most, *_rest = shown[area.code]
        assert Decimal(required.rstrip("%")) == Decimal(float(area.weight)).quantize(Decimal("0.01"))
        found = [points[area.code] for points in achieved]
        assert (Decimal(least), Decimal(most)) == (min(found), max(found))
        assert least == most == rounded
        assert abs(Decimal(rounded) - Decimal(float(area.weight))) < 1
    assert [sum(points.values()) for points in achieved] == [100] * len(NAMES)
    approved = cast.colleague.get(proof.url).submit("批准这批试卷")
    assert "批准这批试卷" not in approved.text
    again = cast.colleague.get(proof.url).submit("重新组卷并比对")
    assert f"{len(NAMES)} 份试卷的摘要全部一致" in again.text
    return proof.url


def _points_by_area(site: Site) -> list[dict[str, Decimal]]:
    """Of every paper: level-one area → points, counted from the frozen papers."""
    with site.reading() as session:
        points = dict(session.execute(select(QuestionVersion.id, QuestionVersion.point)).all())
        found: list[dict[str, Decimal]] = []
        for paper in session.scalars(select(Paper)):
            sums: defaultdict[str, Decimal] = defaultdict(Decimal)
            for one in paper.document["questions"]:
                sums[str(points[one["version"]]).partition("-")[0]] += Decimal(one["points"])
            found.append(sums)
        return found


def _a_sitting_is_planned_and_made_ready(cast: Cast, plan: str, papers: str) -> str:
    times: dict[str, Any] = {"opens_at": "2026-11-25T09:00", "closes_at": "2026-11-25T11:00"}
    sitting = (
        cast.staff.get(plan)
        .follow("新建场次")
        .submit("建立场次", title="样例上午场", place="一号机房", **times)
    )
    chosen = sitting.submit("使用这批试卷", papers=papers.rpartition("/")[2])
    assert "未核实" in chosen.text
    assert "设为就绪" not in chosen.text
    confirmed = cast.colleague.get(sitting.url).submit("具名确认", ground="样例：经认定中心研究决定")
    assert "样例考务乙" in confirmed.text
    lines = "\n".join(f"{name},{identity},样例单位" for name, identity in zip(NAMES, IDENTITIES, strict=True))
    listed = cast.staff.get(sitting.url).follow("考生").follow("登记考生")
    shown = listed.submit("预览", lines=f"{lines}\n样例误,123,样例单位")
    assert "可登记 4 人，不能登记 1 行" in shown.text
    assert "已登记 4 名考生" in shown.submit("登记 4 名考生").text
    ready = cast.staff.get(sitting.url).submit("设为就绪")
    assert "场次已就绪" in ready.text
    return sitting.url


def _tickets(staff: Browse, sitting: str) -> list[Ticket]:
    """Name and number of every ticket as the list of candidates shows them."""
    seats = rows_of(staff.get(sitting).follow("考生"), "考生").values()
    numbers = {name: number for number, name, *_rest in seats}
    return [Ticket(name, numbers[name], identity) for name, identity in zip(NAMES, IDENTITIES, strict=True)]


def _a_candidate_waits_and_opens_at_the_start(site: Site, ticket: Ticket) -> Page:
    site.clock.set(OPENS - timedelta(minutes=15))
    examinations = come_in(site, ticket)
    assert "样例上午场" in examinations.text
    waiting = examinations.follow("进入候考")
    assert ticket.name in waiting.text
    [button] = [b for b in waiting.find_all("button") if "进入试卷" in text_of(b)]
    assert "disabled" in button.attrib
    early = waiting.submit("进入试卷")
    assert early.status == 409
    assert "尚未开始" in early.text
    site.clock.set(OPENS)
    screen = waiting.browse.get(waiting.url).submit("进入试卷")
    assert screen.heading == "样例上午场"
    assert len(data_block(screen, "paper-data")["positions"]) == 90
    return screen


def _no_key_is_on_the_screen(site: Site, screen: Page) -> None:
    lines = lines_of(site, data_block(screen, "paper-data")["attempt"])
    secrets = {text for line in lines for text in (*line.question.sources, line.key.explanation) if text}
    assert len(secrets) >= 50, "the samples give a source for every question"
    for page in screen.browse.seen:
        body = page.response.get_data(as_text=True)
        assert not [text for text in secrets if text in body], page.url
    boxes = {box.get("id"): box for box in screen.find_all("fieldset") + screen.find_all("section")}
    for line in lines:
        name = f"q{line.position}"
        fields = [box for box in boxes[name].iter("input") if (box.get("name") or "").startswith(name)]
        if line.question.kind is Kind.BLANK:
            assert [box.get("value") for box in fields] == [""] * len(line.key.blanks)
            continue
        ids = {option.id for option in line.question.options}
        assert {box.get("value") for box in fields} == (ids or {"true", "false"})
        # Nothing tells the right box from the others.
        assert {frozenset(map(str, box.attrib)) for box in fields} == {frozenset({"type", "name", "value"})}
    assert set(data_block(screen, "paper-data")["positions"][0]) == {"position", "kind", "section"}


def _file(path: Path) -> dict[str, tuple[io.BytesIO, str]]:
    return {"file": (io.BytesIO(path.read_bytes()), path.name)}


def _versions(site: Site) -> dict[str, int]:
    with site.reading() as session:
        query = select(QuestionVersion.status, func.count()).group_by(QuestionVersion.status)
        return dict(session.execute(query).all())
