"""Scripts are fetched once: their address changes when any of them does, and the paper names all it needs."""

from __future__ import annotations

import re
from pathlib import Path

from tests.conftest import Site
from tests.examsite.sitting.arrange import OPENS, attempt_of, candidate, make_running_sitting, sit_down

ROOT = Path(__file__).resolve().parent.parent.parent / "static" / "js"


def preloaded(html: str) -> list[str]:
    return re.findall(r'<link rel="modulepreload" href="([^"]+)">', html)


def test_the_waiting_page_fetches_ahead_exactly_what_the_paper_runs(site: Site) -> None:
    with site.writing() as session:
        sitting = make_running_sitting(session)
    browse = site.browse_as(candidate(site, sitting), as_candidate=True)
    ahead = preloaded(browse.get(f"/exam/{attempt_of(site, sitting)}/wait").response.text)
    site.clock.set(OPENS)
    assert ahead == preloaded(sit_down(site, sitting).page.response.text)
    names = {url.partition("/js-")[2].partition("/")[2] for url in ahead}
    assert {"paper-page.js", "modules/answers.js", "lib/outbox.js", "lib/shelves.js"} <= names
    assert all((ROOT / name).is_file() for name in names)


def test_scripts_are_kept_as_long_as_none_of_them_changes(site: Site) -> None:
    browse = site.browse()
    address = re.search(r'src="(/static/js-[^"]+)"', browse.get("/about").response.text)
    assert address
    with browse.client.get(address[1]) as kept:
        assert "immutable" in kept.headers["Cache-Control"]
        assert kept.mimetype.endswith("javascript")
        text = kept.data
    with browse.client.get(re.sub(r"/js-\w+/", "/js-earlier/", address[1])) as earlier:
        assert earlier.data == text
        assert "no-cache" in earlier.headers["Cache-Control"]
