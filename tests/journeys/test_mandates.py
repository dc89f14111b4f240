"""Acting for someone: an adviser and a resident without e-mail; a relative named online."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.gestures import (
    BILL,
    COMPOSTER,
    HOME,
    PICKUP,
    WHO,
    answer,
    control,
    find_in_mailbox,
    heading,
    press,
    sign_in_as,
)
from tests.browser.visiting import Visitor, fits, take_picture
from tests.house import House
from tests.journeys.in_house import ask

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def see(page: Page, name: str) -> None:
    """The page holds on the screen; and somebody may want to look at it."""
    fits(page)
    take_picture(page, name)


def test_an_adviser_files_a_request_for_a_resident_who_is_told_by_letter_and_revokes(
    visit: Callable[..., Visitor], house: House
) -> None:
    adviser = visit(width=1280)
    adviser.expect("403")  # once the mandate is taken back
    page = adviser.page("/")
    sign_in_as(page, "demo-mediatrice")
    page.goto("/bureau/accueil/personnes/nouvelle/")
    answer(page, {"given_names": "Fernande", "birth_name": "Basbuisson", "phone": "06 12 34 56 83"})
    answer(page, {"address": "8 rue des Haies", "postcode": "59530"})
    control(page, "commune").select_option(label="Locquignol")
    press(page, "Créer la fiche")

    # Consent by a code that her telephone receives.
    page.get_by_role("link", name="Agir en son nom, avec son accord").click()
    heading(page, "Aider Fernande Basbuisson")
    answer(page, {"scopes": "*", "days": "1", "how": "counter-sms", "told_by": "letter"})
    see(page, "helping-ask-1280")
    press(page, "Demander son accord")
    heading(page, "Recevoir l’accord")
    see(page, "helping-consent-1280")
    here = page.url
    find_in_mailbox(page, re.compile(r"\d{6} : dites ce code"), to="+33612345683")
    code = re.search(r"(\d{6})\s: dites", page.locator("main").inner_text())
    assert code
    page.goto(here)
    answer(page, {"code": code[1]})
    press(page, "L’accord est donné")
    heading(page, "Le mandat est donné")
    press(page, "Agir pour Fernande Basbuisson")

    # A request filed in her name: each page says so.
    heading(page, "Fernande Basbuisson")
    see(page, "helping-person-1280")
    page.get_by_role("link", name="Commander un composteur").click()
    answer(page, {"lives_here": "oui", "already_has": "non"})
    press(page, "Commencer")
    banner = page.get_by_role("region", name="Mandat")
    for title, told in (
        ("Vous", {**WHO, "given_names": "Fernande", "birth_name": "Basbuisson"}),
        ("Votre logement", {**HOME, "garden_size": "250"}),
        ("Votre composteur", COMPOSTER),
        ("Le retrait", PICKUP),
    ):
        heading(page, title)
        expect(banner).to_contain_text("Vous agissez pour Fernande Basbuisson")
        answer(page, told)
        if title == "Votre logement":
            control(page, "proof").set_input_files(BILL)
        press(page, "Continuer")
    heading(page, "Vérifiez, puis envoyez")
    press(page, "Envoyer ma demande")
    heading(page, "Votre demande est envoyée")
    expect(banner).to_contain_text("Fernande Basbuisson")

    # The next day one letter says it, with the code that takes the right back.
    number, secret, told_by, acts = ask(house, "tell_mandates", "Basbuisson").split("|")
    assert told_by == "letter"
    assert "demande envoyée : Commander un composteur" in acts
    hers = visit(width=360, height=740, javascript=False).page("/mandat/retirer/")
    answer(hers, {"number": number, "code": secret.lower()})
    see(hers, "helping-revoke-360")
    press(hers, "Retirer ce mandat")
    heading(hers, "Le mandat est retiré")

    # The adviser's open tab.
    page.goto("/demarches/composteur/commencer/")
    heading(page, "Le mandat a pris fin")
    see(page, "helping-over-1280")
    press(page, "Ne plus agir pour Fernande Basbuisson")
    heading(page, "J’aide")


def test_a_relative_receives_a_mandate_online(visit: Callable[..., Visitor]) -> None:
    hers = visit(width=360, height=740).page("/")
    sign_in_as(hers, "demo-mireille")
    hers.goto("/mes-mandats/")
    hers.get_by_role("link", name="Désigner un proche").click()
    answer(hers, {"email": "julien.clairelande@example.org", "scopes": "composteur", "days": "31"})
    see(hers, "helping-name-360")
    press(hers, "Envoyer ma proposition")
    heading(hers, "Mes mandats")

    relative = visit(width=360, height=740).page("/")
    sign_in_as(relative, "demo-julien")
    relative.goto("/aider/")
    relative.get_by_role("link", name="Lire et répondre").click()
    expect(relative.locator("blockquote")).to_contain_text("la démarche « Commander un composteur »")
    see(relative, "helping-proposal-360")
    press(relative, "Accepter")
    press(relative, "Agir pour Mireille Bellehaie")
    expect(relative.get_by_role("region", name="Mandat")).to_contain_text("Vous agissez pour Mireille")
    see(relative, "helping-person-360")
    relative.get_by_role("link", name="Commander un composteur").click()
    answer(relative, {"lives_here": "oui", "already_has": "non"})
    press(relative, "Commencer")
    heading(relative, "Vous")
    relative.get_by_role("region", name="Mandat").get_by_role("button").click()
    heading(relative, "J’aide")
    see(relative, "helping-home-360")

    # She sees what was done, and stops it in one press.
    hers.goto("/mes-mandats/")
    expect(hers.locator("main")).to_contain_text("demande commencée, Commander un composteur")
    see(hers, "helping-given-360")
    press(hers, "Retirer ce mandat : Julien Clairelande")
    relative.goto("/aider/")
    expect(relative.locator("main")).not_to_contain_text("Mireille")
