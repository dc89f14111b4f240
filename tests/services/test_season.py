"""The demonstration's season of workshops: every commune has something coming, and loading twice doubles nothing."""

from datetime import timedelta

import pytest

from bocage.agenda import queries
from bocage.agenda.models import Offer, Registration, Session, State
from bocage.identity import demo as people
from bocage.services.mediation import season
from bocage.territory.models import Commune
from bocage.territory.operations import load_territory

pytestmark = [pytest.mark.slow, pytest.mark.django_db]


def test_every_commune_has_something_coming(now):
    load_territory("mormal", now=now)
    people.load(now)
    season.load(now)
    counts = Offer.objects.count(), Session.objects.count(), Registration.objects.count()
    season.load(now)
    assert (Offer.objects.count(), Session.objects.count(), Registration.objects.count()) == counts
    coming = queries.coming(now)
    assert coming.values("commune").distinct().count() == Commune.objects.count() == 52
    assert coming.filter(offer__slug="smartphone-pas-a-pas").values("commune").distinct().count() == 35
    assert Registration.objects.filter(state=State.WAITING).exists()
    assert Registration.objects.filter(state=State.CONFIRMED).count() > 100
    assert queries.drift() == []
    later = now + timedelta(days=40)
    season.load(later)
    assert queries.coming(later).values("commune").distinct().count() == 52
