"""What the agenda holds of people: told beforehand, let go in time, its seals moved to the newest key."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bocage.agenda import privacy
from bocage.agenda.models import Registration
from bocage.agenda.operations import Participant
from bocage.base import crypto, journal
from bocage.base.models import Payload
from bocage.base.personal import Search
from tests.agenda.factories import enrol, session
from tests.conftest import NOW
from tests.identity import factories as people

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("territory")]


def made(**more: Any) -> Registration:
    person = people.person()
    found = enrol(session(), Participant(name="Camille Martin", person=person, needs="Une boucle magnétique", **more))
    found.refresh_from_db()
    return found


def test_it_says_beforehand_what_erasing_does() -> None:
    row = made()
    becomes = [fate.becomes for fate in privacy.fate(row.person, NOW)]
    assert becomes == ["erased", "kept"]
    assert list(privacy.subjects(row.person)) == [row.subject]
    assert list(privacy.in_use(NOW)) == [{"person_id": row.person_id}]
    (one,) = privacy.concerned(Search(references=(row.reference.lower(),)))
    assert (one.person, one.sensitive) == (row.person_id, True)


def test_names_go_two_years_after_the_session_and_the_chain_holds() -> None:
    row = made()
    journal.seal(NOW)
    after = NOW + privacy.KEPT
    assert privacy.retention_due(after) == privacy.retention(after) == 0
    later = after + timedelta(days=400)
    assert privacy.retention_due(later) == 1
    assert privacy.retention(later) == 1
    assert privacy.retention_due(later) == 0
    row.refresh_from_db()
    assert (row.name, row.person_id, row.sealed_needs) == ("effacé", None, "")
    assert not Payload.objects.filter(event__subject=row.subject).exists()
    assert journal.verify().ok


def test_needs_follow_the_newest_key(settings: Any) -> None:
    old, new = crypto.new_key(), crypto.new_key()
    env = settings.ENV
    settings.ENV = replace(env, keys=(old,))
    row = made()
    settings.ENV = replace(env, keys=(new, old))
    assert crypto.rotate() == 1
    settings.ENV = replace(env, keys=(new,))
    row.refresh_from_db()
    assert crypto.unseal(row.sealed_needs) == "Une boucle magnétique"
