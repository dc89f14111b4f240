"""Signing up, in and out, with the test client: journeys of people through django-allauth in our clothes."""

import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.contrib.auth.hashers import MD5PasswordHasher
from django.contrib.sessions.models import Session
from django.core.cache import caches
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from bocage.base.models import Event
from bocage.identity.models import Account, Person
from bocage.identity.operations.accounts import trust_email
from tests.identity import factories

pytestmark = pytest.mark.django_db
PASSWORD = "cheval pile agrafe correct"
FORBIDDEN = re.compile(r"usager|téléservice|dématérialis|soumettre", re.IGNORECASE)


@pytest.fixture(autouse=True)
def _no_rates_left_over() -> None:
    for cache in caches.all():
        cache.clear()
    caches["default"].clear()


def page(response: Any, status: int = 200) -> str:
    assert response.status_code == status, (response.status_code, response.headers.get("Location"))
    text = response.content.decode()
    assert not FORBIDDEN.search(text)
    return text


def sign_up(client: Client, email: str = "camille@example.org", **more: str) -> Any:
    data = {"given_names": "Camille", "birth_name": "Lefèvre", "usual_name": "", "email": email, "password1": PASSWORD}
    return client.post(reverse("account_signup"), {**data, **more})


def verified(email: str = "camille@example.org", password: str | None = PASSWORD, **fields: Any) -> Account:
    account = factories.account(email=email, password=password, person=factories.person(**fields))
    EmailAddress.objects.create(user=account, email=email, verified=True, primary=True)
    return account


def code_in(mail: Any) -> str:
    found = re.search(r"^\s*(\d{6})\s*$", mail.body, re.MULTILINE)
    assert found, mail.body
    return found[1]


def log_in(client: Client, login: str, password: str = PASSWORD, **more: str) -> Any:
    return client.post(reverse("account_login"), {"login": login, "password": password, **more})


def signed_in(client: Client, account: Account) -> Account:
    """Signed in by password, and confirmed for pages of security."""
    log_in(client, account.email)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD, "next": "/"})
    return account


# --- Sign-up -------------------------------------------------------------------------------------------------------


def test_sign_up_makes_an_account_and_its_person_and_waits_for_the_code(client: Client, mailoutbox: list[Any]) -> None:
    page(client.get(reverse("account_signup")))
    response = sign_up(client, usual_name="D'Hondt")
    assert response["Location"] == reverse("account_email_verification_sent")
    account = Account.objects.get()
    person = Person.objects.get()
    assert account.person == person
    assert (person.birth_name, person.usual_name, person.email) == ("Lefèvre", "D'Hondt", "")
    assert str(account) == "Camille D'Hondt"
    assert "camille" not in account.username
    assert Event.objects.filter(kind="identity.account_attached", subject=f"account:{account.pk}").exists()
    assert not client.session.get("_auth_user_id")

    assert "camille@example.org" in page(client.get(response["Location"]))
    response = client.post(response["Location"], {"code": code_in(mailoutbox[-1])})
    assert response["Location"] == "/espace/"
    assert int(client.session["_auth_user_id"]) == account.pk
    person.refresh_from_db()
    assert person.email == "camille@example.org"


def test_a_wrong_code_is_refused_and_keeps_the_way_open(client: Client, mailoutbox: list[Any]) -> None:
    sign_up(client)
    address = reverse("account_email_verification_sent")
    page(client.post(address, {"code": "ABCDEF"}))
    assert client.post(address, {"code": code_in(mailoutbox[-1])})["Location"] == "/espace/"


def test_sign_up_does_not_tell_that_an_address_is_known(client: Client, mailoutbox: list[Any]) -> None:
    verified()
    known, unknown = sign_up(client), sign_up(Client(), "autre@example.org")
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert Account.objects.filter(email="camille@example.org").count() == 1
    told = [mail for mail in mailoutbox if mail.to == ["camille@example.org"]]
    assert len(told) == 1
    assert reverse("account_reset_password") in told[0].body
    page(client.get(known["Location"]))


def test_sign_up_never_takes_a_known_person_by_their_email(client: Client) -> None:
    factories.person("Lefèvre", "Camille", email="camille@example.org")
    sign_up(client)
    assert Person.objects.filter(birth_name="Lefèvre").count() == 2


@pytest.mark.parametrize("email", ["camille@example.org", "Camille@Example.org"])
def test_an_address_opens_one_account(email: str) -> None:
    verified()
    with pytest.raises(ValidationError, match="déjà un compte"):
        factories.account(email=email)
    factories.account(email="")
    factories.account(email="")


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("given_names", "", "Exemple\u00a0: Camille"),
        ("birth_name", "", "Exemple\u00a0: Martin"),
        ("email", "", "camille.martin@exemple.fr"),
        ("password1", "court", "12 caractères"),
        ("password1", "camille@example.org", "semblable"),
    ],
)
def test_sign_up_says_what_is_wrong_with_an_example(client: Client, field: str, value: str, said: str) -> None:
    response = sign_up(client, **{field: value})
    assert said in page(response)
    assert not Account.objects.exists()
    assert not Person.objects.exists()


def test_nothing_is_half_written_when_the_person_cannot_be(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr("bocage.identity.operations.accounts.create_person", refuse)
    with pytest.raises(RuntimeError):
        sign_up(client)
    assert not Account.objects.exists()


# --- Sign-in and out -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("login", ["camille@example.org", "CAMILLE@example.org"])
def test_sign_in_by_email_keeps_where_one_was_going(client: Client, login: str) -> None:
    verified()
    wanted = "/dossiers/K7QF-2M9X-A/?onglet=messages"
    assert "vous attend" in page(client.get(reverse("account_login"), {"next": wanted}))
    assert log_in(client, login, next=wanted)["Location"] == wanted


@pytest.mark.parametrize("elsewhere", ["https://ailleurs.example/", "//ailleurs.example", "06"])
def test_sign_in_does_not_lead_elsewhere(client: Client, elsewhere: str) -> None:
    verified()
    assert log_in(client, "camille@example.org", next=elsewhere)["Location"] == "/espace/"


def test_people_without_email_sign_in_with_a_user_name(client: Client) -> None:
    factories.account("suzanne78", password=PASSWORD, person=factories.person())
    assert log_in(client, "suzanne78")["Location"] == "/espace/"


def test_sign_in_changes_the_session(client: Client) -> None:
    verified()
    client.get(reverse("account_login"))
    session = client.session
    session["before"] = 1
    session.save()
    before = client.session.session_key
    log_in(client, "camille@example.org")
    assert client.session.session_key != before
    assert not Session.objects.filter(session_key=before).exists()


def test_a_wrong_password_and_an_unknown_address_say_the_same(client: Client) -> None:
    verified()
    texts = [page(log_in(Client(), login, "faux mot de passe")) for login in ("camille@example.org", "x@example.org")]
    errors = [re.findall(r'class="error-summary".*?</div>', text, re.DOTALL)[0] for text in texts]
    assert errors[0] == errors[1]


def test_sign_in_is_limited(client: Client) -> None:
    verified()
    for _ in range(5):
        log_in(client, "camille@example.org", "faux mot de passe")
    assert "Trop d’essais" in page(log_in(client, "camille@example.org"))
    assert "_auth_user_id" not in client.session


def test_signing_out_is_a_post(client: Client) -> None:
    client.force_login(verified())
    page(client.get(reverse("account_logout")))
    assert "_auth_user_id" in client.session
    assert client.post(reverse("account_logout"))["Location"] == "/"
    assert "_auth_user_id" not in client.session


def test_an_expired_session_leads_back_to_the_page(client: Client) -> None:
    response = client.get(reverse("identity_details"))
    assert response["Location"] == f"{reverse('account_login')}?next={reverse('identity_details')}"


def test_a_closed_account_does_not_sign_in(client: Client) -> None:
    account = verified()
    account.is_active = False
    account.save()
    response = log_in(client, "camille@example.org")
    assert "_auth_user_id" not in client.session
    assert response.status_code in (200, 302)


# --- Forgotten password --------------------------------------------------------------------------------------------


def test_a_forgotten_password_is_replaced_with_a_code(client: Client, mailoutbox: list[Any]) -> None:
    account = verified()
    page(client.get(reverse("account_reset_password")))
    response = client.post(reverse("account_reset_password"), {"email": "camille@example.org"})
    page(client.get(response["Location"]))
    response = client.post(response["Location"], {"code": code_in(mailoutbox[-1])})
    assert response["Location"] == reverse("account_complete_password_reset")
    page(client.get(response["Location"]))
    new = "un autre long mot de passe"
    response = client.post(response["Location"], {"password1": new, "password2": new})
    assert response.status_code == 302
    account.refresh_from_db()
    assert account.check_password(new)


def test_a_reset_does_not_tell_whether_an_address_is_known(client: Client, mailoutbox: list[Any]) -> None:
    verified()
    answers = []
    for email in ("camille@example.org", "inconnu@example.org"):
        one = Client()
        response = one.post(reverse("account_reset_password"), {"email": email})
        answers.append(
            (response.status_code, response["Location"], page(one.get(response["Location"])).count("<input"))
        )
    assert answers[0] == answers[1]
    assert [mail.to[0] for mail in mailoutbox] == ["camille@example.org", "inconnu@example.org"]


# --- Changing one's address ----------------------------------------------------------------------------------------


def test_a_new_address_waits_for_its_code(client: Client, mailoutbox: list[Any]) -> None:
    account = signed_in(client, verified())
    page(client.get(reverse("account_email")))
    response = client.post(reverse("account_email"), {"email": "neuve@example.org", "action_add": ""})
    account.refresh_from_db()
    assert account.email == "camille@example.org"
    page(client.get(reverse("account_email")))
    page(client.get(response["Location"]))
    client.post(reverse("account_email_verification_sent"), {"code": code_in(mailoutbox[-1])})
    account.refresh_from_db()
    assert account.email == "neuve@example.org"
    assert account.person
    assert account.person.email == "neuve@example.org"


# --- Second factor, keys, devices ----------------------------------------------------------------------------------


def totp_code(secret: str) -> str:
    import time

    return str(totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30)))


def test_an_application_is_added_sealed_and_asked_for(client: Client) -> None:
    account = signed_in(client, verified())
    page(client.get(reverse("mfa_index")))
    text = page(client.get(reverse("mfa_activate_totp")))
    secret = re.search(r"<code>([A-Z2-7]+)</code>", text)
    assert secret
    response = client.post(reverse("mfa_activate_totp"), {"code": totp_code(secret[1])})
    assert response["Location"] == reverse("mfa_view_recovery_codes")
    codes = re.findall(r"<li><code>(\w+)</code>", page(client.get(response["Location"])))
    assert len(codes) == 10
    stored = Authenticator.objects.get(user=account, type="totp").data["secret"]
    assert secret[1] not in stored
    page(client.get(reverse("mfa_index")))
    assert codes[0] in client.get(reverse("mfa_download_recovery_codes")).content.decode()
    page(client.get(reverse("mfa_generate_recovery_codes")))
    page(client.get(reverse("mfa_deactivate_totp")))

    other = Client()
    response = log_in(other, "camille@example.org")
    assert response["Location"] == reverse("mfa_authenticate")
    assert "_auth_user_id" not in other.session
    page(other.get(response["Location"]))
    page(other.post(response["Location"], {"code": "000000"}))
    assert other.post(response["Location"], {"code": codes[0]})["Location"] == "/espace/"
    assert int(other.session["_auth_user_id"]) == account.pk


def test_pages_of_keys(client: Client) -> None:
    account = signed_in(client, verified())
    assert "addForm" in page(client.get(reverse("mfa_add_webauthn")))
    key = Authenticator.objects.create(user=account, type="webauthn", data={"name": "Téléphone", "credential": {}})
    for name, args in (
        ("mfa_list_webauthn", []),
        ("mfa_edit_webauthn", [key.pk]),
        ("mfa_remove_webauthn", [key.pk]),
        ("mfa_index", []),
    ):
        page(client.get(reverse(name, args=args)))
    key.delete()
    page(client.post(reverse("mfa_add_webauthn"), {"credential": "{}"}))
    page(Client().get(reverse("account_signup_by_passkey")))
    assert Client().get(reverse("mfa_login_webauthn"), headers={"accept": "application/json"}).json()["request_options"]
    assert Client().post(reverse("mfa_login_webauthn"), {})["Location"] == reverse("account_login")


def test_another_persons_key_does_not_exist(client: Client) -> None:
    key = Authenticator.objects.create(
        user=verified("autre@example.org"), type="webauthn", data={"name": "Clé", "credential": {}}
    )
    signed_in(client, verified())
    assert client.get(reverse("mfa_edit_webauthn", args=[key.pk])).status_code == 404


def test_security_asks_for_the_password_again_after_a_while(client: Client) -> None:
    client.force_login(verified())
    response = client.get(reverse("mfa_activate_totp"))
    assert response["Location"].startswith(reverse("account_reauthenticate"))
    page(client.get(response["Location"]))
    response = client.post(response["Location"], {"password": PASSWORD, "next": reverse("mfa_activate_totp")})
    assert response["Location"] == reverse("mfa_activate_totp")


def test_other_devices_are_listed_and_revoked(client: Client) -> None:
    signed_in(client, verified())
    lost = Client(headers={"user-agent": "Mozilla/5.0 (Android 14; Mobile) Gecko Firefox/130.0"})
    log_in(lost, "camille@example.org")
    assert "Firefox, Android" in page(client.get(reverse("usersessions_list")))
    client.post(reverse("usersessions_list"))
    assert lost.get(reverse("identity_home")).status_code == 302
    page(client.get(reverse("identity_home")))


def test_a_password_is_changed(client: Client) -> None:
    account = signed_in(client, verified())
    page(client.get(reverse("account_change_password")))
    new = "un autre long mot de passe"
    data = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    assert client.post(reverse("account_change_password"), data)["Location"] == reverse("identity_home")
    account.refresh_from_db()
    assert account.check_password(new)


@pytest.mark.parametrize("login", ["camille@example.org", "personne@example.org", "camille59", "personne59"])
@pytest.mark.parametrize("password", ["quatre mots sans lien", "pas le bon du tout"])
def test_a_sign_in_costs_one_digest_whoever_it_is(client, monkeypatch, login, password):
    """Known or not, right or wrong: the same work, so that its time tells nothing; and no more of it than is needed."""
    account = factories.account("camille59", email="camille@example.org", password="quatre mots sans lien")
    trust_email(account)
    digests = []
    encode = MD5PasswordHasher.encode
    monkeypatch.setattr(MD5PasswordHasher, "encode", lambda *told: digests.append(1) or encode(*told))
    client.post("/compte/connexion/", {"login": login, "password": password})
    assert len(digests) == 1
