"""Public lists: what is near, what everyone may read and what nobody may, duplicates joined and told."""

import json
from datetime import timedelta
from math import cos, radians

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from bocage.base import outbox
from bocage.base.actors import Actor
from bocage.base.models import Outbox
from bocage.cases.agent_timeline import next_dates
from bocage.cases.engine import Refused
from bocage.cases.models import Case, PublicCase
from bocage.cases.operations import move_case, run_clock, submit_case, withdraw_case
from bocage.cases.operations.joining import follow, join_case, join_draft
from bocage.cases.privacy import erase_case
from bocage.cases.public import listed, near, records
from bocage.cases.queries import day_groups
from bocage.cases.schema import ProcedureDocument
from bocage.cases.sealing import open_answers
from bocage.identity.actors import actor_of_account
from bocage.identity.models import Account, Role
from bocage.messaging.models import Notice
from bocage.territory.queries import distance_km
from tests.cases.desk import page, sit
from tests.cases.factories import RESIDENT, body, composter, document
from tests.cases.public import LAT, LON, SLUG, draft, filed, spot
from tests.identity import factories
from tests.territory.factories import mormal

METRE = 1 / 111_195  # degrees of latitude


@pytest.fixture
def territory(db, now):
    """Mormal, as it is loaded."""
    return mormal(now)


pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("territory")]


def answers(case):
    return open_answers(case.answers)


def press(case, button, now, **values):
    agent = factories.agent(Role.MANAGER, service="participation")
    fresh = Case.objects.select_related("version", "procedure").get(pk=case.pk)
    move_case(fresh, button, agent=agent, actor=actor_of_account(agent), now=now, agent_values=values)
    outbox.drain(now)
    return fresh


def told(case):
    return [
        name.split(".")[1]
        for name in Notice.objects.filter(subject=case.subject).order_by("pk").values_list("template", flat=True)
    ]


# --- Near ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, 0),
        ({"where": spot(LAT + 60 * METRE)}, 60),
        ({"where": spot(LAT + 98 * METRE)}, 98),
        ({"where": spot(LAT + 104 * METRE)}, None),
        ({"where": spot(LAT, LON + 98 * METRE / 0.64)}, 98),
        ({"where": spot(LAT, LON + 106 * METRE / 0.64)}, None),
        ({"where": spot(None)}, "commune"),
        ({"where": spot(None, insee="59265")}, None),
        ({"category": "light"}, None),
        ({"shown": "non"}, None),
    ],
)
def test_what_is_near_is_of_the_same_kind_running_and_agreed_to(now, changes, found):
    filed(now, **changes)
    mine = draft(now)
    rows = near(mine, answers(mine))
    if found is None:
        assert rows == []
    else:
        assert len(rows) == 1
        metres = rows[0].metres
        assert metres is None if found == "commune" else abs(metres - found) <= 1


@given(north=st.floats(-150, 150), east=st.floats(-150, 150))
def test_the_box_that_the_database_reads_never_cuts_what_is_within_reach(north, east):
    lat, lon = LAT + north * METRE, LON + east * METRE / cos(radians(LAT))
    high = 100 * 1.01 / 111_000
    boxed = abs(lat - LAT) <= high and abs(lon - LON) <= high / cos(radians(LAT))
    assert boxed or distance_km(LAT, LON, lat, lon) * 1000 > 100


def test_an_ended_report_is_not_near_and_agents_see_those_kept_private(now):
    first, hidden, mine = filed(now), filed(now, shown="non"), draft(now)
    assert [item.row.case_id for item in near(mine, answers(mine))] == [first.pk]
    every = {item.row.case_id for item in near(mine, answers(mine), only_shown=False)}
    assert every == {first.pk, hidden.pk}
    press(first, "mend", now)
    assert near(mine, answers(mine)) == []


# --- Joined --------------------------------------------------------------------------------------------------------
def test_me_too_joins_and_everyone_is_told_the_same_once(now):
    first = filed(now, email="premier@example.org")
    second, third = draft(now, email="deux@example.org"), draft(now, shown="non")
    for case in (second, third):
        join_draft(case, first.in_public, actor=RESIDENT, now=now)
        case = submit_case(case, actor=RESIDENT, now=now)
        assert case.state == "joined"
    press(first, "plan", now, planned_on="2026-03-16", answer="Le matin.")
    press(first, "mend", now)
    outbox.drain(now)
    for case in (second, third):
        case.refresh_from_db()
        assert (case.state, case.outcome) == ("mended", "closed")
        assert told(case) == ["receipt", "joined", "planned", "mended"]
    planned = Notice.objects.get(subject=second.subject, template=f"{SLUG}.planned")
    assert "16\xa0mars 2026" in planned.body
    assert "Le matin." in planned.body
    assert [row["autres_personnes"] for row in records(first.procedure)] == [2]


def test_news_told_late_are_all_told(now):
    """Planned and mended before anyone was told of the first: nobody is left with half of it."""
    first, second = filed(now), filed(now, email="deux@example.org")
    join_case(second, first, actor=Actor.system("test"), now=now)
    agent = factories.agent(Role.MANAGER, service="participation")
    for button, values in (("plan", {"planned_on": "2026-03-16"}), ("mend", {})):
        fresh = Case.objects.select_related("version", "procedure").get(pk=first.pk)
        move_case(fresh, button, agent=agent, actor=actor_of_account(agent), now=now, agent_values=values)
    outbox.drain(now)
    second.refresh_from_db()
    assert second.state == "mended"
    assert told(second) == ["receipt", "joined", "planned", "mended"]


def test_what_was_heard_is_not_heard_again(now):
    first, second = filed(now), draft(now)
    join_draft(second, first.in_public, actor=RESIDENT, now=now)
    submit_case(second, actor=RESIDENT, now=now)
    press(first, "plan", now, planned_on="2026-03-16")

    class Again:
        payload = Outbox.objects.filter(topic="cases.joined").latest("pk").payload

    Again.now = now
    follow(Again)
    assert told(second).count("planned") == 1


def test_an_agent_joins_takes_apart_and_a_first_given_up_leaves_the_others_alone(now):
    first, second, third = filed(now), filed(now), filed(now)
    agent = Actor.system("test")
    join_case(second, first, actor=agent, now=now)
    join_case(Case.objects.get(pk=first.pk), Case.objects.get(pk=third.pk), actor=agent, now=now)
    joins = dict(PublicCase.objects.values_list("case", "joins__case"))
    assert joins == {first.pk: third.pk, second.pk: third.pk, third.pk: None}, "nobody waits behind two doors"
    press(second, "separate", now)
    assert PublicCase.objects.get(case=second).joins is None
    withdraw_case(Case.objects.select_related("version", "procedure").get(pk=third.pk), actor=RESIDENT, now=now)
    outbox.drain(now)
    first.refresh_from_db()
    assert (first.state, PublicCase.objects.get(case=first).joins) == ("received", None)


def test_one_taken_apart_and_joined_again_before_anyone_hears_waits_for_news(now):
    first, second = filed(now), filed(now)
    join_case(second, first, actor=Actor.system("test"), now=now)
    agent = factories.agent(Role.MANAGER, service="participation")
    again = Case.objects.select_related("version", "procedure").get(pk=second.pk)
    move_case(again, "separate", agent=agent, actor=actor_of_account(agent), now=now)
    assert PublicCase.objects.get(case=second).joins is None
    join_case(Case.objects.select_related("version", "procedure").get(pk=second.pk), first, actor=RESIDENT, now=now)
    press(first, "mend", now)
    second.refresh_from_db()
    assert second.state == "mended"


def test_one_joins_no_report_that_ended_while_one_read_its_page(now):
    first, second = filed(now), filed(now)
    stale = Case.objects.select_related("version", "procedure").get(pk=first.pk)
    press(first, "mend", now)
    with pytest.raises(Refused, match="vient de changer"):
        join_case(second, stale, actor=Actor.system("test"), now=now)
    second.refresh_from_db()
    assert (second.state, PublicCase.objects.get(case=second).joins) == ("received", None)


def test_a_report_that_ended_before_one_sends_leaves_the_draft_alone(now):
    first, second = filed(now), draft(now)
    join_draft(second, first.in_public, actor=RESIDENT, now=now)
    press(first, "mend", now)
    second = submit_case(second, actor=RESIDENT, now=now)
    assert (second.state, PublicCase.objects.get(case=second).joins) == ("received", None)


def test_the_desk_joins_within_reach_only(now):
    with time_machine.travel(now, tick=False):
        first, second = filed(now), filed(now, shown="non")
        client, _account = sit(Role.MANAGER, service="participation")
        address = reverse("cases_together", args=[second.reference])
        assert first.reference in page(client.get(address))
        other, _account = sit(Role.MANAGER, service="waste")
        assert other.post(address, {"do": "join", "other": first.reference}).status_code == 404
        assert client.post(address, {"do": "join", "other": first.reference}).status_code == 302
        second.refresh_from_db()
        assert second.state == "joined"
        assert client.post(address, {"do": "join", "other": first.reference}).status_code == 422


# --- Nobody forgets ------------------------------------------------------------------------------------------------
def test_a_report_that_nobody_mends_comes_back_to_the_agents(now):
    first, second = filed(now), filed(now)
    join_case(second, Case.objects.get(pk=first.pk), actor=Actor.system("test"), now=now)
    passed = press(first, "pass_on", now, competent="department")
    assert [one["label"] for one in next_dates(passed)] == ["Un mois sans nouvelles : relancer"]
    account = factories.agent(Role.AGENT, service="participation")

    def late(at):
        groups = day_groups(account, Account.objects.none(), at)
        return [one.reference for group in groups if group.key == "late" for one in group.cases]

    in_time, over = now + timedelta(days=30), now + timedelta(days=31)
    assert run_clock(in_time) == 0
    assert late(in_time) == []
    assert run_clock(over) == 1
    outbox.drain(over)
    assert late(over) == [first.reference]
    second.refresh_from_db()
    assert second.state == "joined", "the others wait on"
    day = (over + timedelta(days=7)).date().isoformat()
    planned = press(first, "plan", over, planned_on=day)
    assert [one["label"] for one in next_dates(planned)] == ["Intervention prévue le"]
    assert late(over) == []
    after = over + timedelta(days=8)
    assert run_clock(after) == 1
    assert late(after) == [first.reference]
    press(first, "mend", after)
    assert run_clock(after + timedelta(days=90)) == 0
    second.refresh_from_db()
    from bocage.base.models import Outbox

    for r in Outbox.objects.filter(topic="cases.joined"):
        print(r.key, r.state, r.last_error, r.payload, r.next_attempt_at)
    row = PublicCase.objects.get(case=second)
    print(row.heard, row.joins_id, row.case.state, first.pk)
    assert second.state == "mended"


# --- What everyone reads -------------------------------------------------------------------------------------------
SECRETS = ("Marcelle", "marcelle@example.org", "0353010012", "03 53 01 00 12", "Mon voisin", "50.2489", "3.6371")


def public_pages():
    client = Client()
    names = ("public_cases", "data_public_cases_csv", "data_public_cases_geojson")
    return [client.get(reverse(name, args=[SLUG])) for name in names]


def test_nothing_of_people_is_published_and_only_what_they_agreed_to(now):
    case = filed(now, email="marcelle@example.org", phone="03 53 01 00 12", details="Mon voisin le sait.")
    filed(now, shown="non", category="dump")
    draft(now, category="light")
    press(case, "plan", now, planned_on="2026-03-16", answer="Mon voisin, encore.")
    with time_machine.travel(now, tick=False):
        for answer in public_pages():
            assert answer.status_code == 200
            text = page(answer)
            assert "Trou ou chaussée abîmée" in text
            for secret in (*SECRETS, case.reference):
                assert secret not in text
        listing, _table, geo = public_pages()
        assert "1 signalement" in page(listing)
        feature = json.loads(geo.content)["features"]
        assert [one["geometry"]["coordinates"] for one in feature] == [[3.637, 50.249]]
        assert feature[0]["properties"]["prevu_le"] == "2026-03-16"


def test_an_erased_case_leaves_the_list(now):
    case = press(filed(now), "mend", now)
    assert listed(case.procedure).count() == 1
    erase_case(case, actor=Actor.system("test"), now=now)
    assert listed(case.procedure).count() == 0


def test_the_list_filters_and_asks_as_many_questions_for_one_line_as_for_many(now):
    filed(now)
    with time_machine.travel(now, tick=False):
        client, address = Client(), reverse("public_cases", args=[SLUG])
        client.get(address)

        with CaptureQueriesContext(connection) as one:
            client.get(address)
        for number in range(12):
            filed(now, category=("road", "light")[number % 2], where=spot(None, insee="59265"))
        with CaptureQueriesContext(connection) as many:
            text = page(client.get(address))
        assert "13 signalements" in text
        assert len(many) <= len(one)
        assert sum("publiccase" in query["sql"] for query in many) == 2, "how many there are, then one page of them"
        assert "6 signalements" in page(client.get(address, {"genre": "light"}))
        assert "1 signalement" in page(client.get(address, {"commune": "59481"}))
        assert "0 signalement" in page(client.get(address, {"etat": "finis"}))


def test_a_procedure_without_public_list_has_no_such_page(now):
    composter(now)
    with time_machine.travel(now, tick=False):
        assert Client().get(reverse("public_cases", args=["composteur"])).status_code == 404


# --- On line -------------------------------------------------------------------------------------------------------
def test_anonymous_from_the_first_page_to_me_too(now):
    first = filed(now)
    with time_machine.travel(now, tick=False):
        client = Client()
        start = reverse("procedure_start", args=[SLUG])
        danger = client.post(start, {"_shown": "danger", "danger": "oui"})
        assert "112" in page(danger)
        assert client.post(start, {"_shown": "danger", "danger": "non"}).status_code == 302
        case = Case.objects.latest("pk")
        assert (case.contact_email, case.contact_phone, case.applicant) == ("", "", None)
        code = page(client.get(reverse("case_code", args=[case.reference])))
        assert case.reference in code

        def step(name, **values):
            address = reverse("case_step", args=[case.reference, name])
            return client.post(address, {"_shown": list({key.split(".")[0] for key in values}), **values})

        step("what", category="road", blocks="oui")
        place = {f"where.{key}": value for key, value in spot(LAT + 40 * METRE).items()}
        step("place", **place, details="")
        news = page(client.get(reverse("case_step", args=[case.reference, "news"])))
        assert "Déjà signalé près d’ici" in news
        assert "à 40 m" in news
        stranger = PublicCase.objects.create(case=draft(now), shown=True)
        join = reverse("case_join", args=[case.reference])
        client.post(join, {"other": stranger.pk})
        assert not PublicCase.objects.filter(case=case).exists(), "only what was proposed"
        client.post(join, {"other": first.in_public.pk})
        step("news", shown="non", email="", phone="")
        assert "Vous rejoignez" in page(client.get(reverse("case_check", args=[case.reference])))
        client.post(reverse("case_check", args=[case.reference]), {"confirm": "oui"})
        case.refresh_from_db()
        assert case.state == "joined"
        assert Client().post(join, {"other": ""}).status_code != 200, "a stranger opens nothing"


def test_elsewhere_a_contact_is_still_asked(now):
    composter(now)
    with time_machine.travel(now, tick=False):
        start = reverse("procedure_start", args=["composteur"])
        told = {"_shown": ["lives_here", "already_has"], "lives_here": "oui", "already_has": "non"}
        assert "au moins l’un des deux" in page(Client().post(start, told))
    assert not Case.objects.exists()


# --- The document --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("key", ["place", "category", "consent", "planned"])
@pytest.mark.parametrize("name", ["details", "gone"])
def test_a_list_of_other_fields_is_refused(key, name):
    wrong = {**body(SLUG), "public_list": {**body(SLUG)["public_list"], key: name}}
    with pytest.raises(ValueError, match="liste publique"):
        ProcedureDocument.model_validate(wrong)
    assert document(SLUG).public_list.near_metres == 100
