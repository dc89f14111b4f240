"""The demonstration's cards, bins, digital help and grants: told once, in several communes, without a refusal."""

from datetime import timedelta

import pytest

from bocage.cases.models import Case, IssuedDocument
from bocage.cases.operations import load as load_procedures
from bocage.identity import demo as people
from bocage.messaging.models import Notice
from bocage.services.associations import demo as associations
from bocage.services.mediation import demo as mediation
from bocage.services.participation import demo as participation
from bocage.services.waste import stories as waste
from bocage.territory.operations import load_territory

pytestmark = [pytest.mark.slow, pytest.mark.django_db]


def test_each_story_is_told_once_to_its_end(now):
    load_territory("mormal", now=now)
    load_procedures(now)
    people.load(now)
    for _time in range(2):
        waste.load(now)
        mediation.load(now)
        participation.load(now)
        associations.load(now)
    cases = Case.objects.exclude(state="")
    told = (waste, mediation, participation, associations)
    assert cases.count() == sum(len(one.STORIES) for one in told)
    assert not Case.objects.filter(state="").exists()
    assert cases.values("commune").distinct().count() >= 6
    found = sorted(f"{slug} {state}" for slug, state in cases.values_list("procedure__slug", "state"))
    assert found == [
        "aide-numerique helped",
        "aide-numerique planned",
        "aide-numerique received",
        "aide-numerique studying",
        "bac-roulant done",
        "bac-roulant planned",
        "bac-roulant received",
        "bac-roulant studying",
        "carte-decheterie correcting",
        "carte-decheterie issued",
        "carte-decheterie issued",
        "carte-decheterie received",
        "carte-decheterie rejected",
        "signaler-un-probleme declined",
        "signaler-un-probleme joined",
        "signaler-un-probleme mended",
        "signaler-un-probleme passed",
        "signaler-un-probleme planned",
        "signaler-un-probleme received",
        "subvention-association agreement",
        "subvention-association council",
        "subvention-association paid",
        "subvention-association received",
    ]
    assert sorted(IssuedDocument.objects.values_list("void_reason", flat=True)) == ["", "", "lost"]
    assert cases.filter(complete=False).count() == 1, "the proof of who telephoned is still to come"
    assert not Notice.objects.filter(created_at__gt=now + timedelta(minutes=1)).exists()
