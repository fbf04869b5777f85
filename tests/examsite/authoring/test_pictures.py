"""Pictures of a bank: taken by content, encoded again, shown to whoever may see the bank."""

from __future__ import annotations

import hashlib
import io

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from examsite import files
from examsite.access.permissions import Role
from examsite.authoring.pictures import actions, queries
from tests import factories
from tests.conftest import START


def encode(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(actions.encode(content).content))
    image.load()
    return image


@pytest.mark.parametrize(("form", "kept"), [("PNG", "PNG"), ("JPEG", "JPEG"), ("WEBP", "PNG")])
def test_pictures_are_encoded_again(form, kept):
    image = encode(factories.picture_bytes(form=form))
    assert (image.format, image.size) == (kept, (64, 48))


def test_what_is_not_the_picture_is_dropped():
    out, info = io.BytesIO(), PngInfo()
    info.add_text("Comment", "样例位置 30.1, 120.2")
    exif = Image.Exif()
    exif[0x010E] = "样例说明"
    Image.new("RGB", (8, 8)).save(out, "PNG", pnginfo=info, exif=exif)
    kept = actions.encode(out.getvalue() + b"<script>alert(1)</script>").content
    assert b"Comment" not in kept
    assert b"eXIf" not in kept
    assert b"script" not in kept


def test_a_picture_taken_sideways_stands_upright():
    out, exif = io.BytesIO(), Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (40, 20)).save(out, "JPEG", exif=exif)
    assert encode(out.getvalue()).size == (20, 40)


def test_transparent_pictures_stay_transparent():
    out = io.BytesIO()
    Image.new("RGBA", (8, 8), (1, 2, 3, 0)).save(out, "PNG")
    assert encode(out.getvalue()).getpixel((0, 0)) == (1, 2, 3, 0)


def a_bomb() -> bytes:
    out = io.BytesIO()
    Image.new("1", (30_000, 30_000)).save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GIF89a",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"\x89PNG\r\n\x1a\n" + b"\x00" * 40,
        factories.picture_bytes()[:-30],
        factories.picture_bytes(form="GIF"),
        factories.picture_bytes(size=(2001, 4)),
        b"\xff" * (2 * 2**20 + 1),
    ],
    ids=["empty", "not whole", "drawing", "broken", "cut", "gif", "wide", "heavy"],
)
def test_what_is_no_picture_for_questions_is_refused(sqlite_site, content):
    with sqlite_site.app.test_request_context(), pytest.raises(actions.NotAPicture) as told:
        actions.encode(content)
    assert told.value.message


def test_a_bomb_is_refused_before_it_is_unpacked(sqlite_site):
    with sqlite_site.app.test_request_context(), pytest.raises(actions.NotAPicture):
        actions.encode(a_bomb())


def test_the_same_picture_is_kept_once_and_named_by_its_digest(site):
    with site.writing() as session:
        bank, writer = factories.make_bank(session), factories.make_person(session, Role.WRITER)
        first = actions.keep(session, bank.id, factories.picture_bytes(), actor=writer, now=START)
        again = actions.keep(session, bank.id, factories.picture_bytes(), actor=writer, now=START)
        assert first == again == hashlib.sha256(files.content_of(session, first)).hexdigest()
        assert queries.absent(session, bank.id, [first, "0" * 64]) == {"0" * 64}


def test_a_picture_is_shown_to_whoever_may_see_its_bank_and_to_nobody_else(site):
    with site.writing() as session:
        bank = factories.make_bank(session)
        writer = factories.make_person(session, Role.WRITER)
        other = factories.make_bank(
            session, "别的样题库", institution=factories.make_institution(session, "别处")
        )
        stranger = factories.make_person(
            session, Role.WRITER, institution=factories.make_institution(session, "别处")
        )
        digest = actions.keep(session, bank.id, factories.picture_bytes(), actor=writer, now=START)
        mine, elsewhere = f"/bank/{bank.id}/pictures/{digest}", f"/bank/{other.id}/pictures/{digest}"
    answer = site.browse_as(writer).client.get(mine)
    assert answer.status_code == 200
    assert answer.content_type == "image/png"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "private, max-age=86400, immutable"
    assert Image.open(io.BytesIO(answer.data)).size == (64, 48)
    assert site.browse_as(writer).client.get(elsewhere).status_code == 404
    assert site.browse_as(stranger).client.get(mine).status_code == 404
    assert site.browse_as(stranger).client.get(elsewhere).status_code == 404
    assert site.browse().client.get(mine).status_code in (302, 303, 401)
