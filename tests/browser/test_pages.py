"""Every kind of page, on a narrow and a wide screen, in light and dark: accessible, whole, ours alone, in our words."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visitor, axe, fits, take_picture
from tests.browser.gestures import sign_in_as, start_composter
from tests.test_house import NEVER

pytestmark = pytest.mark.browser

SCREENS = [(320, False), (1280, True)]
"""The two ends: the narrowest in daylight, the widest at night. The other two pairs differ by colour or width alone."""

PUBLIC = {
    "home": "/",
    "door": "/faire/demander/",
    "communes": "/communes/",
    "commune": "/communes/locquignol/",
    "place": "",  # the first of a commune
    "my-commune": "/ma-commune/",
    "help": "/aide/",
    "search": "/recherche/?q=dechetterie",
    "search-not-ours": "/recherche/?q=carte+d%27identit%C3%A9",
    "search-nothing": "/recherche/?q=zzzzqqq",
    "sheet": "",  # the first that the search gives
    "results": "/resultats/",
    "sitemap": "/plan-du-site/",
    "legal": "/mentions-legales/",
    "accessibility": "/accessibilite/",
    "privacy": "/donnees-personnelles/",
    "news": "/actualites/",
    "news-item": "",
    "procedures": "/demarches/",
    "procedure": "/demarches/composteur/",
    "procedure-help": "/demarches/composteur/aide/",
    "procedure-start": "/demarches/composteur/commencer/",
    "track": "/suivi/",
    "track-unknown": "/suivi/rien/",
    "login": "/compte/connexion/",
    "signup": "/compte/creer/",
    "password-lost": "/compte/mot-de-passe/oublie/",
    "demo": "/demo/",
    "mailbox": "/demo/boite/",
    "message": "",
    "catalogue": "/charte/",
    "not-found": "/rien-ici/",
}
FOUND_ON = {  # pages whose address is read on another one
    "place": ("/communes/locquignol/", "main a[href^='/lieux/']"),
    "sheet": ("/recherche/?q=carte+d%27identit%C3%A9", "main a[href^='/fiches/']"),
    "news-item": ("/actualites/", "main a[href^='/actualites/']:not([href$='.xml'])"),
    "message": ("/demo/boite/", "main a[href^='/demo/boite/']:not([href*='lettre'])"),
    "own-case": ("/espace/", "main a[href^='/dossiers/']"),
    "desk-case": ("/bureau/dossiers/?situation=all", "main tbody a[href^='/bureau/dossiers/']"),
    "desk-person": ("/bureau/accueil/?q=Locquignol+Suzanne", "main a[href^='/bureau/accueil/personnes/']"),
}
ACCOUNT = {
    "space": "/espace/",
    "own-case": "",
    "account": "/compte/",
    "details": "/compte/coordonnees/",
    "data": "/compte/mes-donnees/",
    "protection": "/compte/protection/",
    "devices": "/compte/appareils/",
    "email": "/compte/email/",
    "logout": "/compte/deconnexion/",
}
DESK_PAGES = {
    "desk-today": "/bureau/",
    "desk-counter": "/bureau/accueil/",
    "desk-found": "/bureau/accueil/?q=Suzanne",
    "desk-person": "",
    "desk-new-person": "/bureau/accueil/personnes/nouvelle/",
    "desk-entry": "/bureau/saisie/composteur/",
    "desk-scans": "/bureau/scans/",
    "desk-worklist": "/bureau/dossiers/?situation=all",
    "desk-case": "",
    "desk-letters": "/bureau/courriers/",
    "desk-batches": "/bureau/courriers/lots/",
    "desk-returns": "/bureau/courriers/retour/",
    "desk-absences": "/bureau/absences/",
    "desk-places": "/bureau/lieux/",
    "desk-figures": "/bureau/ma-commune/",
}


def address_of(page: Page, name: str, table: dict[str, str]) -> str:
    """The address of a kind of page."""
    if table[name]:
        return table[name]
    where, link = FOUND_ON[name]
    page.goto(where)
    found = page.locator(link).first.get_attribute("href")
    assert found, f"no {name} on {where}"
    return found


def look_at(page: Page, name: str) -> None:
    """What every page owes: a title, one heading, a French text in our words, room enough, no barrier."""
    expect(page.locator("h1")).to_have_count(1)
    heading = page.locator("h1").inner_text().strip()
    assert heading, f"{page.url}: an empty heading"
    title = page.title()
    assert title.strip(" –"), f"{page.url}: no title"
    assert page.locator("html").get_attribute("lang") == "fr"
    if not name.startswith("sheet"):  # the State's own sheets are quoted as they are
        words = NEVER.findall(page.locator("body").inner_text())
        assert not words, f"{page.url}: {words}"
    unread = re.findall(r"\{\{|\{%|None\b|<function", page.locator("body").inner_text())
    assert not unread, f"{page.url}: {unread}"
    width = page.viewport_size["width"] if page.viewport_size else 0
    take_picture(page, f"page-{name}-{width}")
    fits(page)
    axe(page)


def walk(visitor: Visitor, page: Page, table: dict[str, str]) -> list[str]:
    """Look at every page of the table; returns what is wrong with each."""
    wrong = []
    for name in table:
        try:
            answer = page.goto(address_of(page, name, table))
            assert answer is not None
            assert answer.status == {"not-found": 404, "track-unknown": 404}.get(name, 200), answer.status
            look_at(page, name)
        except AssertionError as error:
            wrong.append(f"== {name}: {error}")
        wrong += [f"== {name}: {told}" for told in visitor.unexpected()]
        visitor.mishaps.clear()
    return wrong


@pytest.mark.parametrize(("width", "dark"), SCREENS)
def test_public_pages(visit: Callable[..., Visitor], width: int, dark: bool) -> None:
    visitor = visit(width=width, dark=dark)
    visitor.expect("404")  # pages that are not there are looked at too
    wrong = walk(visitor, visitor.page("/"), PUBLIC)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(("width", "dark"), SCREENS)
def test_pages_of_an_account(visit: Callable[..., Visitor], width: int, dark: bool) -> None:
    visitor = visit(width=width, dark=dark)
    page = visitor.page("/")
    sign_in_as(page, "demo-mireille")
    wrong = walk(visitor, page, ACCOUNT)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(("width", "dark"), SCREENS)
def test_pages_of_a_request(visit: Callable[..., Visitor], width: int, dark: bool) -> None:
    visitor = visit(width=width, dark=dark)
    page = visitor.page("/")
    reference, _code = start_composter(page, phone="03 53 01 00 23")
    look_at(page, "code")
    steps = {
        f"step-{step}": f"/dossiers/{reference}/etape/{step}/" for step in ("person", "home", "composter", "pickup")
    }
    steps |= {"errors": f"/dossiers/{reference}/etape/person/?revoir=1", "check": f"/dossiers/{reference}/verifier/"}
    steps |= {"saved": f"/dossiers/{reference}/enregistre/", "discard": f"/dossiers/{reference}/effacer/"}
    wrong = walk(visitor, page, steps)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(("width", "dark"), SCREENS)
def test_desk_screens(visit: Callable[..., Visitor], width: int, dark: bool) -> None:
    visitor = visit(width=width, dark=dark)
    page = visitor.page("/")
    sign_in_as(page, "demo-secretaire")
    wrong = walk(visitor, page, DESK_PAGES)
    assert not wrong, "\n".join(wrong)
