"""Procedures raced by processes: published once, and never one editor over another. With negative controls."""

import os
from collections import Counter
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from bocage.base.models import Event
from bocage.cases.editing import edits
from bocage.cases.models import Procedure, ProcedureDraft, ProcedureVersion
from bocage.cases.operations import Conflict
from bocage.cases.operations.editor import publish_draft, save_draft, start_draft
from bocage.identity.actors import actor_of_account
from bocage.identity.models import Account
from bocage.territory.operations import load_territory
from tests.concurrency.conftest import Race
from tests.identity.factories import SYSTEM

pytestmark = pytest.mark.processes
PROCESSES = 4
PLACE = "steps/request/fields/wish"


@pytest.fixture
def mormal(race: Race) -> Race:
    """A race in the territory."""
    with race.here():
        load_territory("mormal", now=timezone.now())
    return race


def begun(slug: str) -> ProcedureDraft:
    return start_draft(slug, title="Réserver un broyeur", service="waste", actor=SYSTEM, now=timezone.now())


def publish(pk: int, revision: int, account: int) -> str:
    draft = ProcedureDraft.objects.filter(pk=pk).first() or ProcedureDraft(pk=pk)
    actor = actor_of_account(Account.objects.get(pk=account))
    try:
        version = publish_draft(draft, seen_revision=revision, actor=actor, now=timezone.now())
    except Conflict:
        return "Conflict"
    return f"version {version.number}"


def naive_publish(pk: int) -> None:
    """What one would write without taking the draft first: look at it, make its version, then take it out."""
    draft = ProcedureDraft.objects.filter(pk=pk).first()
    if draft is None:
        return
    with transaction.atomic():
        procedure, _made = Procedure.objects.get_or_create(
            slug=draft.slug, defaults={"service": draft.service, "title": draft.title, "summary": "", "act": "ask"}
        )
        number = os.getpid()  # each process its own: the constraint on numbers is not what is tried here
        version = {"body": draft.body, "sha256": draft.slug, "published_at": timezone.now()}
        ProcedureVersion.objects.create(procedure=procedure, number=number, **version)
    ProcedureDraft.objects.filter(pk=pk).delete()


def test_a_draft_published_by_four_at_once_makes_one_version(mormal: Race) -> None:
    with mormal.here():
        accounts = [Account.objects.create(username=f"manager{number}").pk for number in range(PROCESSES)]
    for number in range(3):
        with mormal.here():
            draft = begun(f"broyeur-{number}")
        told = mormal.run(*[(publish, draft.pk, draft.revision, account) for account in accounts])
        assert Counter(told) == {"version 1": 1, "Conflict": PROCESSES - 1}
        with mormal.here():
            procedure = Procedure.objects.get(slug=draft.slug)
            assert procedure.versions.count() == 1
            assert procedure.current is not None
            assert not ProcedureDraft.objects.filter(slug=draft.slug).exists()
            kinds = ["cases.version_published", "cases.procedure_published"]
            events = Event.objects.filter(subject=f"procedure:{procedure.pk}", kind__in=kinds)
            assert sorted(event.kind for event in events) == sorted(kinds)


def test_publishing_without_taking_the_draft_doubles(mormal: Race) -> None:
    """The negative control: four who look, then publish, make more than one version."""
    for number in range(6):
        with mormal.here():
            draft = begun(f"broyeur-{number}")
        mormal.run(*[(naive_publish, draft.pk)] * PROCESSES)
        with mormal.here():
            if ProcedureVersion.objects.filter(procedure__slug=draft.slug).count() > 1:
                return
    pytest.fail("the race that taking the draft guards against was never seen")


def changed(draft: ProcedureDraft, label: str) -> dict[str, Any]:
    return dict(edits.put(draft.body, PLACE, {**edits.get(draft.body, PLACE), "label": label}))


def save(pk: int, revision: int, label: str) -> bool:
    draft = ProcedureDraft.objects.get(pk=pk)
    try:
        save_draft(draft, changed(draft, label), seen_revision=revision, actor=SYSTEM, now=timezone.now())
    except Conflict:
        return False
    return True


def naive_save(pk: int, revision: int, label: str) -> bool:
    """What one would write without the compare-and-swap: read, look at the revision, then write."""
    draft = ProcedureDraft.objects.get(pk=pk)
    if draft.revision != revision:
        return False
    ProcedureDraft.objects.filter(pk=pk).update(body=changed(draft, label), revision=revision + 1)
    return True


def test_of_four_editors_of_one_field_one_writes_and_the_others_are_told(mormal: Race) -> None:
    with mormal.here():
        draft = begun("broyeur")
    for _round in range(3):
        with mormal.here():
            revision = ProcedureDraft.objects.values_list("revision", flat=True).get(pk=draft.pk)
        labels = [f"Ce que dit {name}, {_round}" for name in ("Ana", "Bo", "Chloé", "Dan")]
        told = mormal.run(*[(save, draft.pk, revision, label) for label in labels])
        assert sum(told) == 1, told
        with mormal.here():
            kept = ProcedureDraft.objects.get(pk=draft.pk)
            assert kept.revision == revision + 1
            assert edits.get(kept.body, PLACE)["label"] == labels[told.index(True)]
    with mormal.here():
        saved = Event.objects.filter(subject=f"procedure_draft:{draft.pk}", kind="cases.procedure_saved")
        assert saved.count() == 3


def test_editors_who_only_look_write_over_one_another(mormal: Race) -> None:
    """The negative control: without the swap, more than one of four believes that theirs was kept."""
    for number in range(8):
        with mormal.here():
            draft = begun(f"broyeur-{number}")
        told = mormal.run(*[(naive_save, draft.pk, draft.revision, str(one)) for one in range(PROCESSES)])
        if sum(told) > 1:
            return
    pytest.fail("the race that the swap guards against was never seen")
