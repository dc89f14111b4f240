"""« Envois en échec »: what it shows and hides, and the two ways out of it."""

import pytest
from django.db import transaction
from django.urls import reverse

from bocage.base import outbox
from bocage.base.models import Event, Outbox, OutboxState
from bocage.base.outbox import CUT
from bocage.desk.failures import in_words
from bocage.identity.models import Role
from bocage.messaging.models import Delivery, DeliveryState, MailboxMessage
from tests.cases.desk import page, sit
from tests.conftest import NOW
from tests.messaging import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]
LIST = "/bureau/envois/"


def failed(state: str = OutboxState.DEAD, error: str = "ConnectionRefusedError: [Errno 111]") -> Outbox:
    with transaction.atomic():
        outbox.enqueue("messaging.email", f"k:{state}", {"raw": "c2VjcmV0", "recipients": ["jeanne@x.fr"]}, now=NOW)
    Outbox.objects.filter(key=f"k:{state}").update(state=state, last_error=error, attempts=80)
    return Outbox.objects.get(key=f"k:{state}")


def test_it_tells_what_and_why_and_nothing_of_the_payload() -> None:
    failed()
    failed(OutboxState.UNCERTAIN, CUT)
    client, _account = sit(Role.ADMINISTRATOR)
    shown = page(client.get(LIST))
    for told in ("Courriel", "k:dead", "80", "n’accepte pas la connexion", "peut-être arrivé", "C’est arrivé"):
        assert told in shown
    assert "jeanne" not in shown
    assert "c2VjcmV0" not in shown


def test_a_dead_effect_is_sent_again_or_abandoned_with_its_event() -> None:
    client, account = sit(Role.ADMINISTRATOR)
    row = failed()
    client.post(f"{LIST}{row.pk}/renvoyer/")
    row.refresh_from_db()
    assert (row.state, row.attempts) == (OutboxState.PENDING, 0)
    client.post(f"{LIST}{row.pk}/abandonner/")  # it is no longer dead: nothing happens
    row.refresh_from_db()
    assert row.state == OutboxState.PENDING
    Outbox.objects.update(state=OutboxState.DEAD)
    client.post(f"{LIST}{row.pk}/abandonner/")
    row.refresh_from_db()
    assert row.state == OutboxState.ABANDONED
    told = Event.objects.filter(subject=f"outbox:{row.pk}").order_by("pk")
    assert [event.kind for event in told] == ["outbox.retried", "outbox.abandoned"]
    assert {event.actor for event in told} == {f"account:{account.pk}"}
    assert "Tout est parti" in page(client.get(LIST))


@pytest.mark.parametrize(("act", "state"), [("renvoyer", OutboxState.PENDING), ("abandonner", OutboxState.DONE)])
def test_an_uncertain_effect_is_settled(act: str, state: str) -> None:
    client, _account = sit(Role.ADMINISTRATOR)
    row = failed(OutboxState.UNCERTAIN, CUT)
    client.post(f"{LIST}{row.pk}/{act}/")
    row.refresh_from_db()
    assert row.state == state


def test_the_day_leads_there_and_only_the_administrators() -> None:
    failed()
    client, _account = sit(Role.ADMINISTRATOR)
    assert f'href="{reverse("desk_failures")}"' in page(client.get("/bureau/"))
    client, _account = sit(Role.MANAGER, service="waste")
    assert "envoi en échec" not in page(client.get("/bureau/"))
    Outbox.objects.all().delete()
    client, _account = sit(Role.ADMINISTRATOR)
    assert reverse("desk_failures") not in page(client.get("/bureau/"))


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("TimeoutError: timed out", "n’a pas répondu à temps"),
        ("GiveUp: no manifest declares the job 'x'", "Cette tâche n’existe plus"),
        ("ZeroDivisionError: division by zero", "imprévue"),
        ("", "imprévue"),
    ],
)
def test_errors_are_told_in_words(error: str, words: str) -> None:
    assert words in in_words(error)


def test_sending_again_a_notice_that_failed_makes_it_arrive() -> None:
    told = factories.delivery()
    Delivery.objects.filter(pk=told.pk).update(state=DeliveryState.FAILED, error="Le serveur ne répond pas.")
    Outbox.objects.update(state=OutboxState.DEAD, attempts=80)
    client, account = sit(Role.ADMINISTRATOR)
    client.post(f"{LIST}{Outbox.objects.get().pk}/renvoyer/")
    outbox.drain(NOW)
    told.refresh_from_db()
    assert told.state == DeliveryState.SENT
    assert MailboxMessage.objects.get().recipient == "jeanne@example.org"
    event = Event.objects.get(kind="messaging.delivery_requeued")
    assert (event.subject, event.actor) == ("case:1", f"account:{account.pk}")
