"""What people were told: exported, erased on request, and forgotten in time with its papers."""

from datetime import timedelta

import pytest
from django.core.files.storage import storages

from bocage.messaging import privacy
from bocage.messaging.models import Delivery, DeliveryState, LetterBatch, MailboxMessage, Notice
from bocage.messaging.operations import Recipient, print_batch
from bocage.messaging.operations.letters import draw, draw_waiting
from tests.conftest import NOW
from tests.identity.factories import agent, person
from tests.messaging import factories

pytestmark = pytest.mark.django_db


def someone():
    who = person()
    return who, Recipient(name="Camille Martin", address_lines=("1 rue X", "59530 LE QUESNOY"), person_id=who.pk)


def test_export_tells_one_person_their_own_notices():
    who, recipient = someone()
    factories.notice(recipient)
    factories.notice()
    (told,) = privacy.export(who)["avis"]
    assert told["titre"] == "Votre demande K7RF-2M9X-C est reçue"
    assert told["a"] == "1 rue X\n59530 LE QUESNOY"


def test_erasing_takes_words_name_address_and_paper_and_leaves_dates():
    who, recipient = someone()
    letter = factories.letter(recipient)
    draw(letter, NOW)
    key = letter.pdf
    factories.notice(key="of someone else")
    privacy.erase(who, factories.SYSTEM, NOW)
    row = Delivery.objects.get(pk=letter.pk)
    assert (row.name, row.address, row.person_id, row.state) == ("", "", None, DeliveryState.FAILED)
    assert row.notice.body == ""
    assert row.recipient_key == f"erased:{row.pk}"  # it said person:7
    assert not storages["private"].exists(key)
    assert Notice.objects.get(key="of someone else").body
    assert draw_waiting(NOW) == 0  # nor is an empty paper drawn for nobody


def test_what_is_past_its_time_goes_with_its_papers():
    letter = factories.letter()
    batch = print_batch([letter], account=agent("administrator"), actor=factories.SYSTEM, now=NOW)
    factories.notice(key="recent", now=NOW + privacy.KEPT)
    paper = letter.pdf
    assert privacy.retention_due(NOW + privacy.KEPT) == 1
    assert privacy.retention(NOW + privacy.KEPT) == 1
    batch.refresh_from_db()
    assert batch.pdf == ""
    assert storages["private"].exists(paper)
    assert privacy.retention_due(NOW + privacy.KEPT + timedelta(days=1)) == 1
    assert privacy.retention(NOW + privacy.KEPT + timedelta(days=1)) == 1
    assert privacy.retention_due(NOW + privacy.KEPT + timedelta(days=1)) == 0
    assert not storages["private"].exists(paper)
    assert Notice.objects.get().key == "recent"
    assert LetterBatch.objects.count() == 1


def test_all_that_is_past_its_time_goes_in_one_night(monkeypatch):
    monkeypatch.setattr(privacy, "SLICE", 2)
    for _ in range(5):
        factories.notice()
    assert privacy.retention(NOW + privacy.KEPT + timedelta(days=1)) == 5
    assert not Notice.objects.exists()


def test_old_post_of_the_demonstration_goes():
    MailboxMessage.objects.create(kind="sms", key="k", recipient="x", raw=b"x", at=NOW)
    privacy.retention(NOW + timedelta(days=40))
    assert not MailboxMessage.objects.exists()
