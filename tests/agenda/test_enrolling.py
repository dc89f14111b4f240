"""Registering and giving back, one at a time: what is refused and how it is said."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest

from bocage.agenda import operations, queries
from bocage.agenda.jobs import expire, reconcile
from bocage.agenda.models import Ended, Enrolment, Mark, Offer, Pool, Registration, State
from bocage.agenda.operations import By, Participant
from bocage.agenda.refusals import Refused
from bocage.base.actors import Actor
from bocage.base.models import Event
from tests.agenda.factories import BY, SYSTEM, enrol, offer, series, session, someone, terms
from tests.conftest import NOW
from tests.identity import factories as people

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("territory")]


def refused(code: str):
    """The context in which something is refused for this reason."""
    return pytest.raises(Refused, check=lambda error: error.code == code)


def taken(what) -> list[int]:
    return list(Pool.objects.filter(session__in=[what]).values_list("taken", flat=True))


def end(registration: Registration, why: str = Ended.AGENT, now: datetime = NOW) -> bool:
    return operations.leave(registration, ended=Ended(why), actor=SYSTEM, now=now)


# --- One session ----------------------------------------------------------------------------------------------------
def test_a_place_is_taken_and_told():
    one = session()
    made = enrol(one)
    assert (made.state, taken(one)) == (State.CONFIRMED, [1])
    event = Event.objects.get(subject=made.subject)
    assert event.kind == "agenda.enrolled"
    assert event.payload.body["session"] == one.pk


def test_a_full_session_is_refused_and_nothing_is_written():
    one = session(offer(terms(2)))
    enrol(one)
    enrol(one)
    with refused("full"):
        enrol(one)
    assert taken(one) == [2]
    assert Registration.objects.count() == 2


def test_a_party_is_seated_together_or_not_at_all():
    one = session(offer(terms(3, max_party=4)))
    enrol(one, someone(size=2))
    with refused("full"):
        enrol(one, someone(size=2))
    assert enrol(one, someone(size=1)).size == 1


def test_a_party_too_large_is_sent_to_the_telephone_and_a_group_is_not():
    one = session(offer(terms(30, max_party=4)))
    with pytest.raises(Refused, match="4 places au plus"):
        enrol(one, someone(size=5))
    from bocage.territory.models import Organisation

    school = Organisation.objects.create(name="École des Tilleuls", kind="other")
    assert enrol(one, Participant(name="CM1", organisation=school, size=24)).size == 24
    assert enrol(one, Participant(name="CM1", organisation=school, size=2)).size == 2  # a group may come twice


@pytest.mark.parametrize("known", [True, False])
def test_the_same_person_twice_is_refused(known):
    one = session()
    who = Participant(name="Camille Martin", person=people.person()) if known else someone("Camille Martin")
    enrol(one, who)
    with refused("twice"):
        enrol(one, who)
    assert taken(one) == [1]
    assert enrol(one, someone("Camille Marton")).state == State.CONFIRMED


def test_the_same_form_sent_twice_makes_one_registration():
    one, key = session(), uuid4()
    who = someone()
    assert enrol(one, who, once=key).pk == enrol(one, who, once=key).pk
    assert taken(one) == [1]


def test_who_comes_back_after_leaving_is_welcome():
    one, who = session(), someone("Camille Martin")
    end(enrol(one, who))
    assert enrol(one, who).state == State.CONFIRMED
    assert taken(one) == [1]


def test_several_pools_at_once_all_or_none():
    pools = [{"id": "day", "label": "Jour", "capacity": 5}, {"id": "meal", "label": "Repas", "capacity": 1}]
    options = [
        {"id": "whole", "label": "Avec repas", "takes": ["day", "meal"]},
        {"id": "bare", "label": "Sans repas", "takes": ["day"]},
    ]
    one = session(offer(terms(pools=pools, options=options)))
    enrol(one, option="whole")
    with refused("full"):
        enrol(one, option="whole")
    with refused("option"):
        enrol(one)
    with refused("option"):
        enrol(one, option="another")
    enrol(one, option="bare")
    assert taken(one) == [2, 1]


# --- When -----------------------------------------------------------------------------------------------------------
def test_past_cancelled_and_unpublished_sessions_are_refused():
    past = session(days=-1)
    with refused("past"):
        enrol(past)
    gone = session()
    operations.cancel_session(gone, reason="Neige", actor=SYSTEM, now=NOW)
    with refused("cancelled"):
        enrol(gone)
    with refused("closed"):
        enrol(session(offer(published=False)))
    closed = session()
    operations.close(closed.offer, actor=SYSTEM, now=NOW)
    with refused("closed"):
        enrol(closed)


def test_one_registers_until_the_notice_in_working_days_and_an_agent_later():
    # Tuesday 17 March at 14:00; two working days before, at noon: Friday 13th, 12:00 in Mormal, 11:00 UTC.
    one = session(offer(terms(9, notice_days=2)))
    enrol(one, now=datetime(2026, 3, 13, 10, 59, tzinfo=UTC))
    with refused("closed"):
        enrol(one, now=datetime(2026, 3, 13, 11, 0, tzinfo=UTC))
    agent = By(actor=SYSTEM, agent=people.account(), channel="phone")
    assert enrol(one, by=agent, now=datetime(2026, 3, 16, 9, 0, tzinfo=UTC)).channel == "phone"


def test_registration_opens_on_its_day():
    opening = NOW + timedelta(days=2)
    one = session(offer(opens_at=opening))
    with pytest.raises(Refused, match="ouvrent le 12\u00a0mars 2026 à 10\u00a0h\u00a030"):
        enrol(one)
    enrol(one, now=opening)
    far = session(offer(terms(opens_days=5)), days=7)
    with refused("early"):
        enrol(far)


def test_groups_open_on_their_own_days_and_strangers_are_told():
    told = terms(9).model_dump(mode="json")
    seniors = {"op": "ge", "args": [{"op": "age", "args": [{"field": "birth_date"}]}, {"value": 60}]}
    told["priorities"] = [
        {"label": "60 ans et plus", "condition": seniors},
        {"label": "Tout le monde", "opens_at": (NOW + timedelta(days=1)).isoformat()},
    ]
    one = session(offer(terms().model_validate(told)))
    elder = Participant(name="Suzanne", person=people.person(given_names="Suzanne", birth_date=date(1950, 1, 1)))
    enrol(one, elder)
    with refused("early"):
        enrol(one)
    enrol(one, now=NOW + timedelta(days=1))
    told["priorities"] = told["priorities"][:1]
    with pytest.raises(Refused, match="60 ans et plus"):
        enrol(session(offer(terms().model_validate(told))))


# --- Series ---------------------------------------------------------------------------------------------------------
def test_a_whole_course_in_one_act():
    course = series(count=10)
    made = enrol(course)
    assert made.allocations.count() == 10
    assert {row.taken for row in Pool.objects.filter(session__series=course)} == {1}


def test_one_full_session_refuses_the_whole_course_and_writes_nothing():
    course = series(offer(terms(1)))
    enrol(course.sessions.order_by("starts")[2])
    with refused("full"):
        enrol(course)
    assert sum(Pool.objects.filter(session__series=course).values_list("taken", flat=True)) == 1


def test_what_an_offer_takes_is_respected():
    with refused("alone"):
        enrol(series(offer(enrolment=Enrolment.SERIES)).sessions.first())
    with refused("series"):
        enrol(series(offer(enrolment=Enrolment.SESSION)))


def test_a_course_under_way_is_not_joined_by_oneself():
    course = series()
    later = NOW + timedelta(days=9)
    with refused("closed"):
        enrol(course, now=later)
    agent = By(actor=SYSTEM, agent=people.account())
    assert enrol(course, by=agent, force=True, now=later).allocations.count() == 3


# --- Above the capacity ---------------------------------------------------------------------------------------------
def test_an_agent_lets_in_above_the_capacity_and_it_shows():
    one = session(offer(terms(1)))
    first = enrol(one)
    agent = By(actor=SYSTEM, agent=people.account())
    extra = enrol(one, by=agent, force=True)
    pool = one.pools.get()
    assert (extra.forced, pool.taken, pool.overbook, pool.left) == (True, 2, 1, 0)
    end(first)
    pool.refresh_from_db()
    assert (pool.taken, pool.overbook, pool.left) == (1, 0, 0)
    with refused("full"):  # the place that was too many is nobody's
        enrol(one)


def test_a_capacity_is_not_lowered_below_what_is_taken():
    one = session(offer(terms(3)))
    enrol(one)
    enrol(one)
    pool = one.pools.get()
    with pytest.raises(Refused, match="2 places sont déjà prises"):
        operations.set_capacity(pool, 1, actor=SYSTEM, now=NOW)
    operations.set_capacity(pool, 2, actor=SYSTEM, now=NOW)
    with refused("full"):
        enrol(one)


# --- Holding --------------------------------------------------------------------------------------------------------
def test_a_place_is_held_then_confirmed():
    one = session()
    held = enrol(one, hold=True)
    assert (held.state, taken(one)) == (State.HELD, [1])
    operations.confirm(held, answers={"level": "beginner"}, by=BY, now=NOW + timedelta(minutes=14))
    held.refresh_from_db()
    assert (held.state, held.expires_at, held.answers) == (State.CONFIRMED, None, {"level": "beginner"})
    operations.confirm(held, by=BY, now=NOW + timedelta(hours=1))  # pressed twice


def test_what_is_held_too_long_is_let_go():
    one = session(offer(terms(1)))
    held = enrol(one, hold=True)
    late = NOW + timedelta(minutes=15)
    with refused("late"):
        operations.confirm(held, by=BY, now=late)
    assert expire(late) == 1
    assert expire(late) == 0
    held.refresh_from_db()
    assert (held.state, held.ended, taken(one)) == (State.OVER, Ended.EXPIRED, [0])


def test_nobody_is_refused_for_a_place_held_too_long():
    one = session(offer(terms(1)))
    enrol(one, hold=True)
    assert enrol(one, now=NOW + timedelta(minutes=16)).state == State.CONFIRMED  # before the job has run


# --- Waiting --------------------------------------------------------------------------------------------------------
def test_a_freed_place_is_handed_to_the_next_in_line():
    one = session(offer(terms(1)))
    first = enrol(one)
    second, third = enrol(one, wait=True), enrol(one, wait=True)
    assert (second.state, queries.rank(second), queries.rank(third)) == (State.WAITING, 1, 2)
    end(first)
    second.refresh_from_db()
    assert (second.state, second.expires_at, taken(one)) == (State.OFFERED, NOW + timedelta(hours=48), [1])
    assert queries.rank(third) == 1
    with refused("full"):  # nobody jumps the queue
        enrol(one)
    operations.confirm(second, by=BY, now=NOW + timedelta(hours=47))
    assert taken(one) == [1]


def test_an_offer_that_is_not_taken_goes_to_the_one_after():
    one = session(offer(terms(1)))
    first, second, third = enrol(one), enrol(one, wait=True), enrol(one, wait=True)
    end(first)
    expire(NOW + timedelta(hours=48))
    for row in (second, third):
        row.refresh_from_db()
    assert (second.state, third.state, taken(one)) == (State.OVER, State.OFFERED, [1])


def test_a_party_waits_for_room_for_all_and_keeps_its_place_in_line():
    one = session(offer(terms(3, max_party=3)))
    pair, single = enrol(one, someone(size=2)), enrol(one)
    family = enrol(one, someone(size=3), wait=True)
    alone = enrol(one, wait=True)
    end(single)
    alone.refresh_from_db()
    family.refresh_from_db()
    assert (family.state, alone.state) == (State.WAITING, State.OFFERED)
    end(alone)
    end(pair)
    family.refresh_from_db()
    assert (family.state, taken(one)) == (State.OFFERED, [3])


def test_priority_comes_before_the_hour():
    told = terms(1).model_dump(mode="json")
    here = {"op": "eq", "args": [{"field": "commune"}, {"value": "59353"}]}
    told["priorities"] = [{"label": "Habitants", "condition": here}, {"label": "Tout le monde"}]
    one = session(offer(terms().model_validate(told)))
    first = enrol(one)
    stranger = enrol(one, wait=True)
    from bocage.territory.models import Commune

    local = people.person(commune=Commune.objects.get(insee="59353"))
    resident = enrol(one, Participant(name="Ici", person=local), wait=True, now=NOW + timedelta(hours=1))
    assert (queries.rank(resident), queries.rank(stranger)) == (1, 2)
    end(first)
    resident.refresh_from_db()
    assert resident.state == State.OFFERED


def test_a_course_is_offered_when_each_of_its_sessions_has_room():
    course = series(offer(terms(1)), count=3)
    sessions = list(course.sessions.order_by("starts"))
    blocks = [enrol(sessions[0]), enrol(sessions[2])]
    waits = enrol(course, wait=True)
    end(blocks[0])
    waits.refresh_from_db()
    assert waits.state == State.WAITING
    end(blocks[1])
    waits.refresh_from_db()
    assert waits.state == State.OFFERED
    assert waits.allocations.filter(live=True).count() == 3


def test_who_waits_and_finds_a_place_by_themselves_is_not_offered_another():
    one = session(offer(terms(3, max_party=2)))
    three = [enrol(one) for _ in range(3)]
    waits = enrol(one, someone("Camille Martin", size=2), wait=True)
    end(three[0])
    assert enrol(one, someone("Camille Martin")).state == State.CONFIRMED  # alone, then
    end(three[1])
    end(three[2])
    waits.refresh_from_db()
    assert (waits.state, waits.ended, taken(one)) == (State.OVER, Ended.MOVED, [1])


def test_one_joins_the_line_once_and_leaves_it():
    one = session(offer(terms(1)))
    enrol(one)
    who = someone("Camille Martin")
    waits = enrol(one, who, wait=True)
    with refused("twice"):
        enrol(one, who, wait=True)
    end(waits, Ended.RESIDENT)
    assert queries.rank(waits) is None
    assert enrol(one, who, wait=True).state == State.WAITING
    with refused("full"):
        enrol(session(offer(terms(0, waiting=False))), wait=True)


def test_new_places_go_to_the_line_first():
    one = session(offer(terms(1)))
    enrol(one)
    waits = enrol(one, wait=True)
    operations.set_capacity(one.pools.get(), 2, actor=SYSTEM, now=NOW)
    waits.refresh_from_db()
    assert waits.state == State.OFFERED
    assert taken(one) == [2]


# --- Giving back ----------------------------------------------------------------------------------------------------
def test_one_gives_back_until_the_last_moment_and_an_agent_after():
    one = session(offer(terms(2, cancel_days=1)))
    made = enrol(one)
    with pytest.raises(Refused, match="jusqu’au 16\u00a0mars 2026 à 12\u00a0h"):
        end(made, Ended.RESIDENT, datetime(2026, 3, 16, 11, 0, tzinfo=UTC))
    assert end(made, Ended.AGENT, datetime(2026, 3, 16, 11, 0, tzinfo=UTC))
    assert not end(made)
    assert taken(one) == [0]


def test_moving_keeps_the_old_place_until_the_new_one_is_sure():
    one = session(offer(terms(1)))
    other = session(one.offer, days=8)
    made, waits = enrol(one), enrol(one, wait=True)
    blocked = enrol(other)
    with refused("full"):
        operations.move(made, other, actor=SYSTEM, now=NOW)
    assert (taken(one), taken(other)) == ([1], [1])
    end(blocked)
    operations.move(made, other, actor=SYSTEM, now=NOW)
    waits.refresh_from_db()
    assert (made.session_id, waits.state, taken(one), taken(other)) == (other.pk, State.OFFERED, [1], [1])
    with refused("foreign"):
        operations.move(made, session(), actor=SYSTEM, now=NOW)


def test_a_cancelled_session_ends_everything_in_it_once():
    course = series(offer(terms(2)), count=3)
    first = course.sessions.order_by("starts").first()
    alone, follows = enrol(first), enrol(course)
    waits = enrol(first, wait=True)
    assert operations.cancel_session(first, reason="Formateur malade", actor=SYSTEM, now=NOW)
    assert not operations.cancel_session(first, reason="Encore", actor=SYSTEM, now=NOW)
    for row in (alone, follows, waits):
        row.refresh_from_db()
    assert (alone.state, alone.ended, waits.state) == (State.OVER, Ended.SESSION, State.OVER)
    assert follows.state == State.CONFIRMED
    assert follows.allocations.filter(live=True).count() == 2
    event = Event.objects.get(kind="agenda.session_cancelled")
    assert event.payload.body["registrations"] == sorted([alone.pk, follows.pk, waits.pk])
    assert queries.drift() == []


def test_a_cancelled_series_ends_the_rest_of_it():
    course = series(offer(terms(2)), count=3)
    follows = enrol(course)
    assert operations.cancel_series(course, reason="Pas assez d’inscrits", actor=SYSTEM, now=NOW)
    follows.refresh_from_db()
    assert follows.ended == Ended.SESSION
    assert course.sessions.filter(cancelled_at=None).count() == 0
    assert queries.drift() == []


# --- Who came -------------------------------------------------------------------------------------------------------
def test_marks_are_written_once_and_all_kept():
    one = session()
    made, key = enrol(one), uuid4()
    told = {"account": None, "actor": SYSTEM, "now": NOW + timedelta(days=8)}
    at = NOW + timedelta(days=7)
    first = operations.mark(made, one, Mark.ABSENT, key=key, marked_at=at, **told)
    assert operations.mark(made, one, Mark.ABSENT, key=key, marked_at=at, **told) == first
    operations.mark(made, one, Mark.PRESENT, key=uuid4(), marked_at=at + timedelta(minutes=1), **told)
    assert [row.mark for row in made.marks.all()] == ["absent", "present"]
    with refused("foreign"):
        operations.mark(made, session(), Mark.PRESENT, key=uuid4(), marked_at=at, **told)
    with refused("count"):
        operations.mark(made, one, Mark.PRESENT, count=2, key=uuid4(), marked_at=at, **told)


def test_a_device_whose_clock_runs_ahead_does_not_mark_the_future():
    one = session()
    made = enrol(one)
    row = operations.mark(
        made, one, Mark.PRESENT, key=uuid4(), marked_at=NOW + timedelta(days=900), account=None, actor=SYSTEM, now=NOW
    )
    assert row.marked_at == NOW


# --- Counts ---------------------------------------------------------------------------------------------------------
def test_the_night_finds_a_count_that_is_wrong(caplog):
    one = session()
    made = enrol(one)
    assert reconcile(NOW) == 0
    Pool.objects.update(taken=2)
    assert reconcile(NOW) == 1
    assert "count is wrong" in caplog.text
    Pool.objects.update(taken=1)
    Registration.objects.filter(pk=made.pk).update(state=State.OVER, ended=Ended.AGENT, over_at=NOW)
    assert reconcile(NOW) == 1


def test_people_are_taken_out_and_their_places_freed():
    from bocage.agenda import privacy

    person = people.person()
    one = session(offer(terms(1)))
    made = enrol(one, Participant(name="Camille Martin", person=person, needs="Une boucle magnétique"))
    waits = enrol(one, wait=True)
    assert privacy.export(person)["inscriptions"][0]["besoins"] == "Une boucle magnétique"
    assert "boucle" not in made.sealed_needs
    privacy.erase(person, Actor.system("tests"), NOW)
    made.refresh_from_db()
    waits.refresh_from_db()
    assert (made.name, made.person, made.sealed_needs, waits.state) == ("effacé", None, "", State.OFFERED)
    assert not Offer.objects.filter(registrations__person=person).exists()
