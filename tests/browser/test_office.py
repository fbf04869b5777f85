"""Staff pages: an impatient hand, and a telephone."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from examsite.planning.models import PaperSet
from tests.browser.conftest import Exam, LiveSite
from tests.browser.machine import PHONE, Machine

pytestmark = pytest.mark.browser


def sets_of_papers(live: LiveSite) -> int:
    with live.site.reading() as session:
        return session.scalar(select(func.count()).select_from(PaperSet)) or 0


def test_a_second_click_sends_nothing_while_the_answer_is_awaited(live_site: LiveSite, office: Machine):
    with live_site.site.reading() as session:
        papers = session.get_one(PaperSet, live_site.paper_set_id)
        plan, rules = papers.plan_id, papers.specification_id
    before, posts = sets_of_papers(live_site), []
    page = office.open(f"/plans/{plan}/papers/new")
    page.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)
    # Other tests leave specifications in this bank.
    page.locator("[name='specification']").select_option(str(rules))
    page.get_by_label("固定套数").check()
    page.get_by_label("试卷份数").fill("2")
    page.get_by_role("button", name="组卷并校验").dblclick()
    page.wait_for_url("**/plans/papers/*")
    assert len(posts) == 1
    assert sets_of_papers(live_site) == before + 1


def test_no_table_widens_a_page_on_a_telephone(office: Machine, exam: Exam):
    page = office.open()
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    for path in ("/plans/", "/results/", "/analysis/"):
        page.goto(office.base + path)
        assert page.locator("table").count() == 1
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path
