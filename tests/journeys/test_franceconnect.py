"""A resident signs in through the demonstration's FranceConnect in a browser: recognised, new, refusing, leaving."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.gestures import heading, press
from tests.browser.visiting import Visitor
from tests.journeys.test_account import look

pytestmark = pytest.mark.browser


def identify(page: Page, who: str) -> None:
    page.goto("/compte/connexion/")
    page.get_by_role("link", name="S’identifier avec FranceConnect").click()
    heading(page, "FranceConnect de démonstration")
    page.get_by_role("button", name=who).click()


def test_a_resident_signs_in_with_franceconnect(visit: Callable[..., Visitor]) -> None:
    phone = visit(width=360)
    page = phone.page("/compte/connexion/")
    look(page, "connexion")
    page.get_by_role("link", name="S’identifier avec FranceConnect").click()
    heading(page, "FranceConnect de démonstration")
    look(page, "franceconnect")
    press(page, "Refuser de continuer")
    heading(page, "Se connecter")
    expect(page.get_by_role("status")).to_contain_text("Rien n’a changé")

    identify(page, "Aurélien Hautruisseau")
    heading(page, "Bienvenue, Aurélien Hautruisseau")
    look(page, "bienvenue")
    page.goto("/compte/")
    expect(page.get_by_role("button", name="Délier FranceConnect")).to_be_visible()
    look(page, "compte")
    press(page, "Se déconnecter")
    expect(page.get_by_text("Votre session FranceConnect de démonstration est fermée aussi.")).to_be_visible()

    identify(page, "Suzanne Bellehaie")
    page.wait_for_url("**/espace/")
    heading(page, "Bonjour Suzanne Bellehaie")

    without_script = visit(javascript=False)
    without_script.expect("503")
    desk = without_script.page("/compte/connexion/")
    desk.get_by_role("link", name="S’identifier avec FranceConnect").click()
    press(desk, "Le service est en panne")
    heading(desk, "Vous n’êtes pas encore connecté")
