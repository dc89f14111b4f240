"""The demonstration of the waste service: a believable story that ends today, and never doubles."""

from datetime import timedelta

import pytest

from bocage.base import journal
from bocage.base.models import Event, Outbox
from bocage.cases.models import Case
from bocage.cases.operations import load as load_procedures
from bocage.identity import demo as people
from bocage.identity.models import Account
from bocage.messaging.models import Letter
from bocage.services.waste import demo
from bocage.territory.models import Commune
from bocage.territory.operations import load_territory

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def test_the_story_covers_the_territory_ends_today_and_goes_on(now):
    load_territory("mormal", now=now)
    load_procedures(now)
    people.load(now)
    demo.load(now)
    filed = Case.objects.exclude(state="")
    assert set(filed.values_list("commune_id", flat=True)) == set(Commune.objects.values_list("pk", flat=True))
    assert filed.filter(received_on=now.date()).exists()
    assert filed.filter(outcome="", announced_on__lt=now.date(), waiting_for="agent").exists(), "a late case"
    assert filed.exclude(channel="web").exists()
    assert set(filed.values_list("outcome", flat=True)) >= {"", "accepted", "rejected"}
    assert Letter.objects.filter(return_reason="npai").count() == 1
    suzanne = Account.objects.get(username="demo-suzanne").person
    assert suzanne is not None
    assert Letter.objects.filter(delivery__person=suzanne, batch=None).exclude(pdf="").exists(), "to be printed"
    assert not Outbox.objects.exclude(state="done").filter(topic__startswith="messaging").exists()
    before = filed.count()
    demo.load(now)
    assert filed.count() == before
    demo.load(now + timedelta(days=1))
    assert filed.count() > before
    assert not Event.objects.filter(at__gt=now + timedelta(days=1)).exists()
    journal.seal(now + timedelta(days=2))
    assert journal.verify().ok
