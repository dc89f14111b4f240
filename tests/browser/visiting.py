"""A living house and a browser to visit it, for tests/browser and tests/journeys: real processes, demonstration data.

A plugin of the tests (tests/conftest.py): both folders share one house and one Chromium.
"""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

from tests import readyhouse
from tests.house import House

CHROMIUM = next((path for path in ("/usr/bin/chromium", "/usr/bin/chromium-browser") if Path(path).exists()), "")
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHONE, DESK = 360, 1280  # CSS pixels


PATIENCE = 420  # seconds for one journey: longer, it hangs, and a test that hangs must fail


@pytest.fixture(autouse=True)
def _patience(request: pytest.FixtureRequest) -> Iterator[None]:
    """A journey that hangs fails, with where it stood."""
    if request.node.get_closest_marker("browser") is None:
        yield
        return

    def give_up(*_signal: Any) -> None:
        raise TimeoutError(f"a journey takes more than {PATIENCE} s")

    previous = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(PATIENCE)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, previous)


@pytest.fixture(scope="session")
def house() -> Iterator[House]:
    """The demonstration, served; on the database of DATABASE_URL (its server), on SQLite without one.

    BOCAGE_VISIT=port:var visits a house that already runs: quicker while one writes a journey.
    """
    if visited := os.environ.get("BOCAGE_VISIT"):
        port, var = visited.split(":", 1)
        one = House(Path(var))
        one.url = f"http://localhost:{port}"
        yield one
        return
    with readyhouse.started(os.environ.get("DATABASE_URL", "")) as one:
        yield one


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium; fails, and says how to get it, where there is none."""
    if not CHROMIUM:
        pytest.fail("Chromium is missing: sudo apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


class Visitor:
    """Someone in front of a screen. ``mishaps`` gathers what no page of ours may do; the test fails on any."""

    def __init__(self, house: House, context: BrowserContext) -> None:
        self.house, self.context = house, context
        self.mishaps: list[str] = []
        self.expected: list[str] = []
        context.on("console", self._console)
        context.on("request", self._request)
        context.on("weberror", lambda error: self.mishaps.append(f"script error: {error.error}"))
        context.on("response", self._response)

    def page(self, path: str = "/") -> Page:
        """A new tab on an address."""
        page = self.context.new_page()
        page.goto(path)
        return page

    def expect(self, *parts: str) -> None:
        """Mishaps that contain one of these words are what the test is about (« 403 »)."""
        self.expected += parts

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.mishaps.append(f"console: {message.text}")

    def _request(self, request: Request) -> None:
        host = urlsplit(request.url)
        if host.scheme in {"http", "https"} and host.netloc != urlsplit(self.house.url).netloc:
            self.mishaps.append(f"request to a third party: {request.url}")

    def _response(self, response: Any) -> None:
        if response.status >= 500:
            self.mishaps.append(f"{response.status}: {response.url}")

    def unexpected(self) -> list[str]:
        """Mishaps that the test did not announce."""
        return [told for told in self.mishaps if not any(part in told for part in self.expected)]


@pytest.fixture
def visit(house: House, chromium: Browser) -> Iterator[Callable[..., Visitor]]:
    """Opens visitors: ``visit(width=360, javascript=False, dark=True)``; each has cookies of its own."""
    visitors: list[Visitor] = []

    def open_visitor(*, width: int = DESK, height: int = 800, javascript: bool = True, dark: bool = False) -> Visitor:
        context = chromium.new_context(
            base_url=house.url,
            viewport={"width": width, "height": height},
            java_script_enabled=javascript,
            color_scheme="dark" if dark else "light",
            locale="fr-FR",
            timezone_id="Europe/Paris",
            accept_downloads=True,
        )
        context.set_default_timeout(10_000)
        visitor = Visitor(house, context)
        visitors.append(visitor)
        return visitor

    yield open_visitor
    for visitor in visitors:
        visitor.context.close()
    found = [told for visitor in visitors for told in visitor.unexpected()]
    assert not found, "\n".join(found)


@pytest.fixture
def phone(visit: Callable[..., Visitor]) -> Visitor:
    """A telephone, 360 px wide."""
    return visit(width=PHONE, height=740)


@pytest.fixture
def plain_phone(visit: Callable[..., Visitor]) -> Visitor:
    """A telephone without JavaScript."""
    return visit(width=PHONE, height=740, javascript=False)


def axe(page: Page) -> None:
    """Fails with a report when axe-core finds a violation (WCAG 2.2 AA and best practice)."""
    results = Axe().run(page)
    assert results.violations_count == 0, f"{page.url}\n{results.generate_report()}"


def fits(page: Page) -> None:
    """Fails when the page is wider than the screen."""
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{page.url} is {wide} px wider than the screen"


def take_picture(page: Page, name: str) -> None:
    """Keep a picture of the whole page in BOCAGE_PICTURES, when a person wants to look."""
    if folder := os.environ.get("BOCAGE_PICTURES"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)
