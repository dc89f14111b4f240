"""What people do on our screens, whoever they are: fill in a page, look in their mail, sit at the desk."""

import io
import re
from collections.abc import Callable, Mapping, Sequence
from time import monotonic

from PIL import Image
from playwright.sync_api import Locator, Page, expect

Answers = Mapping[str, str | bool | Sequence[str]]

WHO: Answers = {
    "given_names": "Marcelle",
    "birth_name": "Delattre",
    "birth_date": "31/01/1948",
}
HOME: Answers = {
    "address.line": "12 rue de l’Église",
    "address.commune": "59353",
    "housing": "house",
    "tenant": "non",
    "household_size": "2",
}
COMPOSTER: Answers = {"model": "wood_300", "training": "non"}
PICKUP: Answers = {"pickup_place": "lequesnoy", "statement": True}


def photograph() -> bytes:
    """A bill, photographed."""
    out = io.BytesIO()
    Image.new("RGB", (320, 240), "#f6f1e7").save(out, "JPEG")
    return out.getvalue()


BILL = {"name": "facture.jpg", "mimeType": "image/jpeg", "buffer": photograph()}


def control(page: Page, name: str) -> Locator:
    """The controls of a field, by the name that it sends."""
    return page.locator(f'main [name="{name}"]')


def answer(page: Page, answers: Answers) -> None:
    """Fill in fields of the page: text, a choice by its value, a box to tick."""
    for name, value in answers.items():
        field = control(page, name)
        kind = field.first.get_attribute("type") or field.first.evaluate("node => node.tagName.toLowerCase()")
        if kind == "select":
            field.select_option(str(value))
        elif kind == "radio":
            page.locator(f'main [name="{name}"][value="{value}"]').check()
        elif kind == "checkbox":
            for one in [value] if isinstance(value, str) else value if isinstance(value, Sequence) else [None]:
                page.locator(f'main [name="{name}"]' + (f'[value="{one}"]' if one else "")).check()
        else:
            field.fill(str(value))


def press(page: Page, label: str) -> None:
    """Press the button that bears these words."""
    page.locator("main").get_by_role("button", name=label, exact=True).click()


def heading(page: Page, text: str | re.Pattern[str]) -> None:
    """Wait until the page's title is this one."""
    expect(page.get_by_role("heading", level=1, name=text)).to_be_visible()


def start_composter(page: Page, *, email: str = "", phone: str = "") -> tuple[str, str]:
    """From the procedure's page to the tracking code, without an account; returns the reference and the code."""
    page.goto("/demarches/composteur/")
    page.get_by_role("link", name="Remplir en ligne").click()
    answer(page, {"lives_here": "oui", "already_has": "non", "email": email, "phone": phone})
    press(page, "Commencer")
    heading(page, "Notez ces deux lignes")
    reference, code = page.locator("main dl.facts strong").all_inner_texts()
    return reference, code


def order_composter(page: Page, *, email: str = "", phone: str = "") -> tuple[str, str]:
    """The whole order, from the procedure's page to the receipt; returns the reference and the code."""
    reference, code = start_composter(page, email=email, phone=phone)
    page.get_by_role("button", name="C’est noté, continuer").click()
    heading(page, "Vous")
    answer(page, WHO)
    press(page, "Continuer")
    heading(page, "Votre logement")
    answer(page, HOME)
    answer(page, {"garden_size": "250"})
    control(page, "proof").set_input_files(BILL)
    press(page, "Continuer")
    heading(page, "Votre composteur")
    answer(page, COMPOSTER)
    press(page, "Continuer")
    heading(page, "Le retrait")
    answer(page, PICKUP)
    press(page, "Continuer")
    heading(page, "Vérifiez, puis envoyez")
    press(page, "Envoyer ma demande")
    heading(page, "Votre demande est envoyée")
    return reference, code


def find_in_mailbox(page: Page, title: str | re.Pattern[str], to: str) -> None:
    """Open, in the demonstration's mailbox, the post that bears this title: the worker sends it in its own time."""
    row = page.locator("tbody tr").filter(has_text=to).filter(has=page.get_by_role("link", name=title))

    def arrived() -> None:
        page.goto("/demo/boite/")
        expect(row.first).to_be_visible(timeout=500)

    patiently(arrived)
    row.first.get_by_role("link", name=title).click()


def patiently(look: Callable[[], None], seconds: float = 30) -> None:
    """Look again, loading the page anew, until what the worker does in its own time is there."""
    until = monotonic() + seconds
    while True:
        try:
            look()
        except AssertionError:
            if monotonic() > until:
                raise
        else:
            return


def sign_in_as(page: Page, username: str) -> None:
    """« Essayer en tant que »."""
    page.goto("/demo/")
    page.locator(f'button[name="username"][value="{username}"]').click()
    page.wait_for_load_state()
