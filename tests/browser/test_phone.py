"""A phone: its header is short, the menu one link away, and nothing that belongs together is split."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.visiting import Visitor, axe

pytestmark = pytest.mark.browser

SHORT = 160  # CSS pixels, the demonstration's own strip included
WIDTHS = (320, 360)
SPLIT = re.compile(r"« | »| [;?!]")


def top_of_main(page: Page) -> float:
    box = page.locator(".site-header").bounding_box()
    assert box
    return box["y"] + box["height"]


@pytest.mark.parametrize("path", ["/", "/demarches/composteur/commencer/", "/compte/connexion/", "/actualites/"])
def test_the_header_of_a_phone_is_short(plain_phone: Visitor, path: str) -> None:
    page = plain_phone.page(path)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 700})
        assert top_of_main(page) <= SHORT, (path, width)


def test_menu_and_search_are_one_link_away_without_javascript(plain_phone: Visitor) -> None:
    page = plain_phone.page("/demarches/")
    search = page.get_by_role("searchbox", name="Rechercher")
    expect(search).to_be_hidden()
    page.get_by_role("link", name="Menu", exact=True).click()
    expect(page.get_by_role("navigation", name="Menu principal")).to_be_visible()
    page.get_by_role("link", name="Fermer le menu").click()
    expect(search).to_be_hidden()
    page.get_by_role("link", name="Menu", exact=True).focus()
    page.keyboard.press("Enter")
    search.fill("composteur")
    search.press("Enter")
    expect(page.get_by_role("heading", name="Rechercher")).to_be_visible()
    expect(page.locator("[role=search]")).to_have_count(1)  # its own, and not the menu's too


def test_the_open_menu_is_accessible(phone: Visitor) -> None:
    page = phone.page("/demarches/#menu")
    expect(page.get_by_role("navigation", name="Menu principal")).to_be_visible()
    axe(page)


def test_on_a_wide_screen_nothing_is_folded(visit: object) -> None:
    page = visit(width=1280, javascript=False).page("/demarches/")  # type: ignore[operator]
    expect(page.get_by_role("navigation", name="Menu principal")).to_be_visible()
    expect(page.get_by_role("searchbox", name="Rechercher")).to_be_visible()
    expect(page.get_by_role("link", name="Menu", exact=True)).to_be_hidden()


@pytest.mark.parametrize("path", ["/faire/payer/", "/recherche/?q=zzzzqqq", "/demarches/composteur/aide/", "/aide/"])
def test_a_number_to_call_is_never_cut(plain_phone: Visitor, path: str) -> None:
    page = plain_phone.page(path)
    page.set_viewport_size({"width": 320, "height": 700})
    numbers = page.locator("main a[href^='tel:']")
    assert numbers.count()
    for link in numbers.all():
        lines = link.evaluate(
            """(a) => {
              const range = document.createRange(), found = new Set();
              const walk = document.createTreeWalker(a, NodeFilter.SHOW_TEXT);
              while (walk.nextNode()) {
                const at = walk.currentNode.data.search(/[0-9]{2}\\s/);
                if (at < 0) continue;
                range.setStart(walk.currentNode, at);
                range.setEnd(walk.currentNode, walk.currentNode.data.trimEnd().length);
                for (const box of range.getClientRects()) found.add(Math.round(box.top));
              }
              return found.size;
            }"""
        )
        assert lines == 1, (path, link.inner_text())
        box = link.bounding_box()
        assert box
        assert box["x"] + box["width"] <= 320


def test_the_search_box_keeps_its_distance(plain_phone: Visitor) -> None:
    page = plain_phone.page("/recherche/?q=zzzzqqq")
    for width in (320, 1280):
        page.set_viewport_size({"width": width, "height": 700})
        box = page.locator("main [role=search]").bounding_box()
        after = page.locator("main [role=search] + *").bounding_box()
        assert box
        assert after
        assert after["y"] - box["y"] - box["height"] >= 16


@pytest.mark.parametrize(
    "path", ["/", "/demarches/composteur/", "/actualites/", "/recherche/?q=composteur", "/charte/"]
)
def test_no_sign_is_left_alone_at_the_head_of_a_line(plain_phone: Visitor, path: str) -> None:
    page = plain_phone.page(path)
    read = page.evaluate(
        """() => {
          const found = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          while (walk.nextNode()) {
            const held = walk.currentNode.parentElement.closest("textarea, option, script, style, pre, code");
            if (!held) found.push(walk.currentNode.data);
          }
          return found;
        }"""
    )
    assert [text.strip() for text in read if SPLIT.search(text)] == []
