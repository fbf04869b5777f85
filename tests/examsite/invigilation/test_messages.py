"""What invigilators say to candidates."""

from __future__ import annotations

from sqlalchemy import select

from examsite.sitting.models import SittingMessage
from tests.examsite.invigilation.watching import invigilator, make_watched
from tests.examsite.sitting.arrange import sit_down


def test_a_usual_sentence_goes_to_everybody_and_stands_in_the_list(site):
    sitting = make_watched(site)
    _person, browse = invigilator(site, sitting, name="样例监考甲")
    page = browse.get(f"/invigilation/sittings/{sitting.id}/messages")
    page = page.submit("发送", to="all", sentence="quiet", text="")
    assert "请保持安静" in page.text
    assert "样例监考甲" in page.text
    with site.reading() as session:
        said = session.scalars(select(SittingMessage)).one()
        assert (said.room_id, said.attempt_id) == (None, None)


def test_one_candidate_is_told_in_ones_own_words(site):
    sitting = make_watched(site)
    _person, browse = invigilator(site, sitting)
    site.clock.set(sitting.opens_at)
    desk = sit_down(site, sitting)
    page = browse.get(f"/invigilation/sittings/{sitting.id}/messages")
    page.submit("发送", to=f"attempt:{desk.id}", sentence="", text="样例：请举手")
    with site.reading() as session:
        said = session.scalars(select(SittingMessage)).one()
        assert (said.attempt_id, said.text) == (desk.id, "样例：请举手")


def test_an_empty_message_is_refused(site):
    sitting = make_watched(site)
    _person, browse = invigilator(site, sitting)
    page = browse.get(f"/invigilation/sittings/{sitting.id}/messages")
    assert page.submit("发送", to="all", sentence="", text=" ").status == 422


def test_who_watches_a_room_speaks_to_that_room_alone(site):
    sitting = make_watched(site, rooms=(2, 1))
    _person, browse = invigilator(site, sitting, 1)
    page = browse.get(f"/invigilation/sittings/{sitting.id}/messages")
    options = [o.get("value") for s in page.find_all("select", id="to") for o in s.iter("option")]
    assert len(options) == 1
    assert options[0].startswith("room:")
    assert page.submit("发送", to="all", sentence="quiet", text="").status == 422
