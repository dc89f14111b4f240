"""A resident takes their data away, sees what an erasure would do, withdraws what blocks it, and is erased."""

import zipfile
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from tests.browser.gestures import answer, heading, press, sign_in_as
from tests.browser.visiting import Visitor
from tests.house import House
from tests.journeys.in_house import ask
from tests.journeys.test_account import PASSWORD, look, sign_in, sign_up

pytestmark = pytest.mark.browser


def archive(page: Page, folder: Path) -> Path:
    """The archive, asked, waited for and taken away, unpacked."""
    press(page, "Préparer mon archive")
    link = page.get_by_role("link", name="Télécharger")
    for _ in range(60):
        if link.count():
            break
        page.wait_for_timeout(500)
        page.goto("/compte/mes-donnees/")
    look(page, "data-ready")
    with page.expect_download() as waiting:
        link.click()
    target = folder / "mes-donnees.zip"
    waiting.value.save_as(target)
    with zipfile.ZipFile(target) as bundle:
        bundle.extractall(folder)
    return folder


def test_a_resident_exports_and_erases_their_data(visit: Callable[..., Visitor], house: House, tmp_path: Path) -> None:
    address = f"camille.{uuid4().hex[:8]}@example.org"
    resident = visit(width=360)
    resident.expect("422")
    page = sign_up(resident, address)
    reference = ask(house, "file_for", address)

    page.goto("/compte/")
    page.get_by_role("link", name="Emporter mes données").click()
    heading(page, "Mes données")
    look(page, "data-home")
    folder = archive(page, tmp_path)
    told = (folder / "mes-donnees.html").read_text()
    assert "Delattre" in told
    assert reference in told
    assert any((folder / "documents").rglob("*.jpg"))

    page.get_by_role("link", name="Qui a consulté mes données").click()
    heading(page, "Qui a consulté mes données")
    look(page, "data-looks")
    page.goto("/compte/mes-donnees/accords/")
    look(page, "data-agreed")

    page.goto("/compte/mes-donnees/")
    page.get_by_role("link", name="Voir ce qui serait effacé").click()
    heading(page, "Effacer mes données")
    expect(page.get_by_text("votre demande est en cours")).to_be_visible()
    look(page, "data-blocked")
    page.get_by_role("link", name="Ouvrir et retirer cette demande").click()
    page.get_by_role("link", name="Retirer ma demande").click()
    press(page, "Retirer ma demande")
    page.goto("/compte/mes-donnees/effacer/")
    press(page, "Effacer mes données")
    confirm_oneself(page)
    expect(page.get_by_role("alert")).to_contain_text("Cochez la case")
    answer(page, {"sure": True})
    look(page, "data-erase")
    press(page, "Effacer mes données")
    heading(page, "Mes données")
    expect(page.get_by_text("Vos données vont être effacées")).to_be_visible()
    look(page, "data-erasing")

    assert ask(house, "erase_now", address) == "done True"
    page.goto("/compte/mes-donnees/")
    heading(page, "Se connecter")
    sign_in(page, address)
    expect(page.locator(".error-summary")).to_contain_text("n’est pas le bon")


def confirm_oneself(page: Page) -> None:
    """The password again, where it is asked."""
    answer(page, {"password": PASSWORD})
    press(page, "Confirmer")


def test_the_officer_looks_at_a_drill_and_at_the_night(visit: Callable[..., Visitor]) -> None:
    desk = visit()
    page = desk.page("/demo/")
    sign_in_as(page, "demo-admin")
    page.goto("/bureau/donnees/")
    heading(page, "Données personnelles")
    look(page, "privacy-home")
    page.get_by_role("link", name="Durées de conservation").click()
    look(page, "privacy-retention")
    page.goto("/bureau/donnees/violations/")
    page.get_by_role("link", name="Exercice : ordinateur de l’accueil volé").click()
    expect(page.get_by_text("Rien ne part d’ici")).to_be_visible()
    look(page, "privacy-breach")
    page.goto("/registre-des-traitements/")
    look(page, "privacy-register")
