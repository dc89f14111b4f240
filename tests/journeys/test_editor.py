"""A manager new to the product makes « Réservation d’un broyeur » from nothing, and changes it in service."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.gestures import answer, control, heading, press, sign_in_as
from tests.browser.visiting import Visitor, axe, fits, take_picture

pytestmark = pytest.mark.browser

NAME = "Réservation d’un broyeur"
TOO_LONG = "Le broyeur se prête trois jours au plus."
WHO = {
    "given_names": "Marcelle",
    "birth_name": "Delattre",
    "email": "marcelle.delattre@example.org",
    "address.line": "12 rue de l’Église",
    "address.commune": "59353",
}


def see(page: Page, name: str, *, script: bool = True) -> None:
    """The page holds on the screen, says itself to a screen reader (axe wants scripts); one may want to look at it."""
    fits(page)
    if script:
        axe(page)
    take_picture(page, name)


def follow(page: Page, link: str | re.Pattern[str]) -> None:
    """Follow the first link of the page that bears these words."""
    page.locator("main").get_by_role("link", name=link).first.click()


def try_it(page: Page, days: str) -> None:
    """In « Essayer »: make the request as a resident would, up to sending it."""
    follow(page, "Essayer")
    press(page, "Commencer")
    answer(page, WHO)
    press(page, "Continuer")
    answer(page, {"nombre_de_jours": days, "wish": "Tailler ma haie"})
    press(page, "Continuer")
    press(page, "Envoyer ma demande")


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no-script"])
def test_a_manager_builds_mends_publishes_and_changes_a_procedure(
    visit: Callable[..., Visitor], javascript: bool
) -> None:
    name = NAME if javascript else f"{NAME} à main"
    slug = "reservation-d-un-broyeur" if javascript else "reservation-d-un-broyeur-a-main"
    helene = visit(width=1280, javascript=javascript)
    helene.expect("422")
    page = helene.page("/")
    sign_in_as(page, "demo-responsable")
    page.goto("/bureau/")
    page.get_by_role("navigation", name="Menu du bureau").get_by_role("link", name="Démarches").click()
    heading(page, "Démarches")
    see(page, "editor-list-1280", script=javascript)

    # From nothing: a name and a service are enough.
    follow(page, "Nouvelle démarche")
    answer(page, {"title": name, "service": "waste", "act": "book"})
    press(page, "Commencer")
    heading(page, name)
    see(page, "editor-outline-1280", script=javascript)

    # A field, with its bounds; then a rule in plain choices.
    page.get_by_role("link", name="Ajouter un champ : Votre demande").click()
    answer(page, {"label": "Nombre de jours", "kind": "number"})
    press(page, "Ajouter, puis régler")
    heading(page, "Nombre de jours")
    answer(page, {"minimum": "1", "whole": True, "hint": "Le broyeur se prête par journées entières."})
    see(page, "editor-field-1280", script=javascript)
    page.locator("#element").get_by_role("button", name="Enregistrer").last.click()
    heading(page, name)
    follow(page, "Ajouter une règle")
    answer(page, {"when-0-field": "nombre_de_jours", "when-0-op": "gt", "when-0-value": "2"})
    answer(page, {"then": "forbid", "reason": TOO_LONG})
    press(page, "Ajouter")
    expect(page.locator("main")).to_contain_text("Quand « Nombre de jours »")

    # Tried as a resident, then as an agent; what was done is kept as a scenario.
    try_it(page, "2")
    expect(page.locator("main")).to_contain_text("Reçue, en attente d’étude")
    press(page, "Accepter")
    expect(page.locator("main")).to_contain_text("Ce dossier est fini.")
    see(page, "editor-try-1280", script=javascript)
    answer(page, {"title": "Deux jours, accepté"})
    press(page, "Garder ce scénario")
    heading(page, "Deux jours, accepté")
    expect(page.get_by_role("heading", name="Il réussit")).to_be_visible()

    # The scenario says three days: it fails, since the rule was written one day too short. The rule is mended.
    answers = page.locator('main textarea[name="steps-0-values"]')
    answers.fill(answers.input_value().replace("Nombre de jours : 2", "Nombre de jours : 3"))
    press(page, "Enregistrer et rejouer")
    expect(page.get_by_role("heading", name=re.compile("Il échoue au pas"))).to_be_visible()
    expect(page.locator("main")).to_contain_text(TOO_LONG)
    see(page, "editor-scenario-fails-1280", script=javascript)
    page.goto(f"/bureau/demarches/{slug}/brouillon/publier/")
    expect(page.get_by_role("button", name="Publier")).to_have_attribute("aria-disabled", "true")
    page.goto(f"/bureau/demarches/{slug}/brouillon/element/rules/0/")
    answer(page, {"when-0-value": "3"})
    page.locator("#element").get_by_role("button", name="Enregistrer").last.click()
    follow(page, "Publier")
    expect(page.locator("main")).to_contain_text("réussi")
    see(page, "editor-publish-1280", script=javascript)
    press(page, "Publier")
    heading(page, "Démarches")
    expect(page.get_by_role("status")).to_contain_text("C’est publié")

    # A resident completes it, on a telephone.
    marcelle = visit(width=360, height=740, javascript=javascript)
    phone = marcelle.page(f"/demarches/{slug}/")
    phone.get_by_role("link", name="Remplir en ligne").click()
    answer(phone, {"email": WHO["email"]})
    press(phone, "Commencer")
    reference = phone.locator("main dl.facts strong").first.inner_text()
    phone.get_by_role("button", name="C’est noté, continuer").click()
    answer(phone, WHO)
    press(phone, "Continuer")
    answer(phone, {"nombre_de_jours": "3", "wish": "Tailler ma haie"})
    press(phone, "Continuer")
    press(phone, "Envoyer ma demande")
    heading(phone, "Votre demande est envoyée")

    # It changes while that case runs: the case keeps its version, the next request has the new one.
    page.goto("/bureau/demarches/")
    page.get_by_role("button", name=f"Modifier : {name}", exact=True).click()
    follow(page, "Nombre de jours")
    answer(page, {"label": "Pendant combien de jours ?"})
    page.locator("#element").get_by_role("button", name="Enregistrer").last.click()
    follow(page, "Comparer")
    expect(page.locator("main")).to_contain_text("Pendant combien de jours ?")
    see(page, "editor-compare-1280", script=javascript)
    page.goto(f"/bureau/demarches/{slug}/brouillon/scenarios/deux_jours_accepte/")
    expect(page.get_by_role("heading", name="Il réussit")).to_be_visible()
    follow(page, "Scénarios")
    follow(page, "Publier")
    press(page, "Publier")
    expect(page.get_by_role("status")).to_contain_text("version 2")
    page.goto(f"/bureau/dossiers/{reference}/")
    expect(page.locator("main")).to_contain_text("Nombre de jours")
    follow(page, "Accepter")
    page.locator("main form[method=post] button:not(.secondary)").last.click()
    expect(page.locator("main")).to_contain_text("Acceptée")


def test_the_editor_holds_on_a_telephone(visit: Callable[..., Visitor]) -> None:
    helene = visit(width=320, height=740)
    page = helene.page("/")
    sign_in_as(page, "demo-responsable")
    page.goto("/bureau/demarches/")
    row = page.locator("main tbody tr").filter(has_text="Commander un composteur")
    row.get_by_role("button", name=re.compile("Modifier")).or_(
        row.get_by_role("link", name=re.compile("Continuer"))
    ).click()
    see(page, "editor-outline-320")
    for path in (
        "element/steps/home/fields/garden_size/",
        "element/workflow/transitions/accept/",
        "element/notices/accepted/",
        "element/settings/",
        "ajouter/rules/",
        "essayer/",
        "papier/",
        "scenarios/",
        "publier/",
    ):
        page.goto(f"/bureau/demarches/composteur/brouillon/{path}")
        expect(control(page, "revision").or_(page.locator("main h1")).first).to_be_attached()
        see(page, f"editor-{path.strip('/').replace('/', '-')}-320")
