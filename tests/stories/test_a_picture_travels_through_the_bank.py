"""A picture comes with a Word document, is seen by the reviewer, and leaves the bank in an export."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any
from zipfile import ZipFile

from sqlalchemy import select

from examsite.access.permissions import Role
from examsite.authoring.models import QuestionVersion
from question_bank.formats import word_export
from question_bank.formats.pictures import named_in
from question_bank.formats.registry import recognise
from tests.browse import Page
from tests.conftest import Site
from tests.factories import make_bank, make_outline, make_person
from tests.question_bank.formats.drafts import digest, draft, png


def _addresses(page: Page) -> Iterator[str]:
    return (str(one.get("src")) for one in page.find_all("img") if "/pictures/" in str(one.get("src")))


def test_a_picture_of_a_word_document_is_seen_by_the_reviewer_and_leaves_in_an_export(site: Site) -> None:
    with site.writing() as session:
        bank = make_bank(session)
        make_outline(session, bank)
        writer, reviewer = make_person(session, Role.WRITER), make_person(session, Role.REVIEWER)
        manager, second = make_person(session, Role.BANK_MANAGER), make_person(session, Role.BANK_MANAGER)
    image = png()
    one = draft(stem=f"看图![样例图](picture:{digest(image)})，应当怎样（ ）。", point="A-A-001")
    content = word_export.write([one], {digest(image): image}).data
    upload: dict[str, Any] = {"file": (io.BytesIO(content), "国标.docx")}
    preview = site.browse_as(writer).get(f"/bank/{bank.id}/imports/new").submit("读取文件", upload)
    preview.submit("导入 1 道试题")
    with site.reading() as session:
        version = session.scalars(select(QuestionVersion)).one()
        [kept] = named_in([version.stem])
    judge = site.browse_as(reviewer)
    form = judge.get(f"/bank/review/{version.id}")
    [address] = set(_addresses(form))
    assert kept in address
    assert judge.get(address).response.data[:4] == image[:4]

    asker, answerer = site.browse_as(manager), site.browse_as(second)
    asker.get(f"/bank/{bank.id}/exports").submit("提交申请", format="word", reason="样例用途")
    answerer.get(f"/bank/{bank.id}/exports").submit("同意")
    fetched = asker.get(f"/bank/{bank.id}/exports").submit("下载")
    with ZipFile(io.BytesIO(fetched.response.data)) as outer:
        # Without keys a document says beside itself what it could not hold.
        content = outer.read("questions.docx")
    assert recognise("题库.docx", content).code == "word"
    with ZipFile(io.BytesIO(content)) as parts:
        [media] = [name for name in parts.namelist() if name.startswith("word/media/")]
        assert parts.read(media)[:4] == image[:4]
