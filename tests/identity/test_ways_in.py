"""Signing in without password: the link of a mail, the card of printed codes; and ProConnect's own second proof."""

import re
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bocage.base.models import Event
from bocage.identity import operations
from bocage.identity.models import Account, CardCode, CodeCard, Role, SignInLink
from bocage.identity.models_entrance import CODES
from tests.conftest import NOW
from tests.identity import factories
from tests.identity.providers import go, providers  # noqa: F401

pytestmark = pytest.mark.django_db
PASSWORD = "cheval pile agrafe correct"
ADDRESS = "camille@example.org"


@pytest.fixture(autouse=True)
def _no_rates_left_over() -> None:
    for cache in caches.all():
        cache.clear()


def verified(email: str = ADDRESS, **fields: Any) -> Account:
    account = factories.account(email=email, password=PASSWORD, person=factories.person(**fields))
    EmailAddress.objects.create(user=account, email=email, verified=True, primary=True)
    return account


def signed_in(client: Client) -> int | None:
    key = client.session.get("_auth_user_id")
    return int(key) if key else None


def ask(client: Client, email: str = ADDRESS, **more: str) -> Any:
    return client.post(reverse("identity_link_ask"), {"email": email, **more})


def link_in(mail: Any) -> str:
    found = re.search(r"https?://[^/\s]+(/compte/connexion/lien/\S+)", mail.body)
    assert found, mail.body
    return found[1]


# --- By a link -----------------------------------------------------------------------------------------------------
def test_a_link_opens_the_account_by_a_button_once(client: Client, mailoutbox: list[Any], frozen: Any) -> None:
    account = verified()
    assert ask(client, "Camille@Example.org")["Location"] == reverse("identity_link_sent")
    assert "Camille@Example.org" in client.get(reverse("identity_link_sent")).content.decode()
    link = link_in(mailoutbox[-1])
    assert link.rsplit("/", 2)[1] not in str(SignInLink.objects.values().get())
    elsewhere = Client()
    for _scanner in range(3):  # what reads mails opens their links
        assert ADDRESS in elsewhere.get(link).content.decode()
        elsewhere.head(link)
    assert signed_in(elsewhere) is None
    assert elsewhere.post(link)["Location"] == "/espace/"
    assert signed_in(elsewhere) == account.pk
    assert Event.objects.get(kind="identity.link_used").actor == f"account:{account.pk}"
    again = Client()
    assert (again.get(link).status_code, again.post(link).status_code) == (410, 410)
    assert signed_in(again) is None


def test_a_link_keeps_where_one_was_going_and_leads_nowhere_else(client: Client, mailoutbox: list[Any]) -> None:
    verified()
    ask(client, next="/compte/appareils/")
    assert Client().post(link_in(mailoutbox[-1]))["Location"] == "/compte/appareils/"
    for outside in ("https://ailleurs.example/", "//ailleurs.example", "javascript:alert(1)", "06"):
        caches["default"].clear()
        ask(client, next=outside)
        assert Client().post(link_in(mailoutbox[-1]))["Location"] == "/espace/", outside


def test_a_link_dies_after_a_quarter_of_an_hour(client: Client, mailoutbox: list[Any], frozen: Any) -> None:
    verified()
    ask(client)
    token = link_in(mailoutbox[-1]).rstrip("/").rsplit("/", 1)[1]
    assert operations.link_of(token, NOW + timedelta(minutes=14, seconds=59))
    with pytest.raises(operations.LinkOver):
        operations.use_link(token, now=NOW + timedelta(minutes=15))
    assert operations.forget_links(NOW + timedelta(hours=23)) == 0
    assert operations.forget_links(NOW + timedelta(hours=25)) == 1


def test_the_first_link_used_takes_the_others_with_it(client: Client, mailoutbox: list[Any]) -> None:
    verified()
    ask(client)
    ask(client)
    first, second = (link_in(mail) for mail in mailoutbox[-2:])
    assert Client().post(second).status_code == 302
    assert Client().post(first).status_code == 410


@pytest.mark.parametrize("change", ["closed", "another address", "not verified"])
def test_a_link_serves_only_whom_it_was_sent_to(client: Client, mailoutbox: list[Any], change: str) -> None:
    account = verified()
    ask(client)
    if change == "closed":
        Account.objects.update(is_active=False)
    else:
        changed = {"verified": False} if change == "not verified" else {"email": "autre@example.org"}
        EmailAddress.objects.filter(user=account).update(**changed)
    assert Client().post(link_in(mailoutbox[-1])).status_code == 410


def test_a_known_and_an_unknown_address_get_the_same_answer_at_the_same_cost(
    client: Client, mailoutbox: list[Any]
) -> None:
    verified()
    unproved = factories.account(email="piege@example.org", password=PASSWORD)  # opened with someone else's address
    EmailAddress.objects.create(user=unproved, email=unproved.email, verified=False, primary=True)
    ask(client, "chauffe@example.org")
    seen = []
    for email in (ADDRESS, "inconnu@example.org", unproved.email):
        one = Client()
        one.get(reverse("identity_link_ask"))
        with CaptureQueriesContext(connection) as queries:
            answer = ask(one, email)
        shown = one.get(answer["Location"]).content.decode().replace(email, "…")
        shown = re.sub(r'value="[^"]{64}"|nonce="[^"]+"', "", shown)
        seen.append((answer.status_code, answer["Location"], len(queries), shown))
    assert seen[0] == seen[1] == seen[2]
    told = {mail.to[0]: mail.body for mail in mailoutbox}
    assert "/lien/" in told[ADDRESS]
    assert "/lien/" not in told["inconnu@example.org"] + told[unproved.email]


def test_links_do_not_flood_a_mailbox(client: Client, mailoutbox: list[Any]) -> None:
    verified()
    assert [ask(Client()).status_code for _press in range(6)] == [302] * 5 + [429]


def test_a_link_does_not_spare_the_second_factor(client: Client, mailoutbox: list[Any]) -> None:
    from allauth.mfa.models import Authenticator

    account = verified()
    Authenticator.objects.create(user=account, type=Authenticator.Type.TOTP, data={"secret": "x"})
    ask(client)
    one = Client()
    assert one.post(link_in(mailoutbox[-1]))["Location"] == reverse("mfa_authenticate")
    assert signed_in(one) is None


def test_a_link_is_not_pressed_by_another_site(mailoutbox: list[Any]) -> None:
    verified()
    ask(Client())
    one = Client(enforce_csrf_checks=True)
    assert one.post(link_in(mailoutbox[-1])).status_code == 403
    assert SignInLink.objects.get().used_at is None


def test_a_link_says_that_another_account_is_open(client: Client, mailoutbox: list[Any]) -> None:
    account, other = verified(), verified("autre@example.org")
    client.force_login(other)
    before = client.session.session_key
    ask(Client())
    link = link_in(mailoutbox[-1])
    assert "il va se fermer" in client.get(link).content.decode()
    client.post(link)
    assert signed_in(client) == account.pk
    assert client.session.session_key != before


# --- By a card of printed codes ------------------------------------------------------------------------------------
def issue(account: Account) -> list[str]:
    return operations.issue_card(account, issued_by=None, actor=factories.SYSTEM, now=NOW)[1]


def by_card(client: Client, login: str, code: str, **more: str) -> Any:
    return client.post(reverse("identity_card"), {"login": login, "code": code, **more})


def test_a_card_opens_a_residents_account_each_code_once(frozen: Any) -> None:
    account = factories.account("k7rf2m9x", person=factories.person())
    codes = issue(account)
    assert len(set(codes)) == CODES
    kept = str(list(CardCode.objects.values())) + str(list(CodeCard.objects.values()))
    assert not any(code.replace("-", "") in kept or code in kept for code in codes)
    one = Client()
    assert by_card(one, "K7RF 2M9X", codes[4].lower().replace("-", " "), next="/compte/")["Location"] == "/compte/"
    assert signed_in(one) == account.pk
    assert "encore 19 codes" in one.get(reverse("mfa_index")).content.decode().replace("\xa0", " ")
    again = Client()
    answer = by_card(again, "k7rf2m9x", codes[4])
    assert answer.status_code == 422
    assert "ce code a déjà servi" in answer.content.decode()
    assert signed_in(again) is None
    assert by_card(again, "k7rf2m9x", codes[5], next="//ailleurs.example")["Location"] == "/espace/"
    kinds = Event.objects.filter(subject=f"account:{account.pk}", kind__startswith="identity.card")
    assert [event.kind for event in kinds.order_by("pk")] == ["identity.card_issued", *["identity.card_code_used"] * 2]


def test_another_card_and_a_lost_card(client: Client) -> None:
    account = factories.account("k7rf2m9x", person=factories.person())
    old = issue(account)
    new = issue(account)
    assert by_card(Client(), "k7rf2m9x", old[0]).status_code == 422
    client.force_login(account)
    client.post(reverse("identity_card_revoke"))
    assert by_card(Client(), "k7rf2m9x", new[0]).status_code == 422
    assert Event.objects.filter(kind="identity.card_revoked", actor=f"account:{account.pk}").count() == 1


def test_cards_are_not_tried_all_day_and_tell_nothing() -> None:
    account = factories.account("k7rf2m9x", person=factories.person())
    codes = issue(account)
    seen = []
    for login in ("k7rf2m9x", "inconnu1"):
        one = Client()
        with CaptureQueriesContext(connection) as queries:
            answer = by_card(one, login, "22222-22222")
        seen.append((answer.status_code, re.sub(r'value="[^"]*"', "", answer.content.decode())))
        assert sum("identity_codecard" in query["sql"] for query in queries) == 1
    assert seen[0] == seen[1]
    tries = [by_card(Client(), "k7rf2m9x", "33333-33333").status_code for _try in range(6)]
    assert tries[-1] == 429
    assert by_card(Client(), "k7rf2m9x", codes[0]).status_code == 429
    assert CardCode.objects.filter(used_at__isnull=False).count() == 0


def agent() -> Account:
    account = factories.account("agente", email="agente@example.org", password=PASSWORD, person=factories.person())
    EmailAddress.objects.create(user=account, email=account.email, verified=True, primary=True)
    factories.post(account, Role.AGENT, service="waste")
    return account


def log_in(client: Client, login: str) -> Any:
    return client.post(reverse("account_login"), {"login": login, "password": PASSWORD})


def test_an_agents_card_is_the_second_factor_never_the_only_one() -> None:
    account = agent()
    one = Client()
    log_in(one, account.email)
    assert one.get("/bureau/")["Location"] == reverse("mfa_index")  # neither application, nor key, nor card
    codes = issue(account)
    assert by_card(Client(), "agente", codes[0]).status_code == 422
    assert CardCode.objects.filter(used_at__isnull=False).count() == 0
    one = Client()
    where = log_in(one, account.email)["Location"]
    assert where == reverse("identity_card_second")
    assert one.get("/bureau/").status_code == 302
    assert signed_in(one) is None
    log_in(one, account.email)
    assert "Il en reste 20" in one.get(where).content.decode().replace("\xa0", " ")
    assert one.post(where, {"code": "22222-22222"}).status_code == 422
    assert one.post(where, {"code": codes[1]}).status_code == 302
    assert signed_in(one) == account.pk
    assert one.get("/bureau/").status_code == 200
    CardCode.objects.update(used_at=NOW)
    other = Client()
    log_in(other, account.email)
    assert "Votre carte est finie" in other.get(where).content.decode()  # a password alone does not open again
    assert signed_in(other) is None


def test_a_card_replaces_the_telephone_but_not_twice() -> None:
    from allauth.mfa.models import Authenticator

    account = verified()
    Authenticator.objects.create(user=account, type=Authenticator.Type.TOTP, data={"secret": "x"})
    codes = issue(account)
    one = Client()
    assert log_in(one, ADDRESS)["Location"] == reverse("mfa_authenticate")
    assert reverse("identity_card_second") in one.get(reverse("mfa_authenticate")).content.decode()
    assert one.post(reverse("identity_card_second"), {"code": codes[0]}).status_code == 302
    assert signed_in(one) == account.pk
    alone = Client()
    assert by_card(alone, ADDRESS, codes[1])["Location"] == reverse("mfa_authenticate")
    assert alone.post(reverse("identity_card_second"), {"code": codes[2]})["Location"] == reverse("mfa_authenticate")
    assert signed_in(alone) is None


WHO = {"demo-agent": "agent", "demo-admin": "admin-mfa"}  # at the stand-in


# --- ProConnect's own second proof ---------------------------------------------------------------------------------
@pytest.fixture
def tied(providers: Any) -> Any:  # noqa: F811 -- the fixture of that name
    """An agent tied to ProConnect, whose provider there asks for two proofs (``mfa``) or for one."""

    def make(username: str) -> Account:
        account = factories.account(username, email=f"{username}@example.org", password=PASSWORD)
        EmailAddress.objects.create(user=account, email=account.email, verified=True, primary=True)
        factories.post(account, Role.AGENT, service="waste")
        client = Client()
        client.force_login(account)
        assert go(client, "proconnect", person=WHO[username])["Location"] == "/compte/"
        return account

    return make


def test_proconnect_with_two_proofs_needs_no_application_of_ours(tied: Any) -> None:
    account, one = tied("demo-admin"), Client()
    assert go(one, "proconnect", person="admin-mfa")["Location"] == "/bureau/"
    assert signed_in(one) == account.pk
    assert one.get("/bureau/").status_code == 200
    issue(account)  # nor a code of the card that they also have
    again = Client()
    assert go(again, "proconnect", person="admin-mfa")["Location"] == "/bureau/"
    assert again.get("/bureau/").status_code == 200


def test_proconnect_with_one_proof_does(tied: Any) -> None:
    account, one = tied("demo-agent"), Client()
    assert go(one, "proconnect", person="agent")["Location"] == "/bureau/"
    assert one.get("/bureau/")["Location"] == reverse("mfa_index")
    issue(account)
    again = Client()
    assert go(again, "proconnect", person="agent")["Location"] == reverse("identity_card_second")
    assert signed_in(again) is None


def test_what_proconnect_proved_is_of_no_use_to_another_account(tied: Any) -> None:
    tied("demo-admin")
    other = tied("demo-agent")
    one = Client()
    go(one, "proconnect", person="admin-mfa")
    session = one.session
    proved = session["federation_signed_in"]
    one.post(reverse("account_logout"))
    log_in(one, other.email)
    session = one.session
    session["federation_signed_in"] = proved  # had the session been kept
    session.save()
    assert signed_in(one) == other.pk
    assert one.get("/bureau/")["Location"] == reverse("mfa_index")


def test_the_password_alone_is_asked_for_more_even_after_proconnect(tied: Any) -> None:
    account = tied("demo-admin")
    one = Client()
    go(one, "proconnect", person="admin-mfa")
    one.post(reverse("account_logout"))
    log_in(one, account.email)
    assert one.get("/bureau/")["Location"] == reverse("mfa_index")
