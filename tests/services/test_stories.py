"""The demonstration's cards, bins, digital help and grants: told once, in several communes, without a refusal."""

from datetime import timedelta

import pytest

from bocage.base.actors import Actor
from bocage.cases.models import Agreement, Case, IssuedDocument, Procedure
from bocage.cases.operations import end_agreement, entrust
from bocage.cases.operations import load as load_procedures
from bocage.cases.queries import visible_to
from bocage.identity import demo as people
from bocage.identity.models import Account, Post
from bocage.messaging.models import Logo, Notice
from bocage.services.associations import demo as associations
from bocage.services.mediation import demo as mediation
from bocage.services.participation import demo as participation
from bocage.services.waste import stories as waste
from bocage.territory.models import Organisation
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
    assert cases.count() == sum(len(one.STORIES) for one in told) + len((*waste.THEIRS, *participation.PICTURED))
    assert not Case.objects.filter(state="").exists()
    assert cases.values("commune").distinct().count() >= 6
    found = sorted(f"{slug} {state}" for slug, state in cases.values_list("procedure__slug", "state"))
    assert found == [
        "aide-numerique helped",
        "aide-numerique planned",
        "aide-numerique received",
        "aide-numerique studying",
        "bac-roulant done",
        "bac-roulant done",
        "bac-roulant planned",
        "bac-roulant received",
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


def test_bins_of_three_communes_are_a_syndicates_and_nobody_else_reads_them(now):
    load_territory("mormal", now=now)
    load_procedures(now)
    people.load(now)
    waste.load(now)
    theirs = Case.objects.filter(organisation__kind="syndicate")
    assert theirs.count() == len(waste.THEIRS)
    assert set(theirs.values_list("custody", "apart")) == {("held", True)}
    agents = {name: Account.objects.get(username=name) for name in ("demo-syndicat", "demo-agent", "demo-responsable")}
    on = now.date()
    assert set(visible_to(agents["demo-syndicat"], on)) == set(theirs)
    assert not visible_to(agents["demo-agent"], on).filter(pk__in=theirs).exists()
    assert not visible_to(agents["demo-responsable"], on).filter(pk__in=theirs).exists()
    receipt = Notice.objects.get(subject=theirs.order_by("pk")[0].subject, template="bac-roulant.receipt")
    assert receipt.head["logo"] == Logo.objects.get().sha256
    assert receipt.head["name"] == "Syndicat des Quatre Haies (exemple)"


def test_a_house_that_has_the_demonstration_gets_the_syndicate_and_what_people_ended_stays_so(now):
    load_territory("mormal", now=now)
    load_procedures(now)
    people.load(now)
    Post.objects.filter(account__username="demo-syndicat").delete()
    waste.load(now)  # as it was told before there was a syndicate
    assert not Agreement.objects.exists()
    Account.objects.filter(username="demo-syndicat").delete()
    people.load(now)
    waste.load(now)
    agreement = Agreement.objects.get()
    assert Case.objects.filter(agreement=agreement).count() == len(waste.THEIRS)
    end_agreement(agreement, last=now.date(), actor=Actor.system("test"), now=now)
    waste.load(now)
    assert Agreement.objects.get().ends == now.date()


def test_nothing_is_added_where_people_entrusted_the_bins_to_someone_else(now):
    load_territory("mormal", now=now)
    load_procedures(now)
    people.load(now)
    hall = Organisation.objects.get(kind="commune", commune__insee="59259")
    told = {"what": "counter", "sight": "all", "communes": [], "starts": now.date(), "ends": None, "head": {}}
    entrust(Procedure.objects.get(slug="bac-roulant"), hall, **told, actor=Actor.system("test"), now=now)
    waste.load(now)
    assert Agreement.objects.get().organisation == hall
    assert not Case.objects.filter(organisation__kind="syndicate").exists()
