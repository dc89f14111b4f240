"""SMS: how texts are cut, and what becomes of a provider that refuses, delays or falls silent."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bocage.base import outbox
from bocage.messaging import sms
from bocage.messaging.manifest import PATIENT
from bocage.messaging.models import DeliveryState, MailboxMessage
from tests.conftest import NOW
from tests.messaging import factories


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a" * 160, ("GSM-7", 160, 1)),
        ("a" * 161, ("GSM-7", 161, 2)),
        ("a" * 306, ("GSM-7", 306, 2)),
        ("a" * 307, ("GSM-7", 307, 3)),
        ("é" * 160, ("GSM-7", 160, 1)),
        ("€" * 80, ("GSM-7", 160, 1)),
        ("a" * 152 + "€" + "a" * 152, ("GSM-7", 306, 3)),  # the euro is never cut: its first half would not fit
        ("ê" * 70, ("UCS-2", 70, 1)),
        ("ê" * 71, ("UCS-2", 71, 2)),
        ("🌳" * 35, ("UCS-2", 70, 1)),
        ("", ("GSM-7", 0, 1)),
    ],
)
def test_segments(text, expected):
    cut = sms.segments(text)
    assert (cut.alphabet, cut.places, cut.count) == expected


def test_typography_does_not_halve_the_room():
    assert sms.plain("« L’avis »\u00a0: 12\u202f€ – vu…") == '" L\'avis " : 12 € - vu...'
    assert sms.segments(sms.plain("« L’avis » – …")).alphabet == "GSM-7"


class Provider:
    """A provider with orders."""

    def __init__(self):
        self.sent, self.orders = [], []

    def send(self, number, text, idempotency_key):
        if self.orders:
            raise self.orders.pop(0)
        self.sent.append((number, text, idempotency_key))
        return "ref-1"


@pytest.fixture
def provider(monkeypatch):
    made = Provider()
    monkeypatch.setattr(sms, "port", lambda: made)
    return made


@pytest.mark.django_db
def test_an_sms_leaves_once_with_its_key(provider):
    row = factories.delivery(factories.SMS, link="/d/x")
    assert outbox.drain(NOW) == 1
    row.refresh_from_db()
    assert (row.state, row.provider_ref) == (DeliveryState.SENT, "ref-1")
    assert provider.sent == [
        ("+33612345678", "Votre demande K7RF-2M9X-C est reçue http://localhost:8000/d/x", row.message_id)
    ]


@pytest.mark.django_db
def test_a_refusal_is_final(provider):
    provider.orders = [sms.SmsRefused("Numéro non attribué.")]
    row = factories.delivery(factories.SMS)
    outbox.drain(NOW)
    outbox.drain(NOW + timedelta(days=1))
    row.refresh_from_db()
    assert (row.state, row.error) == (DeliveryState.FAILED, "Numéro non attribué.")
    assert provider.sent == []


@pytest.mark.django_db
def test_a_provider_that_asks_to_wait_is_asked_again(provider):
    provider.orders = [sms.SmsDeferred("Trop d’envois.")]
    row = factories.delivery(factories.SMS)
    outbox.drain(NOW)
    row.refresh_from_db()
    assert (row.state, row.error) == (DeliveryState.QUEUED, "Trop d’envois.")
    outbox.drain(NOW + timedelta(hours=1))
    assert len(provider.sent) == 1


@pytest.mark.django_db
def test_silence_is_uncertain_and_repeated_under_the_same_key(provider):
    provider.orders = [TimeoutError()]
    row = factories.delivery(factories.SMS)
    outbox.drain(NOW)
    row.refresh_from_db()
    assert row.state == DeliveryState.UNCERTAIN
    outbox.drain(NOW + timedelta(hours=1))
    row.refresh_from_db()
    assert row.state == DeliveryState.SENT
    assert provider.sent[0][2] == row.message_id


@pytest.mark.django_db
def test_waiting_for_ever_ends_as_a_failure(provider):
    provider.orders = [sms.SmsDeferred("Trop d’envois.")] * PATIENT
    row = factories.delivery(factories.SMS)
    for hours in range(PATIENT):
        outbox.drain(NOW + timedelta(hours=2 * hours))
    row.refresh_from_db()
    assert row.state == DeliveryState.FAILED


@pytest.mark.django_db
def test_the_demonstration_records_whatever_the_settings_say(settings, demonstration):
    settings.ENV = replace(settings.ENV, sms="tests.messaging.test_sms.Provider")
    assert isinstance(sms.port(), sms.Recorded)
    factories.notice(factories.SMS)
    outbox.drain(NOW)
    assert MailboxMessage.objects.get().kind == "sms"


@pytest.mark.django_db
def test_a_production_uses_its_provider_or_waits(settings):
    settings.ENV = replace(settings.ENV, mode="production", sms="tests.messaging.test_sms.Provider")
    assert isinstance(sms.port(), Provider)
    settings.ENV = replace(settings.ENV, mode="production", sms="")
    row = factories.delivery(factories.SMS)
    outbox.drain(NOW)
    row.refresh_from_db()
    assert (row.state, "BOCAGE_SMS" in row.error) == (DeliveryState.QUEUED, True)
