"""One examination machine: a Chromium profile of its own that fails the test on what a candidate should never meet.

Watched on every page: script errors, violations of the content security policy, requests to another host.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, Request, expect

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
PATIENCE_MS = 30_000
"""How long what must come may take on a loaded machine; a test that passes does not wait for it."""
expect.set_options(timeout=PATIENCE_MS)
WIDE = {"width": 1366, "height": 768}
PHONE = {"width": 390, "height": 844}


@dataclass
class Machine:
    """A browser profile at one place in the room, and what went wrong in it.

    tolerated: parts of console messages that this test provokes (a cut cable, a refused lease).
    """

    context: BrowserContext
    base: str
    faults: list[str] = field(default_factory=list)
    tolerated: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.context.on("page", self._watch)
        self.context.set_default_timeout(PATIENCE_MS)

    def open(self, path: str = "") -> Page:
        """A new tab, at this path of the site when one is given."""
        page = self.context.new_page()
        if path:
            page.goto(self.base + path)
        return page

    def go_offline(self) -> None:
        self.tolerated.append("net::ERR_INTERNET_DISCONNECTED")
        self.context.set_offline(True)

    def go_online(self) -> None:
        self.context.set_offline(False)

    def check(self) -> None:
        """Raise AssertionError with everything that went wrong."""
        assert not self.faults, "\n".join(self.faults)

    def _watch(self, page: Page) -> None:
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.faults.append(f"script error: {error}"))
        page.on("request", self._follow)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not any(part in message.text for part in self.tolerated):
            self.faults.append(f"console: {message.text}")

    def _follow(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme in ("http", "https", "ws", "wss") and address.netloc != urlsplit(self.base).netloc:
            self.faults.append(f"request to another host: {request.url}")


# ---- what a candidate does and sees ----


def question(page: Page, position: int) -> Locator:
    return page.locator(f"#q{position}")


def go_to(page: Page, position: int) -> None:
    """By the 答题卡."""
    page.locator(f"a[data-to='{position}']").click()
    expect(question(page, position)).to_be_visible()


def choose(page: Page, position: int, place: int) -> None:
    """Choose the option at this place (0 = A) by clicking its text."""
    go_to(page, position)
    question(page, position).locator(".option").nth(place).locator(".option-text").click()


def chosen(page: Page, position: int) -> list[int]:
    """Places of the options that are ticked."""
    boxes = question(page, position).locator(".option input").all()
    return [place for place, box in enumerate(boxes) if box.is_checked()]


def saving_word(page: Page) -> Locator:
    return page.locator(".bar-saving [data-word]")


def expect_saved(page: Page, position: int) -> None:
    """The page says 已保存 of this question, and of everything."""
    expect(question(page, position).locator("[data-state]")).to_have_attribute("data-state", "saved")
    expect(saving_word(page)).to_have_text("已保存")


def expect_unsaved(page: Page, position: int) -> None:
    expect(question(page, position).locator("[data-state]")).to_have_attribute("data-state", "unsaved")
    expect(saving_word(page)).to_contain_text("未保存")


def seconds_left(page: Page) -> int:
    """What the countdown shows, in seconds."""
    parts = [int(part) for part in page.locator("[data-clock]").inner_text().split(":")]
    total = 0
    for part in parts:
        total = total * 60 + part
    return total
