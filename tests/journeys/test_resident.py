"""A resident orders a composter, alone, on a telephone: without JavaScript, with it, and when things go wrong."""

import io
import re
import zipfile
from collections.abc import Callable
from datetime import date, timedelta
from uuid import uuid4

import pypdf
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.gestures import (
    BILL,
    HOME,
    PICKUP,
    WHO,
    answer,
    control,
    find_in_mailbox,
    heading,
    order_composter,
    press,
    sign_in_as,
    start_composter,
)
from tests.browser.visiting import Visitor, fits, take_picture

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


@pytest.mark.smoke
def test_without_account_nor_script_from_first_click_to_receipt(
    plain_phone: Visitor, visit: Callable[..., Visitor], address: str
) -> None:
    page = plain_phone.page("/")
    see(page, "home-360")
    reference, code = start_composter(page, email=address)
    see(page, "code-360")
    page.get_by_role("button", name="C’est noté, continuer").click()

    heading(page, "Vous")
    answer(page, WHO)
    see(page, "step-person-360")
    press(page, "Continuer")

    # A house with a garden brings one more question: asked, not blamed.
    heading(page, "Votre logement")
    answer(page, HOME)
    control(page, "proof").set_input_files(BILL)
    press(page, "Continuer")
    expect(page.get_by_text("Elle fait apparaître la suite")).to_be_visible()
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
    answer(page, {"model": "wood_300"})
    press(page, "Enregistrer et finir plus tard")
    heading(page, "C’est enregistré")
    see(page, "saved-360")
    other = visit(width=360, height=740, javascript=False)
    other.expect("422")
    page = other.page("/")
    find_in_mailbox(page, re.compile("reprendre|brouillon|demande", re.IGNORECASE), address)
    see(page, "mail-resume-360")
    follow_link_of_mail(page)
    heading(page, "Votre composteur")
    expect(page.locator('[name="model"][value="wood_300"]')).to_be_checked()
    see(page, "step-composter-360")
    answer(page, {"training": "non"})
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

    agent_asks_for_a_better_bill(visit, reference)

    # The resident is told, and corrects what is asked, nothing else; the session runs out there too.
    find_in_mailbox(page, re.compile("est à compléter"), address)
    expect(page.locator(".mail-text")).to_contain_text("Nombre de personnes au foyer")
    follow_link_of_mail(page)
    expect(page.get_by_text("Nous attendons votre réponse").first).to_be_visible()
    see(page, "case-correction-360")
    page.get_by_role("link", name="Répondre maintenant").click()
    heading(page, "Compléter ma demande")
    expect(page.locator("main")).to_contain_text("Le justificatif est illisible")
    expect(control(page, "given_names")).to_have_count(0)
    answer(page, {"household_size": "5"})
    see(page, "correct-360")
    forget_session(other)
    press(page, "Envoyer ma réponse")
    give_code(page, code)
    expect(control(page, "household_size")).to_have_value("5")
    control(page, "proof.remove").check()
    control(page, "proof").set_input_files({**BILL, "name": "facture-lisible.jpg"})
    press(page, "Envoyer ma réponse")
    expect(page.get_by_text("L’étude de votre demande reprend")).to_be_visible()

    manager_accepts(visit, reference)

    find_in_mailbox(page, re.compile("Votre composteur vous attend"), address)
    expect(page.locator(".mail-text")).to_contain_text("Le Quesnoy, déchèterie")
    page.goto(f"/dossiers/{reference}/")
    expect(page.locator(".lead")).to_have_text("Acceptée, composteur à retirer")
    expect(page.locator("main")).to_contain_text("par Hélène Blancheardoise, Responsable")
    see(page, "case-accepted-360")


def at_the_desk(visit: Callable[..., Visitor], username: str, reference: str) -> Page:
    """An agent opens the case from the list of cases; the desk needs no script either."""
    page = visit(width=1280, javascript=False).page("/")
    sign_in_as(page, username)
    page.goto("/bureau/dossiers/?situation=all")
    page.locator('main [name="q"]').fill(reference)
    page.locator('main [name="q"]').press("Enter")
    page.locator("main tbody a").first.click()
    heading(page, "Marcelle Delattre")
    return page


def agent_asks_for_a_better_bill(visit: Callable[..., Visitor], reference: str) -> None:
    page = at_the_desk(visit, "demo-agent", reference)
    see(page, "desk-case-1280")
    page.get_by_role("link", name="Demander une correction").click()
    for name in ("Justificatif de domicile", "Nombre de personnes au foyer"):
        page.get_by_role("checkbox", name=name).check()
    answer(page, {"message": "Le justificatif est illisible. Combien êtes-vous au foyer ?"})
    see(page, "desk-ask-1280")
    press(page, "Demander une correction")
    heading(page, "Marcelle Delattre")
    expect(page.locator("main")).to_contain_text("Correction demandée")


def manager_accepts(visit: Callable[..., Visitor], reference: str) -> None:
    page = at_the_desk(visit, "demo-responsable", reference)
    expect(page.get_by_text("La personne a répondu")).to_be_visible()
    expect(page.locator("main")).to_contain_text("facture-lisible.jpg")
    expect(page.locator("main")).to_contain_text("Indiquez d’abord la date de retrait proposée.")
    answer(page, {"pickup_on": (date.today() + timedelta(days=14)).strftime("%d/%m/%Y")})
    press(page, "Enregistrer")
    page.locator("main").get_by_role("link", name="Accepter").click()
    expect(page.locator("main")).to_contain_text("Arrêté de délégation de signature")
    see(page, "desk-accept-1280")
    press(page, "Accepter")
    heading(page, "Marcelle Delattre")
    expect(page.locator("main")).to_contain_text("Acceptée, à retirer")
    see(page, "desk-accepted-1280")


# --- With the keyboard alone ---------------------------------------------------------------------------------------


def reach(page: Page, wanted: Locator) -> None:
    """Press Tab until the control is reached; a set of radio buttons is reached at whichever holds the cursor."""
    wanted.first.wait_for()
    for _ in range(90):
        if wanted.evaluate_all("nodes => nodes.includes(document.activeElement)"):
            focused = page.locator(":focus")
            outline = focused.evaluate("node => getComputedStyle(node.closest('.choice') || node).outlineStyle")
            shadow = focused.evaluate("node => getComputedStyle(node).boxShadow + getComputedStyle(node).outlineStyle")
            assert outline != "none" or shadow != "nonenone", "the cursor cannot be seen"
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab never reaches {wanted}")


def type_in(page: Page, name: str, text: str) -> None:
    reach(page, control(page, name))
    page.keyboard.type(text)


def choose(page: Page, name: str, value: str) -> None:
    """In a set of radio buttons: Space for the first, arrows for the next ones."""
    group = control(page, name)
    reach(page, group)
    wanted = page.locator(f'main [name="{name}"][value="{value}"]')
    page.keyboard.press("Space")
    for _ in range(group.count()):
        if wanted.is_checked():
            return
        page.keyboard.press("ArrowDown")
    expect(wanted).to_be_checked()


def enter(page: Page, role: str, label: str) -> None:
    """Reach a button or a link, and press Enter."""
    reach(page, page.locator("main").get_by_role(role, name=label, exact=True))  # type: ignore[arg-type]
    page.keyboard.press("Enter")


def test_the_keyboard_alone_orders_a_composter(visit: Callable[..., Visitor]) -> None:
    page = visit(width=1280).page("/demarches/composteur/")
    page.on("filechooser", lambda _chooser: None)  # asked for now, the browser has time to give its dialogues to us
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Aller au contenu")
    page.keyboard.press("Enter")
    reach(page, page.get_by_role("link", name="Remplir en ligne"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/commencer/")
    choose(page, "lives_here", "oui")
    choose(page, "already_has", "non")
    type_in(page, "phone", "03 53 01 00 25")
    enter(page, "button", "Commencer")
    heading(page, "Notez ces deux lignes")
    enter(page, "button", "C’est noté, continuer")
    heading(page, "Vous")
    for name, text in WHO.items():
        type_in(page, name, str(text))
    enter(page, "button", "Continuer")
    heading(page, "Votre logement")
    type_in(page, "address.line", "12 rue de l’Église")
    type_in(page, "address.commune", "Locq")
    choose(page, "housing", "house")
    type_in(page, "garden_size", "250")
    choose(page, "tenant", "non")
    type_in(page, "household_size", "2")
    reach(page, control(page, "proof"))
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")
    chooser.value.set_files(BILL)
    enter(page, "button", "Continuer")
    heading(page, "Votre composteur")
    choose(page, "model", "plastic_400")
    expect(page.locator("output")).to_contain_text("20,00")
    choose(page, "training", "non")
    enter(page, "button", "Continuer")
    heading(page, "Le retrait")
    choose(page, "pickup_place", "landrecies")
    reach(page, control(page, "statement"))
    page.keyboard.press("Space")
    enter(page, "button", "Continuer")
    heading(page, "Vérifiez, puis envoyez")
    enter(page, "button", "Envoyer ma demande")
    heading(page, "Votre demande est envoyée")


# --- With JavaScript ------------------------------------------------------------------------------------------------


def saved(page: Page) -> None:
    """Wait until the page says that it is saved."""
    expect(page.locator("[data-save-state]")).to_have_text("Enregistré")


def at_first_step(visitor: Visitor, **contact: str) -> tuple[Page, str, str]:
    """A draft just begun, on its first page."""
    page = visitor.page("/")
    reference, code = start_composter(page, **contact)
    page.get_by_role("button", name="C’est noté, continuer").click()
    heading(page, "Vous")
    return page, reference, code


def test_each_answer_is_saved_as_soon_as_it_is_given(phone: Visitor) -> None:
    page, reference, _code = at_first_step(phone, phone="03 53 01 00 21")
    control(page, "given_names").fill("Marcelle")
    control(page, "birth_name").focus()
    saved(page)
    page.reload()
    expect(control(page, "given_names")).to_have_value("Marcelle")

    # A question that depends on an answer appears at once; what is typed afterwards stays.
    page.goto(f"/dossiers/{reference}/etape/home/")
    expect(control(page, "garden_size")).to_have_count(0)
    page.locator('[name="housing"][value="house"]').check()
    control(page, "garden_size").fill("400")
    control(page, "household_size").fill("3")
    control(page, "household_size").blur()
    saved(page)
    page.goto(f"/dossiers/{reference}/etape/composter/")
    page.locator('[name="model"][value="wood_600"]').check()
    expect(page.locator("output")).to_contain_text("30,00")
    page.locator('[name="model"][value="plastic_400"]').check()
    expect(page.locator("output")).to_contain_text("20,00")
    expect(page.locator("main")).to_contain_text("se remplit moins vite")
    page.reload()
    expect(page.locator('[name="model"][value="plastic_400"]')).to_be_checked()


def test_a_file_being_chosen_is_not_lost_to_a_save(phone: Visitor) -> None:
    page, reference, _code = at_first_step(phone, phone="03 53 01 00 27")
    page.goto(f"/dossiers/{reference}/etape/home/")
    with page.expect_file_chooser() as chooser:
        page.locator('[name="housing"][value="house"]').check()  # its answer brings a question, and new fields
        control(page, "proof").focus()
        page.keyboard.press("Enter")
    saved(page)
    chooser.value.set_files(BILL)
    answer(page, HOME)
    press(page, "Continuer")
    expect(page.locator(".files")).to_contain_text("facture.jpg")


def test_a_lost_network_is_said_and_what_is_typed_is_saved_when_it_is_back(phone: Visitor) -> None:
    phone.expect("ERR_INTERNET_DISCONNECTED")
    page, _reference, _code = at_first_step(phone, phone="03 53 01 00 22")
    phone.context.set_offline(True)
    control(page, "given_names").fill("Marcelle")
    control(page, "birth_name").fill("Delattre")
    control(page, "birth_name").blur()
    expect(page.locator("[data-save-state]")).to_contain_text("La connexion est coupée")
    fits(page)
    phone.context.set_offline(False)
    saved(page)
    page.reload()
    expect(control(page, "birth_name")).to_have_value("Delattre")


def test_an_account_whose_session_ends_finds_its_words_again(phone: Visitor, address: str) -> None:
    phone.expect("403", "422")
    password = "haie vive au printemps"
    page = phone.page("/compte/creer/")
    see(page, "signup-360")
    answer(page, {"given_names": "Marcelle", "birth_name": "Delattre", "email": address, "password1": password})
    press(page, "Créer mon compte")
    heading(page, "Vérifier votre adresse e-mail")
    see(page, "signup-code-360")
    mail = phone.page("/")
    find_in_mailbox(mail, re.compile("code", re.IGNORECASE), address)
    found = re.search(r"\b\d{6}\b", mail.locator(".mail-text").inner_text())
    assert found
    mail.close()
    answer(page, {"code": found[0]})
    press(page, "Confirmer")
    page.wait_for_url("**/espace/")
    see(page, "space-empty-360")

    page.goto("/demarches/composteur/commencer/")
    answer(page, {"lives_here": "oui", "already_has": "non"})
    press(page, "Commencer")
    heading(page, "Vous")
    answer(page, WHO)
    control(page, "birth_date").blur()
    saved(page)
    forget_session(phone)
    control(page, "usual_name").fill("Lenoir")
    control(page, "usual_name").blur()
    expect(page.locator("[data-save-state]")).to_contain_text("Vous avez été déconnecté")
    press(page, "Continuer")
    expect(page.get_by_text("Votre saisie est gardée")).to_have_count(1)
    page.get_by_role("link", name="M’identifier").click()
    answer(page, {"login": address, "password": password})
    press(page, "Se connecter")
    heading(page, "Vous")
    expect(control(page, "usual_name")).to_have_value("Lenoir")
    press(page, "Continuer")
    heading(page, "Votre logement")

    # A second start meets the first draft; « Mon espace » shows it too.
    page.goto("/demarches/composteur/commencer/")
    expect(page.get_by_text("Vous avez déjà un brouillon")).to_be_visible()
    see(page, "start-again-360")
    page.get_by_role("link", name="Reprendre mon brouillon").click()
    heading(page, "Votre logement")
    page.goto("/espace/")
    expect(page.locator("main")).to_contain_text("À terminer")
    see(page, "space-360")


# --- For somebody else; and afterwards ------------------------------------------------------------------------------


def test_a_helper_orders_for_her_mother_under_a_mandate(visit: Callable[..., Visitor]) -> None:
    page = visit(width=360, height=740).page("/")
    sign_in_as(page, "demo-mireille")
    page.goto("/demarches/composteur/commencer/")
    answer(page, {"lives_here": "oui", "already_has": "non"})
    page.get_by_role("radio", name=re.compile("Pour Suzanne Bellehaie")).check()
    press(page, "Commencer")
    heading(page, "Vous")
    expect(page.get_by_text("Vous remplissez pour Suzanne Bellehaie.")).to_be_visible()
    expect(page.locator("#f-given_names")).to_contain_text("Suzanne")  # an agent verified who she is
    reference = page.url.split("/")[4]

    # Her mother has an account too: the draft is in her own space, she may finish it.
    suzanne = visit(width=360, height=740).page("/")
    sign_in_as(suzanne, "demo-suzanne")
    suzanne.goto("/espace/")
    suzanne.locator(f'a[href*="{reference}"]').first.click()
    heading(suzanne, "Vous")

    # A stranger learns nothing, not even that it exists.
    stranger = visit(width=360, height=740)
    stranger.expect("404")
    page = stranger.page("/")
    sign_in_as(page, "demo-julien")
    answered = page.goto(f"/dossiers/{reference}/")
    assert answered is not None
    assert answered.status == 404


def test_messages_everything_downloaded_then_withdrawn(phone: Visitor, visit: Callable[..., Visitor]) -> None:
    page = phone.page("/")
    reference, _code = order_composter(page, phone="03 53 01 00 26")
    page.goto(f"/dossiers/{reference}/")
    answer(page, {"message": "Le retrait est-il possible un soir ?"})
    press(page, "Envoyer ce message")
    expect(page.locator(".thread")).to_contain_text("possible un soir")

    desk = at_the_desk(visit, "demo-agent", reference)
    expect(desk.locator("main")).to_contain_text("Le retrait est-il possible un soir ?")
    answer(desk, {"message": "Oui, le jeudi jusqu’à 19 h."})
    press(desk, "Envoyer ce message")
    expect(desk.get_by_text("Message envoyé.")).to_be_visible()
    page.reload()
    expect(page.locator(".thread")).to_contain_text("le jeudi jusqu’à 19 h")

    with page.expect_download() as download:
        page.get_by_role("link", name="Tout télécharger").click()
    with zipfile.ZipFile(download.value.path()) as archive:
        names = archive.namelist()
        assert any(name.endswith("facture.jpg") for name in names)
        assert "recepisse.pdf" in names
        assert "possible un soir" in archive.read("demande.json").decode()

    page.get_by_role("link", name="Retirer ma demande").click()
    answer(page, {"reason": "J’ai trouvé un composteur d’occasion."})
    press(page, "Retirer ma demande")
    expect(page.locator(".lead")).to_have_text("Retirée à votre demande")
    expect(page.get_by_role("link", name="Retirer ma demande")).to_have_count(0)
    see(page, "case-withdrawn-360")
