"""The agents' agenda: within reach only, someone who telephones, above the capacity, who came, a cancelled session."""

import pytest

from bocage.agenda.models import Ended, Registration, State
from bocage.agenda.queries import visible_to
from bocage.base.models import Event
from bocage.identity.models import Role
from bocage.identity.queries import scope_of
from bocage.territory.models import Place
from tests.agenda.factories import enrol, offer, series, session, someone, terms
from tests.cases.desk import commune, sit
from tests.conftest import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("territory", "frozen")]
CALLER = {"name": "Suzanne Bellehaie", "phone": "03 53 01 00 12", "email": "", "channel": "phone", "size": "1"}


def plain(response) -> str:
    return response.content.decode().replace("\u00a0", " ").replace("\u202f", " ")


def hall(insee: str) -> Place:
    return Place.objects.get(commune__insee=insee, kind="town_hall")


def path(one, act: str = "") -> str:
    return f"/bureau/agenda/seance/{one.pk}/{act}"


@pytest.fixture
def desk():
    """A manager of the mediation service, signed in."""
    return sit(Role.MANAGER, service="mediation")[0]


def test_agents_see_the_sessions_within_their_reach():
    here, there = session(place=hall("59353")), session(place=hall("59481"))
    of_hall, _account = sit(Role.AGENT, commune=commune("59353"))
    other, account = sit(Role.AGENT, service="libraries")
    assert of_hall.get(path(here)).status_code == 200
    assert of_hall.get(path(there)).status_code == 404
    assert not visible_to(scope_of(account, NOW.date())).exists()
    assert other.post(path(here, "annuler/"), {"reason": "Non"}).status_code == 404
    html = plain(of_hall.get("/bureau/agenda/"))
    assert here.offer.title in html
    assert there.offer.title not in html


def test_someone_who_telephones_is_registered(desk):
    one = session(offer(terms(1)))
    assert desk.post(path(one, "inscrire/"), CALLER | {"name": ""}).status_code == 422
    assert "est inscrit" in plain(desk.post(path(one, "inscrire/"), CALLER, follow=True))
    row = Registration.objects.get()
    assert (row.channel, row.entered_by.first_name, row.account) == ("phone", "Dominique", None)
    again = desk.post(path(one, "inscrire/"), CALLER)
    assert again.status_code == 409
    assert "déjà inscrite" in plain(again)
    page = plain(desk.post(path(one, "inscrire/"), CALLER | {"name": "Paul"}, follow=True))
    assert "sur la liste d’attente" in page
    page = plain(desk.post(path(one, "inscrire/"), CALLER | {"name": "Zoé", "force": "on"}, follow=True))
    assert "en plus" in page
    assert Registration.objects.get(name="Zoé").forced


def test_the_list_shows_whoever_follows_the_series_and_who_waits(desk):
    course = series(offer(terms(1)), count=2)
    first = course.sessions.order_by("starts").first()
    enrol(course, someone("Camille Martin", needs="Une boucle magnétique"))
    enrol(first, someone("Paul Hautebruyère"), wait=True)
    html = plain(desk.get(path(first)))
    assert "toute la série" in html
    assert "Une boucle magnétique" in html
    assert html.index("Camille Martin") < html.index("Liste d’attente") < html.rindex("Paul Hautebruyère")


def test_who_came_is_written_once_for_each_change(desk):
    one = session()
    rows = [enrol(one) for _ in range(2)]
    told = {f"mark-{rows[0].pk}": "present", f"mark-{rows[1].pk}": "absent", "mark-999": "present"}
    for _time in range(2):
        desk.post(path(one, "presences/"), told)
    assert [row.mark for row in rows[0].marks.all()] == ["present"]
    desk.post(path(one, "presences/"), told | {f"mark-{rows[1].pk}": "excused", f"mark-{rows[0].pk}": "asleep"})
    assert [row.mark for row in rows[1].marks.all()] == ["absent", "excused"]
    assert rows[1].marks.last().account is not None


def test_capacity_and_cancelling(desk):
    one = session(offer(terms(2)))
    other = session()
    row, elsewhere = enrol(one), enrol(other)
    enrol(one)
    page = plain(desk.post(path(one, "places/"), {"pool": "seats", "capacity": "1"}, follow=True))
    assert "2 places sont déjà prises" in page
    assert "Écrivez un nombre" in plain(
        desk.post(path(one, "places/"), {"pool": "seats", "capacity": "x"}, follow=True)
    )
    assert desk.post(path(one, "places/"), {"pool": "none", "capacity": "5"}).status_code == 404
    desk.post(path(one, "places/"), {"pool": "seats", "capacity": "5"})
    assert one.pools.get().capacity == 5
    assert desk.post(path(one, f"inscription/{elsewhere.pk}/annuler/")).status_code == 404
    desk.post(path(one, f"inscription/{row.pk}/annuler/"))
    row.refresh_from_db()
    assert (row.state, row.ended) == (State.OVER, Ended.AGENT)
    assert desk.post(path(one, "annuler/"), {"reason": ""}).status_code == 422
    for _time in range(2):
        page = plain(desk.post(path(one, "annuler/"), {"reason": "Le formateur est malade."}, follow=True))
    assert "Le formateur est malade." in page
    assert Event.objects.filter(kind="agenda.session_cancelled").count() == 1


def test_the_list_of_sessions_costs_few_queries(desk, django_assert_max_num_queries):
    def cost() -> int:
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as made:
            assert desk.get("/bureau/agenda/").status_code == 200
        return len(made)

    series(count=3)
    few = cost()
    for _time in range(6):
        series(count=5)
    assert cost() == few
