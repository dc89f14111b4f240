"""« Agents et accès »: invitations, posts given and ended, accounts closed; the last administrator stays."""

import base64
import importlib
from datetime import date, timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from bocage.base.models import Event, Outbox
from bocage.identity import operations
from bocage.identity.models import Absence, Account, Post, Role
from bocage.identity.operations.posts import follow_posts
from bocage.identity.queries import scope_of
from tests.cases.desk import page, sit
from tests.conftest import NOW
from tests.identity import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]
TODAY = NOW.date()
once = importlib.import_module("bocage.identity.migrations.0003_once")
BY: dict[str, Any] = {"actor": factories.SYSTEM, "now": NOW}
NEW = {
    "first_name": "Inès",
    "last_name": "Carlier",
    "email": "Ines.Carlier@mairie.example",
    "role": Role.AGENT,
    "service": "waste",
    "title": "Instructrice",
    "starts": "10/03/2026",
}


@pytest.fixture
def office(settings: Any) -> Client:
    """The administrator's browser; another administrator exists, who can sign in. Mails wait in the outbox."""
    settings.EMAIL_BACKEND = "bocage.messaging.backend.OutboxEmailBackend"
    factories.post(factories.account(password="quatre mots sans lien"), Role.ADMINISTRATOR)
    return sit(Role.ADMINISTRATOR)[0]


def mail() -> str:
    """The one mail that waits to leave."""
    return base64.b64decode(Outbox.objects.get(topic="messaging.email").payload["raw"]).decode()


def url(name: str, *pks: int) -> str:
    return reverse(f"identity_desk:{name}", args=pks)


def test_an_agent_is_invited_without_any_secret_and_signs_in_by_a_code(office: Client) -> None:
    answer = office.post(url("invite"), NEW)
    account = Account.objects.get(email="ines.carlier@mairie.example")
    assert answer["Location"] == url("agent", account.pk)
    assert not account.has_usable_password()
    assert scope_of(account, TODAY).services == {"waste"}
    assert EmailAddress.objects.get(user=account).verified
    told = mail()
    assert reverse("account_reset_password") in told.replace("=\r\n", "")
    assert {"identity.account_created", "identity.post_granted", "identity.agent_invited"} <= set(
        Event.objects.filter(subject=f"account:{account.pk}").values_list("kind", flat=True)
    )
    shown = page(office.get(url("agents")))
    assert "Inès Carlier" in shown
    assert "jamais connecté" in shown
    # The holder of the mailbox asks for a code, as for a forgotten password: it leaves for that address.
    Outbox.objects.all().delete()
    Client().post(reverse("account_reset_password"), {"email": account.email})
    assert "ines.carlier@mairie.example" in mail()


def test_an_invitation_that_cannot_be_says_why_at_its_field(office: Client) -> None:
    wrong = office.post(
        url("invite"), {**NEW, "email": "ines", "role": Role.RECEPTION, "service": "", "starts": "hier"}
    )
    assert wrong.status_code == 422
    shown = page(wrong)
    for told in ("Cette adresse n’est pas complète", "choisissez-la", "Cette date n’est pas comprise"):
        assert told in shown
    assert not Account.objects.filter(email="ines").exists()
    assert not Outbox.objects.filter(topic="messaging.email").exists()


def test_an_address_that_somebody_took_without_proving_it_is_not_given_a_post(office: Client) -> None:
    taken = factories.account(email="ines.carlier@mairie.example")
    answer = office.post(url("invite"), NEW)
    assert answer.status_code == 422
    assert "sans l’avoir vérifiée" in page(answer)
    assert not taken.posts.exists()
    EmailAddress.objects.create(user=taken, email=taken.email, verified=True, primary=True)
    assert office.post(url("invite"), NEW).status_code == 302
    assert taken.posts.get().role == Role.AGENT


def test_an_invitation_is_sent_again(office: Client) -> None:
    office.post(url("invite"), NEW)
    account = Account.objects.get(email="ines.carlier@mairie.example")
    Outbox.objects.all().delete()
    office.post(url("invite_again", account.pk))
    assert "ines.carlier@mairie.example" in mail()


def test_a_post_is_given_once_with_bounds_that_make_sense(office: Client) -> None:
    account = factories.agent(Role.AGENT, service="waste")
    here = factories.commune("Locquignol")
    asked = {"role": Role.RECEPTION, "commune": here.pk, "starts": "12/03/2026", "ends": "30/06/2026"}
    assert office.post(url("grant", account.pk), asked).status_code == 302
    assert scope_of(account, date(2026, 3, 12)).communes is None
    post = account.posts.get(role=Role.RECEPTION)
    assert (post.commune, post.ends) == (here, date(2026, 6, 30))
    again = office.post(url("grant", account.pk), asked)
    assert again.status_code == 422
    assert "tient déjà ce poste" in page(again)
    bounded = office.post(
        url("grant", account.pk), {"role": Role.ADMINISTRATOR, "service": "waste", "starts": "12/03/2026"}
    )
    assert "L’administration voit tout" in page(bounded)
    shown = page(office.get(url("agent", account.pk)))
    assert "Accueil" in shown
    assert "Du 12 mars 2026 au 30 juin 2026" in shown.replace("\xa0", " ")


def test_a_post_ends_on_a_day_to_come_and_its_groups_stay_until_then(office: Client) -> None:
    account = factories.agent(Role.EDITOR)
    post = account.posts.get()
    answer = office.post(url("end_post", account.pk, post.pk), {"last": "20/03/2026"})
    assert answer.status_code == 302
    post.refresh_from_db()
    assert post.ends == date(2026, 3, 20)
    assert account.groups.filter(name="role:editor").exists()
    assert follow_posts(NOW) == 0
    assert follow_posts(NOW + timedelta(days=11)) == 1
    assert not account.groups.exists()
    later = office.post(url("end_post", account.pk, post.pk), {"last": "25/03/2026"})
    assert later.status_code == 422
    assert Event.objects.filter(kind="identity.post_ended", subject=f"account:{account.pk}").count() == 1


def test_the_last_administrator_stays() -> None:
    client, account = sit(Role.ADMINISTRATOR)
    factories.agent(Role.ADMINISTRATOR)  # invited, never came: could not open the doors
    post = account.posts.get()
    for answer in (
        client.post(url("end_post", account.pk, post.pk), {"last": "31/03/2026"}),
        client.post(url("close", account.pk)),
    ):
        assert answer.status_code in {409, 422}
        assert "Plus personne n’administrerait" in page(answer)
    account.refresh_from_db()
    post.refresh_from_db()
    assert account.is_active
    assert post.ends is None
    factories.post(factories.account(password="quatre mots sans lien"), Role.ADMINISTRATOR)
    assert client.post(url("end_post", account.pk, post.pk), {"last": "31/03/2026"}).status_code == 302


def test_one_of_two_posts_of_the_only_administrator_may_end() -> None:
    account = factories.account(password="quatre mots sans lien")
    first = factories.post(account, Role.ADMINISTRATOR)
    second = factories.post(account, Role.ADMINISTRATOR, service="waste")
    assert operations.end_post(first, on=TODAY, **BY)
    with pytest.raises(operations.LastAdministrator):
        operations.end_post(second, on=TODAY, **BY)
    assert Post.objects.get(pk=second.pk).ends is None


def test_closing_an_account_ends_its_sessions(office: Client) -> None:
    client, account = sit(Role.AGENT, service="waste")
    assert client.get("/bureau/dossiers/").status_code == 200
    key = client.session.session_key
    UserSession.objects.create(user=account, session_key=key, ip="127.0.0.1", user_agent="", last_seen_at=NOW)
    assert "Fermer le compte de" in page(office.get(url("close", account.pk)))
    assert office.post(url("close", account.pk)).status_code == 302
    assert not UserSession.objects.filter(user=account).exists()
    assert reverse("account_login") in client.get("/bureau/dossiers/")["Location"]
    assert "fermé" in page(office.get(url("agents"), {"situation": "former"}))
    office.post(url("reopen", account.pk))
    account.refresh_from_db()
    assert account.is_active
    assert reverse("account_login") in client.get("/bureau/dossiers/")["Location"]  # the old session stays dead


def test_agents_are_found_by_name_and_residents_are_not_shown(office: Client) -> None:
    factories.agent(Role.AGENT, service="waste")
    resident = factories.resident(birth_name="Introuvable")
    shown = page(office.get(url("agents"), {"q": "dominique agent"}))
    assert shown.count('scope="row"') == 1
    assert "Dominique Agent" in shown
    assert office.get(url("agent", resident.pk)).status_code == 404


def test_an_account_that_is_closed_is_not_invited(office: Client) -> None:
    account = factories.agent(Role.AGENT)
    Account.objects.filter(pk=account.pk).update(email="parti@mairie.example", is_active=False)
    account.refresh_from_db()
    with pytest.raises(ValidationError):
        operations.send_invitation(account, **BY)
    assert "fermé" in page(office.post(url("invite"), {**NEW, "email": "parti@mairie.example"}))


def test_the_same_post_is_not_given_twice_even_by_an_invitation(office: Client) -> None:
    for _ in range(2):
        answer = office.post(url("invite"), NEW)
    assert answer.status_code == 422
    assert "tient déjà ce poste" in page(answer)
    account = Account.objects.get(email="ines.carlier@mairie.example")
    assert account.posts.count() == 1
    assert Event.objects.filter(kind="identity.agent_invited").count() == 1


def test_the_table_holds_an_open_post_once_whatever_looks_first() -> None:
    first = factories.post(factories.account(), Role.AGENT, service="waste")
    same = {"account": first.account, "role": first.role, "service": "waste"}
    with pytest.raises(IntegrityError), transaction.atomic():
        Post.objects.create(starts=TODAY, **same)
    Post.objects.create(starts=date(2025, 1, 1), ends=date(2025, 6, 1), **same)  # one that is over is another
    with pytest.raises(ValidationError, match="déjà ce poste"):
        factories.post(first.account, Role.AGENT, service="waste", starts=TODAY, ends=TODAY)
    operations.end_post(first, on=TODAY, **BY)
    factories.post(first.account, Role.AGENT, service="waste", starts=TODAY)


def test_doubles_made_before_are_merged_without_losing_a_right() -> None:
    with connection.cursor() as cursor:
        for index in ("post_held_once", "absence_said_once"):
            cursor.execute(f"DROP INDEX {index}")
    one, other = (factories.post(factories.account(), Role.AGENT, service="waste") for _ in range(2))
    Post.objects.create(account=one.account, role=Role.AGENT, service="waste", starts=TODAY, delegation="Arrêté 12")
    for _ in range(2):
        Absence.objects.create(account=one.account, substitute=other.account, starts=TODAY, ends=TODAY)
    once.merge_doubles(apps, None)
    kept = one.account.posts.get()
    assert (kept.pk, kept.starts, kept.delegation) == (one.pk, one.starts, "Arrêté 12")
    assert other.account.posts.count() == 1
    assert Absence.objects.count() == 1
