"""Accounts in a browser: opened, lost and found again, held by a key or an application, seen and closed elsewhere."""

import io
import os
import re
import time
from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest
from allauth.mfa.totp.internal import auth as totp
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests import readyhouse
from tests.browser.gestures import answer, find_in_mailbox, heading, press, sign_in_as
from tests.browser.visiting import Visitor, axe, fits, take_picture
from tests.house import House

pytestmark = pytest.mark.browser

PASSWORD = "haie vive au printemps"
OTHER_PASSWORD = "trois pommes sous la pluie"
STILL = "document.getAnimations().forEach((one) => one.finish())"
"""Colours that fade in are in: waiting for them would last for ever in a tab that lies behind another."""
NARROW = 320  # CSS pixels: the narrowest screen that the house promises


@pytest.fixture
def address() -> str:
    """An e-mail address that no other test writes to."""
    return f"camille.{uuid4().hex[:8]}@example.org"


def look(page: Page, name: str) -> None:
    """The page holds at 320, 360 and 1280 px, and axe-core finds nothing, by day and by night."""
    size = page.viewport_size
    assert size
    for width in (NARROW, 360, 1280):
        page.set_viewport_size({"width": width, "height": size["height"]})
        fits(page)
        if width != NARROW:
            take_picture(page, f"account-{name}-{width}")
    axe(page)
    page.emulate_media(color_scheme="dark")
    page.evaluate(STILL)
    axe(page)
    take_picture(page, f"account-{name}-dark")
    page.emulate_media(color_scheme="light")
    page.evaluate(STILL)
    page.set_viewport_size(size)


def code_mailed(visitor: Visitor, address: str, title: str | re.Pattern[str]) -> str:
    """The code in the last mail that bears this title, read in a tab of its own."""
    mail = visitor.page("/")
    find_in_mailbox(mail, title, address)
    found = re.search(r"^\s*(\d{6})\s*$", mail.locator(".mail-text").inner_text(), re.MULTILINE)
    assert found, "the mail holds no code"
    mail.close()
    return found[1]


def sign_up(visitor: Visitor, address: str) -> Page:
    """A new account, its address verified, on « Mon espace »."""
    page = visitor.page("/compte/creer/")
    names = {"given_names": "Camille", "birth_name": "Delattre"}
    answer(page, {**names, "email": address, "password1": PASSWORD})
    press(page, "Créer mon compte")
    heading(page, "Vérifier votre adresse e-mail")
    answer(page, {"code": code_mailed(visitor, address, re.compile("code", re.IGNORECASE))})
    press(page, "Confirmer")
    page.wait_for_url("**/espace/")
    return page


def sign_in(page: Page, address: str, password: str = PASSWORD) -> None:
    page.goto("/compte/connexion/")
    answer(page, {"login": address, "password": password})
    press(page, "Se connecter")


def sign_out(page: Page) -> None:
    page.goto("/compte/deconnexion/")
    press(page, "Se déconnecter")
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Se déconnecter")


def signed_out(page: Page) -> None:
    """Whoever is here is asked to sign in."""
    page.goto("/compte/")
    heading(page, "Se connecter")


# --- Opened, closed, found again -----------------------------------------------------------------------------------


def test_an_account_is_opened_and_its_pages_hold(phone: Visitor, address: str) -> None:
    page = phone.page("/compte/creer/")
    look(page, "signup")
    answer(page, {"given_names": "Camille", "email": address, "password1": "court"})
    press(page, "Créer mon compte")
    expect(page.locator(".error-summary")).to_contain_text("Exemple : Martin")
    expect(page.locator(".error-summary")).to_contain_text("12 caractères")
    look(page, "signup-errors")
    answer(page, {"birth_name": "Delattre", "password1": PASSWORD})
    press(page, "Créer mon compte")

    heading(page, "Vérifier votre adresse e-mail")
    look(page, "signup-code")
    answer(page, {"code": "000000"})
    press(page, "Confirmer")
    expect(page.locator(".error-summary")).to_be_visible()
    look(page, "signup-code-wrong")
    answer(page, {"code": code_mailed(phone, address, re.compile("code", re.IGNORECASE))})
    press(page, "Confirmer")
    page.wait_for_url("**/espace/")

    for path, name in (
        ("/compte/", "home"),
        ("/compte/coordonnees/", "details"),
        ("/compte/mes-donnees/", "data"),
        ("/compte/email/", "email"),
        ("/compte/mot-de-passe/", "password"),
        ("/compte/protection/", "protection"),
        ("/compte/appareils/", "devices"),
        ("/compte/deconnexion/", "logout"),
    ):
        page.goto(path)
        look(page, name)
    sign_out(page)
    signed_out(page)
    look(page, "login")

    sign_in(page, address, OTHER_PASSWORD)
    expect(page.locator(".error-summary")).to_contain_text("n’est pas le bon")
    look(page, "login-wrong")
    sign_in(page, address.upper())
    page.wait_for_url("**/espace/")


def test_an_address_already_known_is_told_by_mail_only(phone: Visitor, address: str) -> None:
    sign_out(sign_up(phone, address))
    page = phone.page("/compte/creer/")
    answer(page, {"given_names": "Autre", "birth_name": "Nom", "email": address, "password1": OTHER_PASSWORD})
    press(page, "Créer mon compte")
    heading(page, "Vérifier votre adresse e-mail")
    press(page, "Recevoir un autre code")
    heading(page, "Vérifier votre adresse e-mail")
    find_in_mailbox(page, re.compile("déjà un compte", re.IGNORECASE), address)
    look(page, "mail-known")
    page.goto("/compte/email/code/")
    press(page, "Abandonner et revenir à la connexion")
    heading(page, "Se connecter")
    sign_in(page, address)
    page.wait_for_url("**/espace/")


def test_a_forgotten_password_is_replaced_and_shuts_the_other_devices(
    phone: Visitor, visit: Callable[..., Visitor], address: str
) -> None:
    elsewhere = sign_up(visit(), address)
    page = phone.page("/compte/connexion/")
    page.get_by_role("link", name="Mot de passe oublié").click()
    heading(page, "Mot de passe oublié")
    look(page, "reset")
    answer(page, {"email": address})
    press(page, "Recevoir un code")
    heading(page, "Code de vérification")
    look(page, "reset-code")
    answer(page, {"code": code_mailed(phone, address, re.compile("mot de passe", re.IGNORECASE))})
    press(page, "Confirmer")
    heading(page, "Choisir un nouveau mot de passe")
    look(page, "reset-new")
    answer(page, {"password1": OTHER_PASSWORD, "password2": PASSWORD})
    press(page, "Enregistrer le mot de passe")
    expect(page.locator(".error-summary")).to_be_visible()
    answer(page, {"password1": OTHER_PASSWORD, "password2": OTHER_PASSWORD})
    press(page, "Enregistrer le mot de passe")
    heading(page, "Mot de passe enregistré")
    take_picture(page, "account-reset-done-360")

    signed_out(elsewhere)
    sign_in(elsewhere, address)
    expect(elsewhere.locator(".error-summary")).to_be_visible()
    sign_in(elsewhere, address, OTHER_PASSWORD)
    elsewhere.wait_for_url("**/espace/")


def test_a_link_mailed_opens_the_account_on_another_device_once(
    phone: Visitor, visit: Callable[..., Visitor], address: str
) -> None:
    page = sign_up(phone, address)
    sign_out(page)
    page.goto("/compte/connexion/?next=/compte/appareils/")
    page.get_by_role("link", name="Recevoir un lien par e-mail").click()
    heading(page, "Recevoir un lien de connexion")
    look(page, "link-ask")
    answer(page, {"email": address})
    press(page, "Recevoir le lien")
    heading(page, "Regardez votre boîte de réception")
    look(page, "link-sent")
    mail = phone.page("/")
    find_in_mailbox(mail, "Votre lien de connexion", address)
    found = re.search(r"(/compte/connexion/lien/\S+)", mail.locator(".mail-text").inner_text())
    assert found
    mail.close()

    elsewhere = visit(width=360, height=740, javascript=False).page(found[1])
    heading(elsewhere, "Ouvrir mon compte")
    expect(elsewhere.locator("main")).to_contain_text(address)
    press(elsewhere, "Ouvrir mon compte")
    heading(elsewhere, "Appareils connectés")
    phone.expect("410")
    page.goto(found[1])
    heading(page, "Ce lien ne sert plus")
    look(page, "link-over")


def test_a_card_given_at_the_counter_opens_an_account_without_telephone_nor_mail(
    phone: Visitor, visit: Callable[..., Visitor]
) -> None:
    clerk = visit(width=1280).page("/")
    sign_in_as(clerk, "demo-mediatrice")
    clerk.goto("/bureau/accueil/personnes/nouvelle/")
    answer(clerk, {"given_names": "Marguerite", "birth_name": "Hautepierre"})
    press(clerk, "Créer la fiche")
    clerk.get_by_role("link", name=re.compile("Carte de codes")).click()
    heading(clerk, "Carte de codes")
    look(clerk, "card-give")
    clerk.get_by_role("checkbox").check()
    press(clerk, "Faire la carte")
    heading(clerk, "Carte de codes de Marguerite Hautepierre")
    look(clerk, "card-sheet")
    name, codes = clerk.locator("main strong.code").inner_text(), clerk.locator("main li code").all_inner_texts()
    assert len(codes) == 20

    phone.expect("422")
    page = phone.page("/compte/connexion/")
    page.get_by_role("link", name="Entrer avec une carte de codes").click()
    heading(page, "Entrer avec une carte de codes")
    answer(page, {"login": name, "code": "22222 22222"})
    press(page, "Se connecter")
    expect(page.locator(".error-summary")).to_be_visible()
    look(page, "card-wrong")
    answer(page, {"login": name.upper(), "code": codes[7].lower()})
    press(page, "Se connecter")
    page.wait_for_url("**/espace/")
    page.goto("/compte/protection/")
    expect(page.locator("main")).to_contain_text("19 codes")
    look(page, "protection-card")


def test_another_address_is_taken_once_its_code_is_given(phone: Visitor, address: str) -> None:
    page = sign_up(phone, address)
    page.goto("/compte/email/")
    answer(page, {"email": f"neuve.{address}"})
    press(page, "Envoyer un code à cette adresse")
    confirm(page)
    heading(page, "Vérifier votre adresse e-mail")
    look(page, "email-code")
    answer(page, {"code": code_mailed(phone, f"neuve.{address}", re.compile("code", re.IGNORECASE))})
    press(page, "Confirmer")
    page.goto("/compte/")
    expect(page.locator("main")).to_contain_text(f"neuve.{address}")


def confirm(page: Page) -> None:
    """The password again, before a page of security."""
    heading(page, "Confirmer que c’est bien vous")
    answer(page, {"password": PASSWORD})
    press(page, "Confirmer")
    expect(page.get_by_role("heading", level=1, name="Confirmer que c’est bien vous")).to_have_count(0)
    page.wait_for_load_state()


# --- Keys ----------------------------------------------------------------------------------------------------------


def authenticator(page: Page) -> Callable[[bool], None]:
    """A fingerprint reader in the machine; returns what lets its owner's finger be recognised, or not."""
    cdp = page.context.new_cdp_session(page)
    cdp.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    number = cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]

    def recognised(yes: bool) -> None:
        cdp.send("WebAuthn.setUserVerified", {"authenticatorId": number, "isUserVerified": yes})

    return recognised


def test_a_key_opens_the_account_without_password(phone: Visitor, address: str) -> None:
    page = sign_up(phone, address)
    recognised = authenticator(page)
    page.goto("/compte/protection/")
    page.get_by_role("link", name="Ajouter une clé").click()
    confirm(page)
    heading(page, "Ajouter une clé")
    look(page, "key-add")
    recognised(False)
    press(page, "Ajouter la clé")
    expect(page.get_by_role("alert")).to_contain_text("Recommencez")
    look(page, "key-refused")
    recognised(True)
    answer(page, {"name": "Mon téléphone"})
    press(page, "Ajouter la clé")
    heading(page, "Codes de secours")
    look(page, "codes")
    page.goto("/compte/protection/")
    expect(page.get_by_text("Votre compte est protégé")).to_be_visible()
    look(page, "protection-key")
    page.goto("/compte/protection/cles/")
    expect(page.locator("main")).to_contain_text("Mon téléphone")
    look(page, "keys")
    page.get_by_role("link", name="Renommer").click()
    heading(page, "Renommer la clé")
    look(page, "key-rename")
    answer(page, {"name": "Téléphone bleu"})
    press(page, "Enregistrer")
    expect(page.locator("main")).to_contain_text("Téléphone bleu")

    # The key alone.
    sign_out(page)
    page.goto("/compte/connexion/?next=/compte/appareils/")
    press(page, "Utiliser ma clé d’accès")
    heading(page, "Appareils connectés")

    # The password, then the key as second protection.
    sign_out(page)
    sign_in(page, address)
    heading(page, "Seconde protection")
    look(page, "second-key")
    press(page, "Utiliser ma clé")
    page.wait_for_url("**/espace/")

    page.goto("/compte/protection/cles/")
    page.get_by_role("link", name="Retirer").click()
    heading(page, "Confirmer que c’est bien vous")
    look(page, "again-key")
    confirm(page)
    heading(page, "Retirer la clé")
    look(page, "key-remove")
    press(page, "Retirer la clé")
    expect(page.locator("main")).to_contain_text("Aucune clé n’est enregistrée")
    sign_out(page)
    sign_in(page, address)
    page.wait_for_url("**/espace/")


def test_a_device_without_key_says_what_to_do(phone: Visitor) -> None:
    page = phone.page("/compte/connexion/")
    authenticator(page)
    press(page, "Utiliser ma clé d’accès")
    expect(page.get_by_role("alert")).to_contain_text("mot de passe")
    look(page, "login-no-key")


def test_an_account_is_opened_with_a_key_and_no_password(phone: Visitor, address: str) -> None:
    page = phone.page("/compte/creer/")
    authenticator(page)
    page.get_by_role("link", name="Créer un compte avec une clé d’accès").click()
    heading(page, "Créer un compte avec une clé d’accès")
    look(page, "signup-key")
    answer(page, {"given_names": "Camille", "birth_name": "Delattre", "email": address})
    press(page, "Continuer")
    heading(page, "Vérifier votre adresse e-mail")
    answer(page, {"code": code_mailed(phone, address, re.compile("code", re.IGNORECASE))})
    press(page, "Confirmer")
    heading(page, "Créer votre clé d’accès")
    look(page, "signup-key-create")
    press(page, "Créer la clé")
    page.wait_for_url("**/espace/")
    sign_out(page)
    page.goto("/compte/connexion/")
    press(page, "Utiliser ma clé d’accès")
    page.wait_for_url("**/espace/")

    # A first password, for a computer that has no key.
    page.goto("/compte/")
    page.get_by_role("link", name="Choisir le mot de passe").click()
    heading(page, "Choisir un mot de passe")
    look(page, "password-set")
    answer(page, {"password1": PASSWORD, "password2": PASSWORD})
    press(page, "Enregistrer le mot de passe")
    page.goto("/compte/")
    expect(page.get_by_role("link", name="Modifier le mot de passe")).to_be_visible()


# --- Application ---------------------------------------------------------------------------------------------------


def application_code(secret: str, steps: int = 0) -> str:
    """What the application shows; ``steps`` later by 30 seconds each: a code that served is not taken again."""
    return str(totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30 + steps)))


def is_readable(page: Page) -> bool:
    """Whether the image to aim at stands black on white on the screen."""
    seen = Image.open(io.BytesIO(page.locator("main img").screenshot())).convert("L").getcolors(256) or []
    dark, light = (sum(count for count, grey in seen if test(grey)) for test in (lambda g: g < 64, lambda g: g > 240))
    return dark > 2_000 and light > 2_000


def add_application(page: Page) -> tuple[str, list[str]]:
    """From « Protection du compte », the password asked again; returns the secret and the codes on paper."""
    heading(page, "Protection du compte")
    page.get_by_role("link", name="Ajouter une application").click()
    heading(page, "Confirmer que c’est bien vous")
    look(page, "again")
    confirm(page)
    heading(page, "Ajouter une application")
    secret = page.locator("main code").inner_text().replace(" ", "")
    look(page, "application-add")
    page.emulate_media(color_scheme="dark")
    assert is_readable(page), "no telephone reads the image in the dark"
    page.emulate_media(color_scheme="light")
    answer(page, {"code": application_code(secret)})
    press(page, "Activer")
    heading(page, "Codes de secours")
    codes = page.locator("main li code").all_inner_texts()
    assert len(codes) == 10
    return secret, codes


def test_an_application_is_asked_for_and_codes_on_paper_replace_it_once(phone: Visitor, address: str) -> None:
    page = sign_up(phone, address)
    page.goto("/compte/protection/")
    secret, codes = add_application(page)
    with page.expect_download() as downloaded:
        page.get_by_role("link", name="Télécharger les codes").click()
    assert codes[3] in downloaded.value.path().read_text()
    page.goto("/compte/protection/")
    look(page, "protection-application")

    sign_out(page)
    sign_in(page, address)
    heading(page, "Seconde protection")
    look(page, "second")
    press(page, "Abandonner et revenir à la connexion")
    signed_out(page)
    sign_in(page, address)
    answer(page, {"code": "000000"})
    press(page, "Se connecter")
    expect(page.locator(".error-summary")).to_be_visible()
    look(page, "second-wrong")
    answer(page, {"code": application_code(secret, 1)})
    press(page, "Se connecter")
    page.wait_for_url("**/espace/")

    sign_out(page)
    sign_in(page, address)
    answer(page, {"code": codes[0].upper()})
    press(page, "Se connecter")
    page.wait_for_url("**/espace/")
    page.goto("/compte/protection/secours/")
    confirm(page)
    expect(page.locator("main li code")).to_have_count(9)
    sign_out(page)
    sign_in(page, address)
    answer(page, {"code": codes[0]})
    press(page, "Se connecter")
    expect(page.locator(".error-summary")).to_be_visible()
    answer(page, {"code": codes[1]})
    press(page, "Se connecter")
    page.wait_for_url("**/espace/")

    page.goto("/compte/protection/secours/nouveaux/")
    confirm(page)
    heading(page, "Refaire des codes de secours")
    look(page, "codes-new")
    press(page, "Refaire les codes")
    expect(page.locator("main li code")).to_have_count(10)
    assert codes[2] not in page.locator("main").inner_text()
    page.goto("/compte/protection/")
    page.get_by_role("link", name="Désactiver l’application").click()
    heading(page, "Désactiver l’application")
    look(page, "application-remove")
    press(page, "Désactiver")
    sign_out(page)
    sign_in(page, address)
    page.wait_for_url("**/espace/")


# --- Devices -------------------------------------------------------------------------------------------------------


def test_a_device_left_open_is_seen_and_shut(phone: Visitor, visit: Callable[..., Visitor], address: str) -> None:
    left = sign_up(visit(), address)
    page = phone.page("/")
    sign_in(page, address)
    page.goto("/compte/appareils/")
    expect(page.locator("main .link-list > li")).to_have_count(2)
    expect(page.locator("main")).to_contain_text("cet appareil")
    look(page, "devices-two")
    press(page, "Déconnecter les autres appareils")
    confirm(page)
    expect(page.locator("main .link-list > li")).to_have_count(1)
    take_picture(page, "account-devices-one-360")
    signed_out(left)
    page.goto("/compte/")
    heading(page, "Mon compte")


# --- Agents, in production -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def town() -> Iterator[House]:
    """A house in production, without demonstration, and its first administrator."""
    with readyhouse.started(
        os.environ.get("DATABASE_URL", ""), readyhouse.NO_DEMO, BOCAGE_ADMIN_PASSWORD=PASSWORD
    ) as one:
        one.bocage("createadmin", "direction@example.org")
        yield one


def test_in_production_an_agent_adds_a_second_protection_before_the_desk_opens(town: House, chromium: Browser) -> None:
    visitor = Visitor(
        town, chromium.new_context(base_url=town.url, locale="fr-FR", viewport={"width": 1280, "height": 800})
    )
    visitor.context.set_default_timeout(10_000)
    visitor.expect("404")
    page = visitor.page("/demo/")
    expect(page.get_by_role("heading", level=1)).to_contain_text("n’existe pas")
    page.goto("/bureau/")
    heading(page, "Se connecter")
    answer(page, {"login": "direction@example.org", "password": PASSWORD})
    press(page, "Se connecter")

    heading(page, "Protection du compte")
    expect(page.get_by_role("alert")).to_contain_text("Pour ouvrir le bureau")
    look(page, "agent-protection")
    for path in ("/bureau/", "/bureau/dossiers/", "/bureau/accueil/"):
        page.goto(path)
        heading(page, "Protection du compte")
    secret, _codes = add_application(page)
    page.goto("/bureau/")
    heading(page, "À faire aujourd’hui")

    sign_out(page)
    page.goto("/bureau/dossiers/")
    answer(page, {"login": "direction@example.org", "password": PASSWORD})
    press(page, "Se connecter")
    heading(page, "Seconde protection")
    page.goto("/bureau/")
    heading(page, "Seconde protection")
    answer(page, {"code": application_code(secret, 1)})
    press(page, "Se connecter")
    page.goto("/bureau/")
    heading(page, "À faire aujourd’hui")
    visitor.context.close()
    assert not visitor.unexpected(), visitor.unexpected()
