"""The machine is lost, the backup and the keys are not: the house comes back with its requests and their documents."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests import readyhouse
from tests.browser.gestures import answer, control, heading, order_composter, press
from tests.browser.visiting import Visitor
from tests.house import House

pytestmark = pytest.mark.browser


def bill(page: Page, reference: str) -> bytes:
    """The document that the resident joined, as they get it back."""
    page.goto(f"/dossiers/{reference}/")
    link = page.get_by_role("link", name="facture.jpg").get_attribute("href")
    answered = page.request.get(str(link))
    assert answered.ok
    return answered.body()


def test_a_request_and_its_document_outlive_the_machine(
    house: House, visit: Callable[..., Visitor], tmp_path: Path
) -> None:
    visitor = visit()
    page = visitor.page("/")
    reference, code = order_composter(page, phone="03 53 01 00 31")
    before = bill(page, reference)
    archive, keys = tmp_path / "bocage.tar.gz", tmp_path / "bocage.env"
    house.bocage("backup", str(archive))
    shutil.copy(house.var / "bocage.env", keys)  # kept apart, as the guide says: a backup holds no key

    house.stop()
    shutil.rmtree(house.var)
    house.var.mkdir()
    shutil.copy(keys, house.var)
    on_server = ["--force"] if "DATABASE_URL" in house.environment else []  # the server still holds what it held
    told = house.bocage("restore", *on_server, str(archive)).stderr
    assert "cannot be read" not in told
    readyhouse.lend_static(readyhouse.server_of(house.environment.get("DATABASE_URL", "")), house)
    house.start()

    # Sessions are not in a backup: the code opens the request again.
    page.goto("/suivi/")
    heading(page, "Suivre ma demande")
    answer(page, {"reference": reference, "code": code})
    press(page, "Ouvrir ma demande")
    heading(page, "Commander un composteur")
    page.get_by_text("Votre logement", exact=True).click()
    expect(page.locator("main")).to_contain_text("12 rue de l’Église")
    assert bill(page, reference) == before
    assert house.bocage("journal", "verify").returncode == 0

    # And life goes on.
    control(page, "message").fill("Avez-vous tout retrouvé ?")
    press(page, "Envoyer ce message")
    expect(page.get_by_text("Votre message est envoyé au service.")).to_be_visible()
