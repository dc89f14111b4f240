"""At the desk: the counter in thirty seconds, a request by telephone or on paper without e-mail, and her letter."""

import io
import re
from collections.abc import Callable

import pypdf
import pytest
from playwright.sync_api import Page, expect

from tests.browser.gestures import BILL, answer, control, heading, patiently, press, sign_in_as
from tests.browser.visiting import Visitor, fits, take_picture

pytestmark = pytest.mark.browser


def see(page: Page, name: str) -> None:
    """The page holds on the screen; and somebody may want to look at it."""
    fits(page)
    take_picture(page, name)


def pdf_text(page: Page, link: str) -> str:
    """The text of the PDF behind a link of the page."""
    url = page.locator("main").get_by_role("link", name=link).first.get_attribute("href")
    answered = page.request.get(str(url))
    assert answered.headers["content-type"] == "application/pdf"
    return "\n".join(sheet.extract_text() for sheet in pypdf.PdfReader(io.BytesIO(answered.body())).pages)


def letter_is_ready(page: Page, reference: str) -> None:
    """Wait until the worker has set the letter."""

    def ready() -> None:
        page.goto("/bureau/courriers/")
        row = page.locator("main tbody tr").filter(has_text=reference)
        expect(row.get_by_role("link", name=re.compile("PDF"))).to_be_visible(timeout=500)

    patiently(ready)


@pytest.mark.parametrize(
    ("javascript", "channel", "arrived"),
    [(True, "phone", "Arrivé par téléphone"), (False, "post", "Arrivé par courrier")],
    ids=["telephone-script", "paper-no-script"],
)
def test_the_secretary_enters_an_order_and_prints_the_letter(
    visit: Callable[..., Visitor], javascript: bool, channel: str, arrived: str
) -> None:
    odile = visit(width=1280, javascript=javascript)
    odile.expect("422")  # the form is first sent with answers missing
    page = odile.page("/")
    sign_in_as(page, "demo-secretaire")
    page.get_by_role("button", name=re.compile("Toutes mes mairies.*bureau")).click()
    expect(page).to_have_url(re.compile("/bureau/$"))
    see(page, "desk-today-1280")

    # One search opens the person: here the telephone on which she calls.
    page.locator('header [type="search"]').fill("03 53 01 90 01")
    page.locator('header [type="search"]').press("Enter")
    page.get_by_role("link", name=re.compile("Suzanne")).first.click()
    heading(page, re.compile("Suzanne"))
    see(page, "desk-person-1280")
    answer(page, {"note": "Appelle pour un composteur ; rappeler plutôt le matin."})
    press(page, "Enregistrer la note")
    expect(page.locator("main")).to_contain_text("rappeler plutôt le matin")

    page.get_by_role("link", name=re.compile("Saisir.*Commander un composteur")).click()
    heading(page, "Saisir : Commander un composteur")
    answer(page, {"channel": channel})
    see(page, "desk-entry-start-1280")
    press(page, "Commencer la saisie")
    expect(control(page, "given_names")).to_have_value("Suzanne")
    answer(
        page,
        {
            "lives_here": "oui",
            "already_has": "non",
            "address.line": "4 chemin du Gué",
            "address.commune": "59353",
            "housing": "house",
            "tenant": "non",
            "household_size": "1",
            "model": "wood_300",
            "training": "non",
            "pickup_place": "lequesnoy",
            "statement": True,
        },
    )
    see(page, "desk-entry-1280")
    press(page, "Mettre à jour la page")
    answer(page, {"garden_size": "120"})
    press(page, "Enregistrer la demande")
    expect(page.get_by_text("Il manque des réponses")).to_be_visible()
    expect(page.locator(".alert.warning")).to_contain_text("Justificatif")
    see(page, "desk-entry-missing-1280")
    control(page, "proof").set_input_files(BILL)
    press(page, "Enregistrer la demande")
    heading(page, "Demande enregistrée")
    see(page, "desk-entered-1280")
    found = re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]", page.locator("main .lead").inner_text())
    assert found
    reference = found[0]
    assert reference in pdf_text(page, "Imprimer le récépissé")

    # No e-mail, a landline: she is answered by letter; the batch is printed, then posted.
    letter_is_ready(page, reference)
    see(page, "desk-letters-1280")
    for box in page.locator('main tbody [name="letter"]').all():
        box.uncheck()
    page.locator("main tbody tr").filter(has_text=reference).locator('[name="letter"]').check()
    press(page, "Préparer l’impression des courriers cochés")
    heading(page, re.compile("Lot .* : 1 courrier"))
    see(page, "desk-batch-1280")
    text = pdf_text(page, "Ouvrir le PDF")
    assert reference in text
    assert "Suzanne" in text.title()
    assert "LOCQUIGNOL" in text
    posted = page.locator('main [name="posted_on"]')
    if not posted.input_value():
        posted.fill(page.evaluate("new Date().toLocaleDateString('fr-FR')"))
    press(page, "Noter le dépôt")
    expect(page.get_by_text("1 courrier noté comme posté.")).to_be_visible()

    page.goto(f"/bureau/dossiers/{reference}/")
    expect(page.locator("main")).to_contain_text(arrived)
    expect(page.locator("main table")).to_contain_text(re.compile("post", re.IGNORECASE))
    see(page, "desk-case-phone-1280")
