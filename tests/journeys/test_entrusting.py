"""A morning of the secretary of three town halls: one at a time, a paper entered and passed on."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.gestures import BILL, answer, control, heading, press, sign_in_as
from tests.browser.visiting import Visitor, fits, take_picture

pytestmark = pytest.mark.browser


def choose(page: Page, town_hall: str) -> None:
    """Say for which town hall one works now."""
    page.locator("header .hats-worn summary").click()
    page.locator("header .hats-worn").get_by_role("button", name=town_hall).click()
    expect(page.locator("header")).to_contain_text(town_hall)


def communes_listed(page: Page) -> set[str]:
    """The communes of the cases of the list."""
    page.goto("/bureau/dossiers/?situation=all")
    return {text.strip() for text in page.locator('main td[data-label="Commune"]').all_inner_texts()}


def test_the_secretary_of_three_town_halls_works_a_morning(visit: Callable[..., Visitor]) -> None:
    page = visit(width=1280, javascript=False).page("/")
    sign_in_as(page, "demo-secretaire")
    heading(page, "À quel titre venez-vous ?")
    fits(page)
    take_picture(page, "hat-1280")
    page.get_by_role("button", name=re.compile("Toutes mes mairies.*bureau")).click()
    expect(page.locator("header")).to_contain_text("Toutes mes mairies")
    assert {"Jolimetz", "Hecq", "Locquignol"} >= communes_listed(page) > {"Jolimetz"}
    choose(page, "Mairie de Jolimetz")
    assert communes_listed(page) == {"Jolimetz"}

    # A paper that came by post, entered and checked: it is the town hall's.
    page.goto("/bureau/saisie/composteur/")
    answer(page, {"channel": "post"})
    press(page, "Commencer la saisie")
    told = {"lives_here": "oui", "already_has": "non", "given_names": "Zélie", "birth_name": "Matinbleu"}
    told |= {"birth_date": "31/01/1958", "phone": "03 53 01 97 31", "address.line": "3 rue Coulon"}
    told |= {"address.commune": "59325", "housing": "flat", "tenant": "non"}
    told |= {"household_size": "2", "model": "worms", "training": "non", "pickup_place": "lequesnoy"}
    answer(page, told | {"statement": True})
    control(page, "proof").set_input_files(BILL)
    press(page, "Enregistrer la demande")
    heading(page, "Demande enregistrée")
    found = re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]", page.locator("main .lead").inner_text())
    assert found
    address = f"/bureau/dossiers/{found[0]}/"
    page.goto(address)
    main = page.locator("main")
    expect(main).to_contain_text("Mairie de Jolimetz s’occupe de ce dossier.")
    expect(main.get_by_text("Incomplet", exact=True)).to_have_count(0)
    expect(main.get_by_role("link", name="Demander une correction")).to_be_visible()
    expect(main.get_by_role("link", name="Accepter")).to_have_count(0)
    fits(page)
    take_picture(page, "desk-entrusted-1280")

    page.get_by_role("link", name="Passer à la communauté de communes").click()
    heading(page, "Passer à la communauté de communes")
    answer(page, {"note": "Complet, facture vue au guichet."})
    fits(page)
    take_picture(page, "desk-pass-1280")
    press(page, "Passer ce dossier")
    expect(main).to_contain_text("La communauté de communes s’occupe de ce dossier.")
    expect(main).to_contain_text("Complet, facture vue au guichet.")

    choose(page, "Mairie de Hecq")
    assert communes_listed(page) == {"Hecq"}
    refused = page.request.get(address)
    assert refused.status == 404
