"""What a candidate costs the database: statements of opening and handing in, and that pages kept whole are right for each."""

from __future__ import annotations

import re

from sqlalchemy import text

from tests.browse import Page
from tests.conftest import Site
from tests.examsite.sitting.arrange import OPENS, attempt_of, candidate, make_running_sitting, sit_down
from tests.examsite.sitting.counting import statements

#: Who is signed in: asked by every request of a page, of this stage or another.
_SIGNED_IN = ("FROM logins JOIN persons", "FROM grants")


def of_the_sitting(run: list[str]) -> list[str]:
    return [one for one in run if not any(words in one for words in _SIGNED_IN)]


def dealt(site: Site) -> None:
    """Everybody has a paper before the start, as the making ready of a sitting leaves them."""
    with site.writing() as session:
        session.execute(
            text(
                "INSERT INTO dealt_papers (enrolment_id, paper_id, dealt_at) "
                "SELECT e.id, (SELECT min(id) FROM papers), e.enrolled_at FROM enrolments e"
            )
        )


def test_opening_and_handing_in_take_fewer_than_ten_statements(site: Site) -> None:
    with site.writing() as session:
        sitting = make_running_sitting(session, candidates=2)
    dealt(site)
    site.clock.set(OPENS)
    sit_down(site, sitting, 2)
    browse = site.browse_as(candidate(site, sitting), as_candidate=True)
    place = f"/exam/{attempt_of(site, sitting)}"
    waiting = browse.get(f"{place}/wait")
    token = waiting.find_all("input", name="csrf_token")[0].get("value")
    with statements(site) as opening:
        browse.client.post(f"{place}/open", data={"csrf_token": token})
    desk = sit_down(site, sitting, browse=browse)
    desk.send(desk.record(4, {"truth": True}))
    with statements(site) as ending:
        assert desk.hand_in({4: 1}).json["handed_in"]
    assert len(of_the_sitting(opening)) + len(of_the_sitting(ending)) < 10


def test_a_save_takes_four_statements(site: Site) -> None:
    with site.writing() as session:
        sitting = make_running_sitting(session)
    site.clock.set(OPENS)
    desk = sit_down(site, sitting)
    desk.send(desk.record(4, {"truth": True}))
    with statements(site) as run:
        desk.send(desk.record(4, {"truth": False}), desk.record(5, {"blanks": ["x"]}))
    assert len(run) == 4


def test_a_dealt_paper_is_the_one_that_opens(site: Site) -> None:
    with site.writing() as session:
        sitting = make_running_sitting(session, candidates=3, papers=3)
    dealt(site)
    site.clock.set(OPENS)
    papers = {sit_down(site, sitting, seat).attempt().paper_id for seat in (1, 2, 3)}
    assert len(papers) == 1


def test_a_page_kept_whole_shows_each_candidate_their_own(site: Site) -> None:
    with site.writing() as session:
        sitting = make_running_sitting(session, candidates=2, papers=1)
    site.clock.set(OPENS)
    first, second = (sit_down(site, sitting, seat) for seat in (1, 2))
    shown = [questions_of(desk.page) for desk in (first, second)]
    assert shown[0] == shown[1]
    assert candidate(site, sitting, 1).name in first.page.text
    first.send(first.record(4, {"truth": True}, marked=True))
    again, other = (desk.browse.get(f"/exam/{desk.id}/paper") for desk in (first, second))
    assert ticked(again) == ["true"]
    assert ticked(other) == []
    second.browse.get("/language/en", query={"next": "/exam/"})
    page = second.browse.get(f"/exam/{second.id}/paper")
    assert "单选题" not in questions_of(page)
    assert "单选题" in questions_of(first.browse.get(f"/exam/{first.id}/paper"))


def questions_of(page: Page) -> str:
    """The markup of the questions, as it was sent."""
    found = re.search(r"<main class=.*?</main>", page.response.get_data(as_text=True), re.DOTALL)
    assert found is not None
    return found.group()


def ticked(page: Page) -> list[str]:
    return [
        str(e.get("value"))
        for e in page.find_all("input")
        if e.get("checked") is not None and e.get("name", "").startswith("q")
    ]
