"""An association's grant, from the request filled in without scripts to the council's vote and the agreement."""

import io
import re
from collections.abc import Callable
from datetime import date
from uuid import uuid4

import pypdf
import pytest
from playwright.sync_api import Page, expect

from tests.browser.gestures import BILL, answer, control, find_in_mailbox, heading, press, sign_in_as
from tests.browser.visiting import Visitor, fits, take_picture

pytestmark = pytest.mark.browser

ASSOCIATION = {
    "association.name": "Les Haies vives",
    "association.number": "W595001234",
    "address.line": "12 rue de l’Église",
    "address.commune": "59353",
    "purpose": "Planter et soigner les haies.",
    "members_count": "85",
    "staff_count": "1",
}
BUDGET = {"budget.line.c64.charges": "60 000", "budget.line.p74_here.produits": "30 000"}


def see(page: Page, name: str) -> None:
    """The page holds on the screen; and somebody may want to look at it."""
    fits(page)
    take_picture(page, name)


def test_a_grant_goes_from_request_to_deliberation(visit: Callable[..., Visitor]) -> None:
    email = f"haies.{uuid4().hex[:8]}@example.org"
    resident = visit(width=360, javascript=False)
    page = resident.page("/demarches/subvention-association/")
    see(page, "grant-360")
    page.get_by_role("link", name="Remplir en ligne").click()
    answer(page, {"seat": "oui", "field": "oui", "worship": "non", "email": email})
    press(page, "Commencer")
    heading(page, "Notez ces deux lignes")
    reference = page.locator("main dl.facts strong").all_inner_texts()[0]
    page.get_by_role("button", name="C’est noté, continuer").click()
    answer(page, ASSOCIATION)
    press(page, "Continuer")
    heading(page, "Vous")
    answer(page, {"given_names": "Marcelle", "birth_name": "Delattre", "capacity": "president"})
    answer(page, {"phone": "03 53 01 00 12"})
    press(page, "Continuer")
    heading(page, "Ce que vous demandez")
    project = {"project_title": "Fête de la haie", "project_text": "Trois jours de plantation."}
    answer(page, {"nature": "project", **project, "year_end": f"31/12/{date.today().year}", "requested": "30 000"})
    press(page, "Continuer")
    expect(page.locator("main")).to_contain_text("la loi demande une convention")
    press(page, "Continuer")
    heading(page, "Le budget")
    answer(page, BUDGET)
    press(page, "Continuer")
    expect(page.locator("main")).to_contain_text("doit être égal à celui des produits")
    answer(page, {"budget.line.p75.produits": "30 000"})
    press(page, "Calculer les totaux, ajouter une ligne")
    expect(page.locator("main")).to_contain_text(re.compile(r"60.000,00.€"))
    see(page, "grant-budget-360")
    press(page, "Continuer")
    heading(page, "Le compte et les papiers")
    answer(page, {"holder": "Les Haies vives", "iban": "FR7630006000011234567890189", "known": "oui"})
    answer(page, {"has_accounts": "non"})
    control(page, "rib").set_input_files(BILL)
    press(page, "Continuer")
    heading(page, "Ce que l’association promet")
    see(page, "grant-promise-360")
    answer(page, {"cer": True, "regular": True})
    press(page, "Continuer")
    heading(page, "Vérifiez, puis envoyez")
    see(page, "grant-check-360")
    press(page, "Envoyer ma demande")
    heading(page, "Votre demande est envoyée")
    expect(page.locator("main")).to_contain_text("votre demande est refusée")  # what silence would mean

    agent = visit(width=1280).page("/")
    sign_in_as(agent, "demo-associations")
    desk = f"/bureau/dossiers/{reference}/"
    today = f"{date.today():%d/%m/%Y}"
    agent.goto(desk)
    see(agent, "grant-desk-1280")
    act(agent, desk, "Prendre en charge")
    serve(agent, desk, {"checked": "oui", "committee_on": today})
    act(agent, desk, "Présenter à la commission")
    serve(agent, desk, {"opinion": "yes", "proposed": "28 000", "council_on": today})
    act(agent, desk, "Inscrire au conseil")
    serve(agent, desk, {"deliberation": "2026-045", "deliberated_on": today, "voted": "28 000"})
    see(agent, "grant-council-1280")
    act(agent, desk, "Notifier, avec une convention")
    expect(agent.locator("main")).to_contain_text("Votée, convention à signer")

    page.goto(f"/dossiers/{reference}/")
    expect(page.locator("main")).to_contain_text("Votée : convention à signer")
    see(page, "grant-voted-360")
    link = page.locator("main").get_by_role("link", name="Voir et imprimer (PDF)")
    answered = page.request.get(str(link.first.get_attribute("href")))
    sheets = pypdf.PdfReader(io.BytesIO(answered.body())).pages
    text = " ".join(" ".join(sheet.extract_text() for sheet in sheets).split())
    assert "2026-045" in text
    assert "Les Haies vives" in text
    assert re.search(r"28.000,00.€", text)
    find_in_mailbox(page, re.compile("Votre subvention est votée"), to=email)
    expect(page.locator("main")).to_contain_text("délibération n° 2026-045")


def serve(page: Page, desk: str, part: dict[str, str]) -> None:
    """The service's part of the case, filled in and kept."""
    page.goto(desk)
    answer(page, part)
    press(page, "Enregistrer")


def act(page: Page, desk: str, label: str) -> None:
    """A button of the workflow, and what it asks before it is pressed for good."""
    page.goto(desk)
    page.locator("main").get_by_role("button", name=label, exact=True).or_(
        page.locator("main").get_by_role("link", name=label, exact=True)
    ).first.click()
    if page.url.rstrip("/").endswith(desk.rstrip("/")):
        return
    press(page, label)
