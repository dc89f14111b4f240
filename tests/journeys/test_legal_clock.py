"""Nobody answers: implied decisions on their dates, with what follows; the signature book; a misdirected request."""

import io
import re
from collections.abc import Callable
from datetime import date, timedelta
from uuid import uuid4

import pypdf
import pytest
from playwright.sync_api import Page, expect

from tests.browser.gestures import answer, find_in_mailbox, heading, order_composter, press, sign_in_as
from tests.browser.visiting import Visitor, axe, fits, take_picture
from tests.house import House
from tests.journeys.in_house import ask

pytestmark = pytest.mark.browser

MONTHS = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
]


def french(day: date) -> str:
    """As our pages write it."""
    return f"{'1er' if day.day == 1 else day.day}\u00a0{MONTHS[day.month - 1]} {day.year}"


def see(page: Page, name: str) -> None:
    """The page holds on the screen, says nothing wrong to those who listen to it, and may be looked at."""
    fits(page)
    axe(page)
    take_picture(page, name)


@pytest.fixture
def email() -> str:
    """An address that no other test writes to."""
    return f"marcelle.{uuid4().hex[:8]}@example.org"


def test_silence_accepts_on_its_day_and_is_attested(phone: Visitor, house: House, email: str) -> None:
    page = phone.page("/")
    reference, _code = order_composter(page, email=email)
    expect(page.locator("main")).to_contain_text("Sans réponse de notre part")
    find_in_mailbox(page, re.compile(reference), to=email)
    expect(page.locator("main")).to_contain_text("Service chargé de votre dossier")

    assert ask(house, "silence_on", reference, "0") == "received"
    page.goto(f"/dossiers/{reference}/")
    expect(page.get_by_role("button", name="Demander l’attestation (PDF)")).to_have_count(0)

    assert ask(house, "silence_on", reference, "-3") == "implied"
    page.goto(f"/dossiers/{reference}/")
    legal_date = french(date.today() - timedelta(days=3))
    expect(page.locator("main")).to_contain_text(f"Prise le {legal_date}")
    see(page, "implied-acceptance-360")
    press(page, "Demander l’attestation (PDF)")
    link = page.get_by_role("link", name=f"attestation-{reference}.pdf")
    answered = page.request.get(str(link.get_attribute("href")))
    text = "\n".join(sheet.extract_text() for sheet in pypdf.PdfReader(io.BytesIO(answered.body())).pages)
    assert "L232-3" in text
    assert reference in text
    assert legal_date.replace("\u00a0", " ") in text.replace("\u00a0", " ")
    expect(page.locator("main")).to_contain_text("Attestation délivrée")
    find_in_mailbox(page, re.compile(f"Attestation.*{reference}"), to=email)


def test_silence_rejects_on_its_day_and_says_why_when_asked(
    phone: Visitor, visit: Callable[..., Visitor], house: House, email: str
) -> None:
    ask(house, "publish_fence", "reject")
    try:
        _silence_rejects(phone, visit, house, email)
    finally:
        ask(house, "close", "cloture-reject")


def _silence_rejects(phone: Visitor, visit: Callable[..., Visitor], house: House, email: str) -> None:
    page = phone.page("/demarches/cloture-reject/")
    page.get_by_role("link", name="Remplir en ligne").click()
    answer(page, {"email": email})
    press(page, "Commencer")
    heading(page, "Notez ces deux lignes")
    reference = page.locator("main dl.facts strong").all_inner_texts()[0]
    page.get_by_role("button", name="C’est noté, continuer").click()
    answer(
        page,
        {
            "given_names": "Marcelle",
            "birth_name": "Delattre",
            "address.line": "12 rue de l’Église",
            "address.commune": "59353",
            "plan": "Une clôture de haies.",
            "proof": "Oui.",
        },
    )
    press(page, "Continuer")
    heading(page, "Vérifiez, puis envoyez")
    press(page, "Envoyer ma demande")
    heading(page, "Votre demande est envoyée")
    expect(page.locator("main")).to_contain_text("votre demande est refusée")

    assert ask(house, "silence_on", reference, "0") == "received"
    assert ask(house, "silence_on", reference, "-1") == "rejected"
    page.goto(f"/dossiers/{reference}/")
    main = page.locator("main")
    expect(main).to_contain_text(f"Prise le {french(date.today() - timedelta(days=1))}")
    expect(main).to_contain_text("tribunal administratif")
    see(page, "implied-rejection-360")
    press(page, "Demander les motifs")
    expect(main).to_contain_text("le service vous répond au plus tard le")
    see(page, "reasons-asked-360")

    desk = visit(width=1280)
    agent = desk.page("/")
    sign_in_as(agent, "demo-responsable")
    agent.get_by_role("link", name=f"Motifs à donner : {reference}").click()
    heading(agent, "Donner les motifs du refus")
    see(agent, "reasons-1280")
    answer(
        agent,
        {"reason": "Le plan local interdit les clôtures de plus de deux mètres (art. 11) ; la vôtre en fait trois."},
    )
    press(agent, "Envoyer les motifs")
    expect(agent.locator("main")).to_contain_text("Motifs communiqués")

    page.reload()
    expect(main).to_contain_text("la vôtre en fait trois")
    expect(page.get_by_role("button", name="Demander les motifs")).to_have_count(0)
    find_in_mailbox(page, re.compile(f"Les motifs du refus.*{reference}"), to=email)
    expect(page.locator("main")).to_contain_text("vous avez de nouveau deux mois")


def test_an_agent_prepares_and_the_manager_signs(phone: Visitor, visit: Callable[..., Visitor], email: str) -> None:
    reference, _code = order_composter(phone.page("/"), email=email)
    desk = visit(width=1280)
    page = desk.page("/")
    sign_in_as(page, "demo-agent")
    page.goto(f"/bureau/dossiers/{reference}/")
    page.get_by_role("link", name="Préparer une décision à signer").click()
    heading(page, "Préparer une décision")
    answer(page, {"transition": "reject", "reason": "Le composteur est réservé aux habitants (règlement, art. 2)."})
    press(page, "Voir la lettre")
    expect(page.locator(".paper")).to_contain_text("règlement, art. 2")
    see(page, "prepare-1280")
    press(page, "Mettre à la signature")
    expect(page.locator("main")).to_contain_text("Une décision attend la signature")
    see(page, "case-waiting-1280")

    boss = visit(width=1280, dark=True)
    page = boss.page("/")
    sign_in_as(page, "demo-responsable")
    page.get_by_role("link", name=re.compile("à signer")).click()
    heading(page, "Parapheur")
    see(page, "signatures-1280-dark")
    press(page, "Lire avant de signer")
    expect(page.locator("main")).to_contain_text("règlement, art. 2")
    see(page, "sign-1280-dark")
    press(page, "Signer les décisions cochées")
    expect(page.locator("main")).to_contain_text("signée")
    page.goto(f"/bureau/dossiers/{reference}/")
    expect(page.locator("main")).to_contain_text("Refusée")
    expect(page.locator("main")).to_contain_text("signée par")


def test_a_misdirected_case_leaves_for_whoever_is_competent(
    phone: Visitor, visit: Callable[..., Visitor], email: str
) -> None:
    reference, _code = order_composter(phone.page("/"), email=email)
    desk = visit(width=360)
    desk.expect("422")
    page = desk.page("/")
    sign_in_as(page, "demo-responsable")
    page.goto(f"/bureau/dossiers/{reference}/")
    page.get_by_role("link", name="Transmettre à qui est compétent").click()
    heading(page, "Transmettre à qui est compétent")
    answer(page, {"target": "outside", "to": "Syndicat voisin"})
    press(page, "Transmettre la demande")
    expect(page.locator("main")).to_contain_text("Écrivez son adresse")
    see(page, "forward-360")
    answer(page, {"address": "1 place du Marché, 59530 Ailleurs"})
    press(page, "Transmettre la demande")
    expect(page.locator("main")).to_contain_text("Transmise à une autre administration")
    hers = phone.page(f"/dossiers/{reference}/")
    expect(hers.locator("main")).to_contain_text("Syndicat voisin")
    see(hers, "forwarded-360")
    find_in_mailbox(hers, re.compile(f"{reference} est transmise"), to=email)
    expect(hers.locator("main")).to_contain_text("1 place du Marché")
