"""What a reader of the tables finds of a bank's keys: nothing, and nothing that could be tried out."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text, update

from examsite import files
from examsite.access.permissions import Role
from examsite.authoring.keys import keys, seal_document
from examsite.authoring.models import QuestionKey, QuestionVersion, VersionStatus
from examsite.authoring.secrecy.fingerprints import fingerprint_of_hash
from examsite.authoring.secrecy.sealing import KeyUnreadable
from examsite.authoring.versions import NewVersion, insert_versions
from examsite.db import Base
from examsite.planning.reproduction import reproduce
from question_bank.questions.kinds import Kind
from question_bank.questions.model import (
    Key,
    canonical_hash,
    content_hash,
    key_as_document,
    key_from_document,
    question_as_document,
    question_from_document,
)
from tests.conftest import Site
from tests.examsite.authoring.workbooks import BANK, row, upload, workbook
from tests.examsite.results.arrange import NOTHING, RIGHT, WRONG, released, sat
from tests.factories import (
    make_approved_bank,
    make_bank,
    make_paper_set,
    make_person,
    make_plan,
    make_question,
    make_specification,
    question_of,
)

SECRET = "绝密的样例解析文字"
ANSWER = "绝密的样例答案文字"


def raw_cells(site: Site) -> Iterator[tuple[str, str, Any]]:
    """Every cell of every table as somebody with the database's files has it: (table, column, value)."""
    with site.reading() as session:
        for table in Base.metadata.tables:
            for one in session.execute(text(f"SELECT * FROM {table}")).mappings():
                yield from ((table, column, value) for column, value in one.items())


def holding(site: Site, *needles: bytes) -> set[tuple[str, str]]:
    """The columns in which any of these bytes stand."""
    found = set()
    for table, column, value in raw_cells(site):
        plain = (
            value
            if isinstance(value, bytes | memoryview)
            else json.dumps(value, ensure_ascii=False, default=str).encode()
        )
        if any(needle in bytes(plain) for needle in needles):
            found.add((table, column))
    return found


def test_no_table_holds_an_answer_or_an_explanation(site: Site) -> None:
    with site.writing() as session:
        bank = make_bank(session, BANK)
        make_question(session, bank, kind=Kind.BLANK, right=[ANSWER], explanation=SECRET)
        writer = make_person(session, Role.WRITER)
    content = workbook(
        [row(**{"题型代码": "T（填空题）", "试题（题干）": "样题____。", "正确答案": ANSWER, "解析": SECRET})]
    )
    page = (
        site.browse_as(writer).get(f"/bank/{bank.id}/imports/new").submit("读取文件", _files=upload(content))
    )
    assert page.status == 200
    assert holding(site, ANSWER.encode(), SECRET.encode(), b"PK\x03\x04") == set()


def test_nothing_beside_a_question_lets_a_reader_try_the_answers(site: Site) -> None:
    """The question's document is there to read; so every key it could have is tried against every cell."""
    with site.writing() as session:
        bank = make_bank(session, BANK)
        version = make_question(session, bank, explanation="")
        key = keys(session, [version.id])[version.id]
    with site.reading() as session:
        row = session.get_one(QuestionVersion, version.id)
        question = question_from_document(row.document)
    tried = [Key(frozenset({option.id})) for option in question.options]
    assert key in tried
    hashes = set()
    for one in tried:
        document = key_as_document(one)
        hashes |= {content_hash(question, one), canonical_hash(document)[:16]}
        hashes.add(hashlib.sha256(json.dumps(document).encode()).hexdigest())
        hashes.add(hashlib.sha256(json.dumps(question_as_document(question) | document).encode()).hexdigest())
    assert holding(site, *(one.encode() for one in hashes)) == set()


def test_neither_scores_nor_item_analysis_say_what_is_right(sqlite_site: Site) -> None:
    site = sqlite_site
    over = sat(site, [RIGHT, RIGHT, WRONG, WRONG, NOTHING], [RIGHT] * 5)
    released(site, over)
    with site.reading() as session:
        held = keys(session, [version.id for version in over.versions])
    plain = {canonical_hash(key_as_document(key))[:16].encode() for key in held.values()}
    assert holding(site, *plain, b"is_key") == set()


def test_a_key_moved_to_another_version_does_not_open(site: Site) -> None:
    with site.writing() as session:
        bank = make_bank(session, BANK)
        one, other = make_question(session, bank), make_question(session, bank)
    with site.writing() as session:
        if site.dialect == "sqlite":
            session.execute(text("DROP TRIGGER frozen_update_question_keys"))
        else:
            session.execute(text("ALTER TABLE question_keys DISABLE TRIGGER USER"))
        taken = session.scalar(select(QuestionKey.document).where(QuestionKey.version_id == other.id))
        session.execute(update(QuestionKey).where(QuestionKey.version_id == one.id).values(document=taken))
        if site.dialect == "postgresql":
            session.execute(text("ALTER TABLE question_keys ENABLE TRIGGER USER"))
    with site.reading() as session, pytest.raises(KeyUnreadable):
        keys(session, [one.id])


def test_a_file_is_sealed_and_comes_back_as_it_was(site: Site) -> None:
    with site.writing() as session:
        stored = files.keep(session, b"PK a workbook", now=site.now)
    assert stored.size == 13
    assert holding(site, b"PK a workbook") == set()
    with site.reading() as session:
        assert files.content_of(session, stored.digest) == b"PK a workbook"


def test_the_same_row_is_recognised_though_hashes_are_keyed(site: Site) -> None:
    with site.writing() as session:
        bank = make_bank(session, BANK)
        writer = make_person(session, Role.WRITER)
    browser = site.browse_as(writer)
    page = browser.get(f"/bank/{bank.id}/imports/new").submit("读取文件", _files=upload(workbook([row()])))
    page.submit("导入", source=BANK)
    page = browser.get(f"/bank/{bank.id}/imports/new").submit(
        "读取文件", _files=upload(workbook([row(), row(2)]))
    )
    with site.reading() as session:
        reports = session.execute(
            text("SELECT report FROM import_batches ORDER BY id DESC LIMIT 1")
        ).scalar_one()
        report = json.loads(reports) if isinstance(reports, str) else reports
    assert report["counts"][0]["by_novelty"] == {"unchanged": 1, "new": 1}


def test_sixteen_thousand_keys_are_sealed_and_opened_quickly(sqlite_site: Site) -> None:
    key = question_of()[1]
    with sqlite_site.app.app_context():
        started = time.perf_counter()
        for number in range(16_000):
            seal_document(number, key)
        took = timedelta(seconds=time.perf_counter() - started)
    assert took < timedelta(seconds=3)


def test_many_versions_keep_each_its_own_key(site: Site) -> None:
    with site.writing() as session:
        bank = make_bank(session, BANK)
        author = make_person(session, Role.WRITER)
        pairs = [question_of(kind) for kind in (Kind.SINGLE, Kind.JUDGEMENT, Kind.BLANK) for _n in range(7)]
        ids = insert_versions(
            session,
            bank.id,
            [NewVersion(*pair) for pair in pairs],
            author_id=author.id,
            status=VersionStatus.DRAFT,
            now=site.now,
        )
    with site.reading() as session:
        held = keys(session, ids)
    assert [held[i] for i in ids] == [key for _question, key in pairs]
    assert key_from_document(key_as_document(held[ids[0]])) == held[ids[0]]


def test_papers_drawn_before_hashes_were_keyed_are_still_reproduced(sqlite_site: Site) -> None:
    """They name the plain hashes; the sealed keys are what those are worked out from."""
    with sqlite_site.writing() as session:
        bank = make_approved_bank(session, 160)
        as_keyed = make_paper_set(session, make_plan(session, bank))
        assert reproduce(session, as_keyed.id).is_exact
    with sqlite_site.app.app_context(), pytest.MonkeyPatch.context() as patch:
        # Before: the hash beside a question was the plain one.
        patch.setattr("examsite.authoring.secrecy.fingerprints.keyed_digest", lambda value, **_how: value)
        with sqlite_site.database.writing() as session:
            before = make_approved_bank(session, 160, name="样题库·以前")
            drawn = make_paper_set(session, make_plan(session, before), make_specification(session, before))
    with sqlite_site.writing() as session:
        session.execute(text("DROP TRIGGER frozen_update_question_versions"))
        for version in session.scalars(select(QuestionVersion).where(QuestionVersion.bank_id == before.id)):
            version.content_hash = fingerprint_of_hash(version.content_hash)
    with sqlite_site.reading() as session:
        assert reproduce(session, drawn.id).is_exact
