"""Every kind of page, on a narrow and a wide screen, in light and dark: accessible, whole, ours alone, in our words."""

import io
import re
from collections.abc import Callable

import pypdf
import pytest
from playwright.sync_api import Page, Response, expect

from tests.browser.gestures import order_composter, sign_in_as, start_composter
from tests.browser.visiting import Visitor, axe, fits, take_picture
from tests.test_house import NEVER

pytestmark = pytest.mark.browser

NARROW, WIDE = {"width": 320, "height": 700}, {"width": 1280, "height": 900}
STRICT = {"script-src": "'self'", "style-src": "'self'"}  # nothing inline, nothing from elsewhere

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
    "track-lost": "/suivi/perdu/",
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
STATUS = {"not-found": 404, "track-unknown": 404}
QUOTED = {"sheet", "search-not-ours"}  # the State's own sheets are quoted as they are
FOUND_ON = {  # pages whose address is read on another one
    "place": ("/communes/locquignol/", "main a[href^='/lieux/']"),
    "sheet": ("/recherche/?q=carte+d%27identit%C3%A9", "main a[href^='/fiches/']"),
    "news-item": ("/actualites/", "main a[href^='/actualites/']:not([href$='.xml'])"),
    "message": ("/demo/boite/", "main a[href^='/demo/boite/']:not([href*='lettre'])"),
    "own-case": ("/espace/", "main a[href^='/dossiers/']"),
    "desk-case": ("/bureau/dossiers/?situation=all", "main tbody a[href^='/bureau/dossiers/']"),
    "desk-person": ("/bureau/accueil/?q=Suzanne", "main .people a"),
    "desk-duplicate": ("/bureau/doublons/", "main tbody a"),
}
ACCOUNT = {
    "space": "/espace/",
    "own-case": "",
    "account": "/compte/",
    "details": "/compte/coordonnees/",
    "household": "/compte/foyer/",
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
    "desk-hat": "/compte/role/",
    "desk-homes": "/bureau/foyers/",
    "desk-figures": "/bureau/ma-commune/",
}
MANAGER_PAGES = {
    "desk-troubles": "/bureau/pannes/",
    "desk-order": "/bureau/dossiers/?situation=open&sort=pressing",
    "desk-duplicates": "/bureau/doublons/",
    "desk-duplicate": "",
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
    """What every page owes: a title, one heading, our words; then no barrier, wide at night and narrow by day."""
    expect(page.locator("h1")).to_have_count(1)
    heading = page.locator("h1").inner_text().strip()
    assert heading, f"{page.url}: an empty heading"
    assert page.title().strip(" –"), f"{page.url}: no title"
    assert page.locator("html").get_attribute("lang") == "fr"
    text = page.locator("body").inner_text()
    if name not in QUOTED:
        words = NEVER.findall(text)
        assert not words, f"{page.url}: {words}"
    unread = re.findall(r"{{|{%|\bNone\b|<function|Lorem", text)
    assert not unread, f"{page.url}: {unread}"
    for screen, dark in ((WIDE, True), (NARROW, False)):
        page.set_viewport_size(screen)
        page.emulate_media(color_scheme="dark" if dark else "light", reduced_motion="reduce")
        take_picture(page, f"page-{name}-{screen['width']}")
        fits(page)
        axe(page)


def policy(answer: Response) -> dict[str, str]:
    """The Content-Security-Policy of an answer, by directive."""
    header = answer.headers.get("content-security-policy", "")
    return dict(part.strip().split(" ", 1) for part in header.split(";") if " " in part.strip())


def walk(visitor: Visitor, page: Page, table: dict[str, str]) -> list[str]:
    """Look at every page of the table; returns what is wrong with each."""
    wrong = []
    for name in table:
        try:
            answer = page.goto(address_of(page, name, table))
            assert answer is not None
            assert answer.status == STATUS.get(name, 200), answer.status
            told = policy(answer)
            if answer.status == 200:  # error pages are whole in themselves: their own style, by its hash
                assert {key: told.get(key) for key in STRICT} == STRICT, told
            assert "unsafe" not in str(told)
            look_at(page, name)
        except AssertionError as error:
            wrong.append(f"== {name}: {error}")
        wrong += [f"== {name}: {told}" for told in visitor.unexpected()]
        visitor.mishaps.clear()
    return wrong


def test_public_pages(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    visitor.expect("404")  # pages that are not there are looked at too
    wrong = walk(visitor, visitor.page("/"), PUBLIC)
    assert not wrong, "\n".join(wrong)


def test_pages_of_an_account(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    page = visitor.page("/")
    sign_in_as(page, "demo-mireille")
    wrong = walk(visitor, page, ACCOUNT)
    assert not wrong, "\n".join(wrong)


def test_pages_of_a_request(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    page = visitor.page("/")
    reference, _code = start_composter(page, phone="03 53 01 00 23")
    look_at(page, "code")
    pages = {f"step-{step}": f"etape/{step}/" for step in ("person", "home", "composter", "pickup")}
    pages |= {"errors": "etape/person/?revoir=1", "check": "verifier/", "saved": "enregistre/", "discard": "effacer/"}
    wrong = walk(visitor, page, {name: f"/dossiers/{reference}/{path}" for name, path in pages.items()})
    assert not wrong, "\n".join(wrong)


def test_pages_of_a_request_that_was_sent(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    page = visitor.page("/")
    reference, _code = order_composter(page, phone="03 53 01 00 24")
    pages = {"sent": "envoyee/", "case": "", "withdraw": "retirer/"}
    wrong = walk(visitor, page, {name: f"/dossiers/{reference}/{path}" for name, path in pages.items()})
    assert not wrong, "\n".join(wrong)


def test_desk_screens(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    page = visitor.page("/")
    sign_in_as(page, "demo-secretaire")
    wrong = walk(visitor, page, DESK_PAGES)
    sign_in_as(page, "demo-responsable")
    wrong += walk(visitor, page, MANAGER_PAGES)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("path", ["/communes/locquignol/", "/demarches/composteur/", "/recherche/?q=passeport"])
def test_paper_holds_the_page_and_not_its_furniture(visit: Callable[..., Visitor], path: str) -> None:
    page = visit().page(path)
    heading = page.locator("h1").inner_text()
    sheets = pypdf.PdfReader(io.BytesIO(page.pdf(format="A4"))).pages
    text = " ".join("\n".join(sheet.extract_text() for sheet in sheets).split())
    assert heading in text
    assert "03 53 01 00 00" in text  # whom to call
    for screen_only in ("Se connecter", "Essayer en tant que", "Plan du site"):
        assert screen_only not in text
    assert len(sheets) <= 4
