"""A bank of very many questions, made as imports make them, with uses, figures, tags and two versions of some."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from examsite import bulk
from examsite.access.models import Person
from examsite.access.permissions import Role
from examsite.authoring.catalogue.actions import record_use
from examsite.authoring.catalogue.models import QuestionTag
from examsite.authoring.models import Bank, Code, Opinion, QuestionVersion, VersionStatus
from examsite.authoring.versions import NewVersion, insert_versions
from question_bank.questions.kinds import Kind
from question_bank.questions.model import Key, Question, make_options
from tests.factories import make_bank, make_outline, make_person

WORDS = [
    "消防设施",
    "保卫管理",
    "巡逻",
    "值班",
    "门卫",
    "单位",
    "应当",
    "预案",
    "演练",
    "要害部位",
    "技术防范",
    "视频监控",
    "报警",
    "处置",
    "突发事件",
    "治安",
    "内部",
    "规定",
    "检查",
    "隐患",
    "整改",
    "责任",
    "制度",
    "人员",
    "培训",
    "法律",
    "条例",
    "公安机关",
    "金融",
    "医院",
    "学校",
    "押运",
    "枪支",
    "危险物品",
    "盗窃",
    "火灾",
    "疏散",
    "救援",
    "记录",
    "交接",
]
RARE = "铀矿"
KINDS = (Kind.SINGLE, Kind.SINGLE, Kind.MULTIPLE, Kind.JUDGEMENT, Kind.SHORT)
AT = datetime(2026, 9, 1, tzinfo=UTC)
TAGS = ("银行金融", "医院", "学校", "水电油气")
PART = 1_000


def make_large_bank(session: Session, count: int, *, seed: int = 1) -> tuple[Bank, Person]:
    """A bank of so many questions and a writer of its institution.  Every hundredth question has a second version."""
    chance = random.Random(seed)
    bank = make_bank(session, "样例大题库")
    make_outline(session, bank, areas=6, points=50)
    writers = [make_person(session, Role.WRITER, name=f"样例命题人{n}") for n in range(1, 21)]
    made = 0
    for part in _parts(count):
        new = [_question(chance, made + place) for place in range(part)]
        insert_versions(
            session, bank.id, new, author_id=chance.choice(writers).id, status=VersionStatus.IN_REVIEW, now=AT
        )
        made += part
    _scatter(session, bank.id, chance)
    rows = session.execute(
        select(QuestionVersion.id, QuestionVersion.question_id)
        .where(QuestionVersion.bank_id == bank.id)
        .order_by(QuestionVersion.id)
    ).all()
    again = [
        NewVersion(*_text(chance, "A-A-001"), f"B-{n:06}", row.question_id, 2)
        for n, row in enumerate(rows)
        if n % 100 == 0
    ]
    insert_versions(
        session,
        bank.id,
        again,
        author_id=writers[0].id,
        status=VersionStatus.DRAFT,
        now=AT + timedelta(days=9),
    )
    for number in range(4):
        people = {row.id: chance.randint(1, 400) for row in rows[number :: 7 + number]}
        record_use(
            session,
            f"sitting:{number + 1}",
            people,
            papers={},
            at=AT + timedelta(days=number),
            title=f"样例场次{number + 1}",
        )
    session.execute(
        insert(QuestionTag),
        [
            {"question_id": row.question_id, "bank_id": bank.id, "tag": chance.choice(TAGS)}
            for row in rows
            if row.id % 5 == 0
        ],
    )
    return bank, writers[0]


def _parts(count: int) -> Iterator[int]:
    while count > 0:
        yield min(PART, count)
        count -= PART


def _question(chance: random.Random, number: int) -> NewVersion:
    area = f"{chance.choice('ABCDEF')}-{chance.choice('ABCD')}"
    question, key = _text(chance, f"{area}-{chance.randint(1, 60):03}", rare=number % 5_000 == 7)
    return NewVersion(question, key, f"B-{number:06}")


def _text(chance: random.Random, point: str, *, rare: bool = False) -> tuple[Question, Key]:
    words = [chance.choice(WORDS) for _ in range(chance.randint(8, 22))]
    stem = "".join([RARE] * rare + words) + "（ ）。"
    kind = chance.choice(KINDS)
    key = Key(explanation="样例解析" * 8)
    options = (
        make_options([f"样例选项{chance.choice(WORDS)}{n}" for n in range(4)]) if kind.has_options else ()
    )
    sources = ("样例依据第一条",) if chance.random() < 0.9 else ()
    return Question(kind, stem, options, point, chance.randint(1, 5), sources=sources), key


def _scatter(session: Session, bank_id: int, chance: random.Random) -> None:
    """Statuses and figures as a bank of some years has them, and an opinion for all that was approved once."""
    statuses = [VersionStatus.APPROVED] * 7 + [
        VersionStatus.IN_REVIEW,
        VersionStatus.RETURNED,
        VersionStatus.RETIRED,
    ]
    flags = ["", "", "", "", "", "", " too_hard ", " too_easy ", " low_discrimination ", " option_beats_key "]
    ids = session.scalars(select(QuestionVersion.id).where(QuestionVersion.bank_id == bank_id)).all()
    become = {one: chance.choice(statuses) for one in ids}
    reviewer = make_person(session, Role.REVIEWER, name="样例审题人")
    vetted = (VersionStatus.APPROVED, VersionStatus.RETIRED)
    bulk.insert_rows(
        session,
        Opinion,
        [
            {
                "version_id": one,
                "reviewer_id": reviewer.id,
                "code": Code.ADOPT.value,
                "comment": "",
                "at": AT + timedelta(days=1),
            }
            for one, status in become.items()
            if status in vetted
        ],
    )
    table = QuestionVersion.__table__
    session.connection().execute(
        update(table)  # type: ignore[arg-type]
        .where(table.c.id == bindparam("of"))
        .values({name: bindparam(f"to_{name}") for name in ("status", "flags", "proportion_right")}),
        [
            {
                "of": one,
                "to_status": status.value,
                "to_flags": chance.choice(flags),
                "to_proportion_right": round(chance.random(), 3),
            }
            for one, status in become.items()
        ],
    )
