"""Another site shares the account: an administrator connects it, a resident enters and leaves it (Apache)."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.gestures import answer, heading, press, sign_in_as
from tests.browser.visiting import Visitor
from tests.journeys.test_account import look
from tests.journeys.test_franceconnect import identify
from tests.site import Site

pytestmark = pytest.mark.browser


def test_a_second_site_signs_in_with_the_account_of_the_house(visit: Callable[..., Visitor], tmp_path: Path) -> None:
    library = Site(tmp_path)

    desk = visit()
    desk.expect("422")
    page = desk.page("/demo/")
    sign_in_as(page, "demo-admin")
    page.goto("/bureau/sites-relies/")
    page.get_by_role("link", name="Relier un site").click()
    answer(page, {"name": "Médiathèque", "redirect_uris": "media.example.fr/retour"})
    press(page, "Relier ce site")
    expect(page.get_by_role("alert")).to_contain_text("n’est pas une adresse complète")
    answer(page, {"redirect_uris": library.back, "logout_uris": library.out})
    for told in ("Votre nom, vos prénoms", "Votre adresse postale"):
        page.get_by_label(told).check()
    look(page, "site-form")
    press(page, "Relier ce site")
    heading(page, "Médiathèque est relié")
    look(page, "site-secret")
    issuer, key, secret = (one.inner_text() for one in page.locator("dl.facts code").all())

    with library.open(issuer, key, secret):
        resident = visit(width=360)
        resident.expect("third party: http://127.0.0.1:", "404")  # the other site has no icon
        page = resident.page("/")
        identify(page, "Suzanne Bellehaie")
        heading(page, "Bonjour Suzanne Bellehaie")
        page.goto(f"{library.url}/prive/")
        heading(page, "Entrer sur Médiathèque")
        look(page, "site-consent")
        press(page, "Continuer")
        heading(page, "Bonjour Suzanne Bellehaie")
        expect(page.get_by_text("Commune : 59353")).to_be_visible()
        expect(page.get_by_text("Niveau : eidas1")).to_be_visible()

        page.goto(f"{visit_url(resident)}/compte/")
        expect(page.get_by_role("heading", name="Sites où j’entre avec ce compte")).to_be_visible()
        look(page, "site-mine")
        page.goto(f"{library.url}/prive/")
        page.get_by_role("link", name="Quitter la médiathèque").click()
        heading(page, "Se déconnecter aussi d’ici ?")
        look(page, "site-leave")
        press(page, "Me déconnecter de tout")
        heading(page, "Au revoir")
        page.goto(f"{visit_url(resident)}/espace/")
        heading(page, "Se connecter")


def visit_url(visitor: Visitor) -> str:
    """The address of the house."""
    return visitor.house.url
