"""A resident orders a composter, alone, on a telephone: without JavaScript, with it, and when things go wrong."""

import io
import re
from collections.abc import Callable
from uuid import uuid4

import pypdf
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visitor, fits, take_picture
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
    start_composter,
)

pytestmark = pytest.mark.browser

OWN_LINK = re.compile(r"https?://[^\s]+(/suivi/\S+)")


@pytest.fixture
def address() -> str:
    """An e-mail address that no other test writes to."""
    return f"marcelle.{uuid4().hex[:8]}@example.org"


def see(page: Page, name: str) -> None:
    """The page holds on the screen; and somebody may want to look at it."""
    fits(page)
    take_picture(page, name)


def forget_session(visitor: Visitor) -> None:
    """The session runs out, as it does after some days."""
    visitor.context.clear_cookies(name="sessionid")


def follow_link_of_mail(page: Page) -> None:
    """Open the link of the mail on the screen."""
    found = OWN_LINK.search(page.locator(".mail-text").inner_text())
    assert found, "the mail holds no link to the request"
    page.goto(found[1])


def give_code(page: Page, code: str) -> None:
    """« Suivre ma demande »: the reference is already there."""
    heading(page, "Suivre ma demande")
    answer(page, {"code": code})
    press(page, "Ouvrir ma demande")


def test_without_account_nor_script_from_first_click_to_receipt(
    plain_phone: Visitor, visit: Callable[..., Visitor], address: str
) -> None:
    plain_phone.expect("422")  # the answer to an empty page
    page = plain_phone.page("/")
    see(page, "home-360")
    reference, code = start_composter(page, email=address)
    see(page, "code-360")
    page.get_by_role("link", name="C’est noté, continuer").click()

    heading(page, "Vous")
    answer(page, WHO)
    see(page, "step-person-360")
    press(page, "Continuer")

    # A house with a garden brings one more question: asked, not blamed.
    heading(page, "Votre logement")
    answer(page, HOME)
    control(page, "proof").set_input_files(BILL)
    press(page, "Continuer")
    expect(page.get_by_text("Une question de plus apparaît")).to_be_visible()
    expect(page.locator("main")).to_contain_text("facture.jpg")
    expect(page.locator(".error-summary")).to_have_count(0)
    see(page, "step-home-360")

    # The session runs out while a page is being filled in: nothing typed is lost.
    answer(page, {"garden_size": "250", "household_size": "4"})
    forget_session(plain_phone)
    press(page, "Continuer")
    expect(page.get_by_text("Votre saisie est gardée")).to_be_visible()
    expect(control(page, "reference")).to_have_value(reference)
    see(page, "track-kept-360")
    give_code(page, code.replace(" ", "").lower())
    heading(page, "Votre logement")
    expect(page.get_by_text("Voici ce que vous aviez tapé")).to_be_visible()
    expect(control(page, "address.line")).to_have_value(str(HOME["address.line"]))
    expect(control(page, "garden_size")).to_have_value("250")
    expect(control(page, "household_size")).to_have_value("4")
    see(page, "step-home-kept-360")
    press(page, "Continuer")

    # Enough for today; another day, another device: the link of the mail leads back to the same place.
    heading(page, "Votre composteur")
    answer(page, COMPOSTER)
    press(page, "Enregistrer et finir plus tard")
    heading(page, "C’est enregistré")
    see(page, "saved-360")
    other = visit(width=360, height=740, javascript=False)
    page = other.page("/")
    find_in_mailbox(page, re.compile("reprendre|brouillon|demande", re.IGNORECASE), address)
    see(page, "mail-resume-360")
    follow_link_of_mail(page)
    heading(page, "Votre composteur")
    expect(page.locator('[name="model"][value="wood_300"]')).to_be_checked()
    see(page, "step-composter-360")
    press(page, "Continuer")

    heading(page, "Le retrait")
    see(page, "step-pickup-360")
    press(page, "Continuer")
    expect(page.locator(".error-summary")).to_contain_text("Où le retirer")
    see(page, "step-errors-360")
    answer(page, PICKUP)
    press(page, "Continuer")
    heading(page, "Vérifiez, puis envoyez")
    expect(page.locator("main")).to_contain_text("12 rue de l’Église")
    see(page, "check-360")
    press(page, "Envoyer ma demande")
    heading(page, "Votre demande est envoyée")
    see(page, "sent-360")

    receipt = page.request.get(str(page.get_by_role("link", name="Récépissé à garder").get_attribute("href")))
    assert receipt.headers["content-type"] == "application/pdf"
    assert reference in pypdf.PdfReader(io.BytesIO(receipt.body())).pages[0].extract_text()
    find_in_mailbox(page, re.compile("Nous avons bien reçu"), address)
    expect(page.locator(".mail-text")).to_contain_text(reference)
    see(page, "mail-receipt-360")
    page.goto(f"/dossiers/{reference}/")
    see(page, "case-360")
