"""What participants are told, each thing once."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bocage.agenda import operations, telling
from bocage.agenda.models import Ended, Registration
from bocage.agenda.operations import Participant
from bocage.base.models import Event
from bocage.messaging.models import Delivery, Notice
from tests.agenda.factories import BY, SYSTEM, enrol, offer, series, session, someone, terms
from tests.conftest import NOW
from tests.identity import factories as people

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("territory")]


def hear(now=NOW) -> None:
    """Everything that happened is heard, twice: the outbox delivers at least once."""
    for event in [*Event.objects.filter(stream="agenda").order_by("pk")] * 2:
        if event.kind in {"agenda.session_cancelled", "agenda.series_cancelled"}:
            telling.tell_cancelled(event, now)
        elif event.kind in {"agenda.enrolled", "agenda.waiting", "agenda.offered", "agenda.moved", "agenda.over"}:
            telling.tell_change(event, now)


def told(row: Registration) -> list[str]:
    return list(Notice.objects.filter(subject=row.subject).order_by("pk").values_list("template", flat=True))


def test_a_place_is_told_with_its_dates_and_a_link():
    course = series(count=3)
    row = enrol(course, someone(email="suzanne@example.org"))
    hear()
    notice = Notice.objects.get()
    assert notice.body.count("de 14\u00a0h à 16\u00a0h") == 3
    assert notice.link.endswith(telling.link_to(row))
    assert Delivery.objects.get().address == "suzanne@example.org"


def test_whoever_was_told_already_gets_nothing():
    enrol(session(), someone(email="suzanne@example.org"), by=replace(BY, told=True))
    hear()
    assert not Notice.objects.exists()


def test_whoever_has_no_mailbox_is_told_by_sms_or_letter():
    mobile = enrol(session(), Participant(name="Camille", phone="+33612345678"))
    person = people.person(address="3 rue du Bois", postcode="59530", commune=people.commune())
    letter = enrol(session(), Participant(name="Camille Martin", person=person))
    hear()
    channels = {row.notice.subject: row.channel for row in Delivery.objects.select_related("notice")}
    assert channels == {mobile.subject: "sms", letter.subject: "letter"}


def test_the_line_sends_three_notices_at_most():
    one = session(offer(terms(1)))
    first, second = enrol(one), enrol(one, wait=True)
    operations.leave(first, ended=Ended.RESIDENT, actor=SYSTEM, now=NOW)
    hear()
    assert told(second) == ["agenda.waiting", "agenda.offered"]
    operations.end_expired(NOW + timedelta(hours=48))
    hear(NOW + timedelta(hours=48))
    assert told(second) == ["agenda.waiting", "agenda.offered", "agenda.over"]
    assert told(first) == ["agenda.enrolled"]  # they know that they have cancelled


def test_an_offer_already_taken_is_not_told_again():
    one = session(offer(terms(1)))
    first, second = enrol(one), enrol(one, wait=True)
    operations.leave(first, ended=Ended.AGENT, actor=SYSTEM, now=NOW)
    operations.confirm(second, by=BY, now=NOW)
    hear()
    assert told(second) == ["agenda.waiting", "agenda.enrolled"]
    assert told(first) == ["agenda.enrolled", "agenda.over"]


def test_a_cancelled_session_is_told_once_to_each():
    course = series(offer(terms(1)), count=2)
    first = course.sessions.order_by("starts").first()
    follows, waits = enrol(course), enrol(first, wait=True)
    operations.cancel_session(first, reason="Le formateur est malade.", actor=SYSTEM, now=NOW)
    hear()
    assert told(follows) == ["agenda.enrolled", "agenda.cancelled"]
    assert told(waits) == ["agenda.waiting", "agenda.cancelled"]
    notice = Notice.objects.filter(template="agenda.cancelled").first()
    assert "mardi 17 mars 2026" in notice.title.replace("\u00a0", " ")
    assert "formateur est malade" in notice.body


def test_reminders_come_once_each_and_not_to_late_comers():
    one = session(offer(terms(5, reminders=(48, 2))))
    early = enrol(one)
    at = one.starts - timedelta(hours=48)
    assert telling.remind(at - timedelta(minutes=1)) == 0
    late = enrol(one, now=at + timedelta(hours=1))
    assert telling.remind(at + timedelta(hours=2)) == 1
    assert telling.remind(at + timedelta(hours=3)) == 0
    assert telling.remind(one.starts - timedelta(hours=1)) == 2
    assert telling.remind(one.starts) == 0
    assert told(early) == ["agenda.reminder"] * 2
    assert told(late) == ["agenda.reminder"]
