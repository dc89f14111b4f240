"""Weight of every kind of resident page (DESIGN.md rule 9), memory of what ./run starts, and starting times.

Pages are those that three visitors can reach, one page of each kind (one view is one kind) for each of them: anyone,
from the home page and the site map; a resident signed in, from their space and their account; who orders a composter
without account, each step on the way, then the request as sent. kB are kilobytes (1,000 bytes) as received, compressed,
on a first visit with an empty cache, and on a second one. EcoIndex is computed with the public quantiles of
ecoindex.fr (v2: elements, requests, kB).
"""

import os
import time
from pathlib import Path
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

import django
from django.urls import Resolver404, resolve
from playwright.sync_api import Browser, BrowserContext, Page, StorageState, ViewportSize, sync_playwright

from bench import lib
from bench.portal import STEPS
from tests.browser import gestures
from tests.browser.conftest import CHROMIUM, QUIET
from tests.house import House

FIRST_KB, SECOND_KB, REQUESTS, ELEMENTS = 100, 30, 15, 350
MOST_PAGES = 60
RESIDENT = "demo-julien"

DOM = (0, 47, 75, 159, 233, 298, 358, 417, 476, 537, 603, 674, 753, 843, 949, 1076, 1237, 1459, 1801, 2479, 594601)
ASKED = (0, 2, 15, 25, 34, 42, 49, 56, 63, 70, 78, 86, 95, 105, 117, 130, 147, 170, 205, 281, 3920)
KB = (0, 1.37, 144.7, 319.53, 479.46, 631.97, 783.38, 937.91, 1098.62, 1265.47, 1448.32, 1648.27, 1876.08, 2142.06, 2465.37, 2866.31, 3401.59, 4155.73, 5400.08, 8037.54, 223212.26)  # fmt: skip  # noqa: E501


def quantile(limits: tuple[float, ...], value: float) -> float:
    """Where ``value`` lies among the limits, with its part of the way to the next."""
    for position in range(1, len(limits)):
        if value < limits[position]:
            low, high = limits[position - 1], limits[position]
            return position - 1 + (value - low) / (high - low)
    return float(len(limits) - 1)


def ecoindex(elements: int, requests: int, kilobytes: float) -> float:
    """0 to 100, higher is lighter; A from 81 on."""
    weighed = 3 * quantile(DOM, elements) + 2 * quantile(ASKED, requests) + quantile(KB, kilobytes)
    return round(100 - 5 * weighed / 6, 1)


def kind_of(path: str) -> str:
    """The view behind an address; editorial pages count as one kind for each depth."""
    try:
        return f"{resolve(path).view_name} {path.count('/') if resolve(path).view_name == 'wagtail_serve' else ''}"
    except Resolver404:
        return path


def telephone(browser: Browser, one: House, state: StorageState | None = None) -> BrowserContext:
    """A telephone with an empty cache, and the cookies of ``state``."""
    size: ViewportSize = {"width": 360, "height": 740}
    return browser.new_context(base_url=one.url, viewport=size, locale="fr-FR", storage_state=state)


def visit(browser: Browser, one: House, path: str, state: StorageState | None) -> dict[str, Any] | None:
    """Figures of one page on a first and a second visit; None for what is not a page (a file to download)."""
    context = telephone(browser, one, state)
    try:
        page = context.new_page()
        first, requests = received(page, path)
        if first is None:
            return None
        elements = int(page.evaluate("document.querySelectorAll('*').length"))
        links = page.evaluate("[...document.querySelectorAll('a[href]')].map(a => a.href)")
        second, again = received(page, path)
        return {
            "path": path,
            "reached": page.url,
            "first_kb": round(first / 1000, 1),
            "second_kb": round((second or 0) / 1000, 1),
            "requests": requests,
            "second_requests": again,
            "elements": elements,
            "ecoindex": ecoindex(elements, requests, first / 1000),
            "links": links,
        }
    finally:
        context.close()


def received(page: Page, path: str) -> tuple[int | None, int]:
    """Bytes received over the network for one visit, and requests that left the browser."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    sizes: list[int] = []
    cached: set[str] = set()
    session.on("Network.requestServedFromCache", lambda event: cached.add(event["requestId"]))
    session.on("Network.loadingFinished", lambda event: sizes.append(int(event["encodedDataLength"])))
    try:
        answer = page.goto(path, wait_until="load")
        page.wait_for_timeout(150)
    except Exception:  # a download, or an address that leads away
        return None, 0
    finally:
        session.detach()
    if answer is None or "text/html" not in answer.headers.get("content-type", ""):
        return None, 0
    told = [size for size in sizes if size > 0]
    return sum(told), len(told)


def links_of(one: House, found: list[str]) -> list[str]:
    """Addresses of residents' pages of this house."""
    paths = []
    for link in found:
        parts = urlsplit(urldefrag(urljoin(one.url, link)).url)
        ours = parts.netloc == urlsplit(one.url).netloc and not parts.query
        if ours and not parts.path.startswith(("/bureau", "/static", "/medias", "/charte")):
            paths.append(parts.path)
    return paths


def crawl(
    browser: Browser, one: House, who: str, start: list[str], state: StorageState | None = None
) -> list[dict[str, Any]]:
    """One page of each kind that this visitor can reach from ``start``, whose pages are all looked at."""
    waiting, seen, kinds, pages = list(start), set[str](), set[str](), list[dict[str, Any]]()
    while waiting and len(pages) < MOST_PAGES:
        path = waiting.pop(0)
        if path in seen or (kind_of(path) in kinds and path not in start):
            continue
        seen.add(path)
        kinds.add(kind_of(path))
        figures = visit(browser, one, path, state)
        if figures:
            figures["who"] = who
            if urlsplit(figures.pop("reached")).path != path:
                continue  # led elsewhere: what is there is looked at under its own address
            waiting += links_of(one, figures.pop("links"))
            pages.append(figures)
            print(
                f"{figures['first_kb']:6} kB {figures['second_kb']:6} kB {figures['requests']:3} requests "
                f"{figures['elements']:4} elements  EcoIndex {figures['ecoindex']:5}  {who} {path}",
                flush=True,
            )
    return pages


def signed_in(browser: Browser, one: House) -> list[dict[str, Any]]:
    """The pages of a resident who has an account and requests."""
    with telephone(browser, one) as context:
        page = context.new_page()
        gestures.sign_in_as(page, RESIDENT)
        state = context.storage_state()
    return crawl(browser, one, "resident", ["/espace/", "/compte/"], state)


def ordering(browser: Browser, one: House) -> list[dict[str, Any]]:
    """The pages of a request without account: each step, the check, then the request as sent."""
    with telephone(browser, one) as context:
        page = context.new_page()
        sent, _code = gestures.order_composter(page, email="poids@example.org")
        begun, _code = gestures.start_composter(page, email="poids@example.org")
        state = context.storage_state()
    draft = [f"/dossiers/{begun}/{rest}" for rest in (*(f"etape/{step}/" for step in STEPS), "verifier/")]
    return crawl(browser, one, "applicant", [*draft, f"/dossiers/{sent}/envoyee/", f"/dossiers/{sent}/"], state)


def memory(one: House) -> dict[str, float]:
    """MiB: the heaviest web worker, and everything."""
    shares = {pid: lib.pss_mib(pid) for pid in one.processes()}
    return {
        "web_worker_pss_mib": round(max(shares[pid] for pid in lib.web_workers(one)), 1),
        "all_pss_mib": round(sum(shares.values()), 1),
    }


def starts(one: House) -> float:
    """Seconds from a later start to the first home page."""
    one.stop()
    begun = time.monotonic()
    one.start()
    one.get("/")
    return round(time.monotonic() - begun, 1)


def run(kind: str) -> dict[str, Any]:
    """The benchmark."""
    django.setup()
    begun = time.monotonic()
    with lib.house(kind) as one, sync_playwright() as playwright:
        one.get("/")
        first_start = round(time.monotonic() - begun, 1)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        pages = crawl(browser, one, "anyone", ["/", "/plan-du-site/"])
        pages += signed_in(browser, one) + ordering(browser, one)
        browser.close()
        used = memory(one)
        later_start = starts(one)
    worst = {
        "worst_kb": max(page["first_kb"] for page in pages),
        "worst_second_kb": max(page["second_kb"] for page in pages),
        "worst_requests": max(page["requests"] for page in pages),
        "worst_elements": max(page["elements"] for page in pages),
        "worst_ecoindex": min(page["ecoindex"] for page in pages),
    }
    beyond = [
        f"{page['who']} {page['path']}"
        for page in pages
        if page["first_kb"] > FIRST_KB
        or page["second_kb"] > SECOND_KB
        or page["requests"] > REQUESTS
        or page["elements"] > ELEMENTS
    ]
    return {
        **worst,
        **used,
        "first_start_s": first_start,
        "later_start_s": later_start,
        "pages": len(pages),
        "beyond_budget": beyond,
        "per_page": pages,
        "chromium": Path(CHROMIUM).name,
    }
