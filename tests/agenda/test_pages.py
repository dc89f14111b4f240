"""The public pages: what is coming, registering with and without an account, one's registration; hostile requests."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bocage.agenda import operations
from bocage.agenda.access import link_to
from bocage.agenda.models import Ended, Registration, State
from bocage.identity import operations as identity
from bocage.identity.models import Membership
from tests.agenda.factories import SYSTEM, enrol, offer, series, session, someone, terms
from tests.conftest import NOW
from tests.identity import factories as people

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("territory", "frozen")]
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
SUZANNE = {"name": "Suzanne Bellehaie", "phone": "06 12 34 56 78", "email": "", "needs": ""}


@pytest.fixture(autouse=True)
def counted_afresh():
    """What one may do so many times an hour is counted from nothing in each test."""
    caches["default"].clear()


def address(one) -> str:
    kind = "seance" if hasattr(one, "starts") else "serie"
    return f"/agenda/{one.offer.slug}/{kind}/{one.pk}/"


def signed_in(**person) -> Client:
    client = Client()
    client.force_login(people.resident(**person), backend=BACKEND)
    return client


def plain(response) -> str:
    return response.content.decode().replace("\u00a0", " ").replace("\u202f", " ")


# --- What is coming -------------------------------------------------------------------------------------------------
def test_the_agenda_shows_what_is_coming_day_by_day(client):
    one = session(offer(terms(2)))
    session(days=-1)
    hidden = session(offer(published=False))
    enrol(one)
    enrol(one)
    html = plain(client.get("/agenda/"))
    assert "mardi 17 mars 2026" in html
    assert "de 14 h à 16 h – complet, liste d’attente" in html
    assert hidden.offer.title not in html
    assert html.count('<li><a href="/agenda/') == 1


def test_the_agenda_is_narrowed(client):
    session(days=3)
    later = session(days=30)
    html = plain(client.get("/agenda/?du=01/04/2026"))
    assert later.offer.title in html
    assert html.count('<li><a href="/agenda/') == 1
    assert "Rien de prévu avec ces choix" in plain(client.get("/agenda/?commune=59353"))


@pytest.mark.parametrize("query", ["du=hier", "du=99/99/9999", "commune=%00", "page=99999999999999999999", "theme='"])
def test_what_makes_no_sense_is_not_an_error(client, query):
    session()
    assert client.get(f"/agenda/?{query}").status_code == 200


def test_fifty_sessions_cost_few_queries(client):
    """Of the agenda: to count, to read, and the pools. The rest is the layout's, kept in memory outside tests."""
    for number in range(12):
        course = series(count=5, first=date(2026, 3, 16) + timedelta(days=number))
    for path, most in (("/agenda/", 3), (f"/agenda/{course.offer.slug}/", 4)):
        with CaptureQueriesContext(connection) as made:
            html = plain(client.get(path))
        assert sum('FROM "agenda_' in query["sql"] for query in made) <= most
        assert html.count('<li><a href="/agenda/' if path == "/agenda/" else "/seance/") == (
            50 if path == "/agenda/" else 5
        )


def test_a_draft_and_an_unknown_offer_are_the_same(client):
    draft = session(offer(published=False))
    one = session()
    for path in (
        f"/agenda/{draft.offer.slug}/",
        address(draft),
        "/agenda/rien/",
        f"/agenda/{one.offer.slug}/seance/999999/",
        f"/agenda/{one.offer.slug}/seance/{'9' * 18}/",
        address(draft).replace(draft.offer.slug, one.offer.slug),
    ):
        assert client.get(path).status_code == 404


# --- Registering ----------------------------------------------------------------------------------------------------
def test_without_an_account_one_leaves_a_name_and_a_telephone(client):
    one = session()
    assert "Un compte n’est pas nécessaire" in plain(client.get(address(one)))
    response = client.post(address(one), {**SUZANNE, "_once": uuid4()})
    row = Registration.objects.get()
    assert response["Location"] == f"/inscriptions/{row.reference}/"
    assert (row.name, row.phone, row.account) == ("Suzanne Bellehaie", "+33612345678", None)
    page = plain(client.get(response["Location"]))
    assert "Inscription faite" in page
    assert "mardi 17 mars 2026, de 14 h à 16 h" in page


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": ""}, "Écrivez un prénom et un nom"),
        ({"phone": ""}, "Indiquez un téléphone ou une adresse électronique"),
        ({"phone": "12"}, "Ce numéro n’est pas complet"),
        ({"email": "suzanne"}, "Cette adresse n’est pas complète"),
        ({"needs": "x" * 401}, "400"),
        ({"name": "x" * 161}, "160"),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_lost(client, changes, said):
    one = session()
    response = client.post(address(one), {**SUZANNE, **changes})
    assert response.status_code == 422
    assert said in plain(response)
    assert changes.get("name") == "" or "Suzanne" in plain(response) or "xxx" in plain(response)
    assert not Registration.objects.exists()


def test_pressed_twice_it_is_done_once(client):
    one, form = session(), {**SUZANNE, "_once": uuid4()}
    first, second = client.post(address(one), form), client.post(address(one), form)
    assert first["Location"] == second["Location"]
    assert Registration.objects.count() == 1


def test_full_leads_to_the_line_with_all_that_was_typed(client):
    one = session(offer(terms(1)))
    assert "C’est complet" not in plain(client.get(address(one)))
    enrol(one)
    assert "C’est complet" in plain(client.get(address(one)))
    response = client.post(address(one), {**SUZANNE, "needs": "Un fauteuil <b>"})
    assert response.status_code == 409
    html = plain(response)
    assert "Vous n’êtes pas inscrit" in html
    assert 'name="needs" value="Un fauteuil &lt;b&gt;"' in html
    response = client.post(address(one), {**SUZANNE, "wait": "1"})
    assert "rang 1" in plain(client.get(response["Location"]))


@pytest.mark.parametrize(("days", "status", "said"), [(-1, 409, "déjà commencé"), (7, 409, "déjà inscrite")])
def test_refusals_are_said_with_what_to_do(client, days, status, said):
    one = session(days=days)
    for _time in range(2):
        response = client.post(address(one), {**SUZANNE, "_once": uuid4()})
    assert response.status_code == status
    assert said in plain(response)
    assert "Voir les autres dates" in plain(response)


def test_a_flood_from_one_address_is_stopped(client, monkeypatch):
    monkeypatch.setattr("bocage.agenda.views.registering.PER_HOUR", 3)
    one = session(offer(terms(50)))
    codes = [client.post(address(one), {**SUZANNE, "name": f"Personne {n}"}).status_code for n in range(5)]
    assert codes == [302, 302, 302, 429, 429]


def test_one_registers_a_child_of_ones_own_and_nobody_elses():
    client = signed_in(given_names="Inès")
    parent = client.session and people.Account.objects.get(pk=client.session["_auth_user_id"]).person
    child = people.person(given_names="Zoé", birth_date=date(2016, 5, 1))
    stranger = people.person(given_names="Tom", birth_date=date(2016, 5, 1))
    home = identity.open_household(name="Martin", actor=SYSTEM, now=NOW)
    for person, role in ((parent, Membership.Role.GUARDIAN), (child, Membership.Role.CHILD)):
        identity.add_member(home, person, role=role, starts=date(2020, 1, 1), actor=SYSTEM, now=NOW)
    one = session()
    assert "Zoé" in plain(client.get(address(one)))
    told = {"name": "", "needs": ""}
    assert client.post(address(one), {**told, "who": f"child-{stranger.pk}"}).status_code == 422
    assert client.post(address(one), {**told, "who": "mandate-1"}).status_code == 422
    response = client.post(address(one), {**told, "who": f"child-{child.pk}"})
    assert Registration.objects.get().person == child
    assert client.get(response["Location"]).status_code == 200


def test_someone_else_is_named():
    client = signed_in()
    one = session()
    assert client.post(address(one), {"who": "other", "name": "", "needs": ""}).status_code == 422
    client.post(address(one), {"who": "other", "name": "Paul Hautebruyère", "needs": ""})
    row = Registration.objects.get()
    assert (row.name, row.person) == ("Paul Hautebruyère", None)
    assert row.account is not None


def test_a_series_is_joined_in_one_press(client):
    course = series(count=10)
    page = plain(client.get(f"/agenda/{course.offer.slug}/"))
    assert "10 séances, une seule inscription" in page
    client.post(address(course), SUZANNE)
    assert Registration.objects.get().allocations.count() == 10


# --- One's registration ---------------------------------------------------------------------------------------------
def test_nobody_else_opens_a_registration(client):
    row = enrol(session(), someone())
    path = f"/inscriptions/{row.reference}/"
    for visitor in (client, signed_in()):
        assert visitor.get(path).status_code == 404
        assert visitor.post(f"{path}annuler/").status_code == 404
        assert visitor.get(f"{path}lien/{'0' * 40}/").status_code == 404
        assert visitor.get("/inscriptions/XXXX/").status_code == 404
    assert "Inscription faite" in plain(client.get(link_to(row)))
    other = enrol(session(), someone())
    assert client.get(link_to(row).replace(row.reference, other.reference)).status_code == 404


def test_one_gives_the_place_back_from_the_link(client):
    one = session(offer(terms(1)))
    row, waits = enrol(one), enrol(one, wait=True)
    assert "Je ne viens plus" in plain(client.get(link_to(row)))
    assert client.get(f"{link_to(row)}annuler/").status_code == 405
    client.post(f"{link_to(row)}annuler/")
    row.refresh_from_db()
    waits.refresh_from_db()
    assert (row.state, row.ended, waits.state) == (State.OVER, Ended.RESIDENT, State.OFFERED)
    assert "J’accepte la place" in plain(client.get(link_to(waits)))
    client.post(f"{link_to(waits)}accepter/")
    assert "Inscription faite" in plain(client.get(link_to(waits)))


def test_after_the_last_moment_one_is_asked_to_call(client):
    one = session(offer(terms(1, cancel_days=10)))
    row = enrol(one)
    page = plain(client.get(link_to(row)))
    assert "Je ne viens plus" not in page
    assert "Appelez-nous" in page
    page = plain(client.post(f"{link_to(row)}annuler/", follow=True))
    assert "On pouvait annuler en ligne jusqu’au" in page
    row.refresh_from_db()
    assert row.state == State.CONFIRMED


def test_a_place_offered_too_long_ago_is_said_to_be_gone(client):
    one = session(offer(terms(1)))
    first, waits = enrol(one), enrol(one, wait=True)
    operations.leave(first, ended=Ended.AGENT, actor=SYSTEM, now=NOW - timedelta(hours=49))
    page = plain(client.post(f"{link_to(waits)}accepter/", follow=True))
    assert "Le délai est passé" in page


def test_a_cancelled_date_is_struck_out(client):
    course = series(count=2)
    row = enrol(course)
    operations.cancel_session(course.sessions.first(), reason="Neige", actor=SYSTEM, now=NOW)
    assert "annulée" in plain(client.get(link_to(row)))


# --- Mon espace -----------------------------------------------------------------------------------------------------
def test_ones_space_shows_what_one_goes_to_next():
    client = signed_in(given_names="Inès")
    assert "Mes inscriptions" not in plain(client.get("/espace/"))
    course, one = series(count=2), session(days=3)
    client.post(address(course), {"who": "me", "name": "", "needs": ""})
    client.post(address(one), {"who": "other", "name": "Paul Hautebruyère", "needs": ""})
    html = plain(client.get("/espace/"))
    assert html.index(one.offer.title) < html.index(course.offer.title)
    assert "mardi 17 mars 2026, de 14 h à 16 h" in html
    assert "Paul Hautebruyère" in html
    stranger = plain(signed_in().get("/espace/"))
    assert one.offer.title not in stranger
