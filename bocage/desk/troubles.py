"""« Ce qui n’a pas marché »: for whoever manages a service, what went wrong on its cases, and what to do about it.

Read from the tables that say so (deliveries, legal dates, the outbox): a trouble leaves the list when it is mended,
and nobody has to tick anything. Payloads are read for the number of their case, never shown.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from bocage.base import outbox
from bocage.base.models import Outbox, OutboxState
from bocage.cases.entrusting import bounds_of
from bocage.cases.models import Case, Deadline, Document
from bocage.desk.failures import in_words
from bocage.identity.models import Role
from bocage.identity.scope import Scope
from bocage.messaging.models import Delivery, DeliveryState
from bocage.messaging.queries import sentence
from bocage.territory.queries import today

CAP = 50  # of each group: beyond, the cause is one, and is mended once
RECENT = timedelta(days=30)
"""How long a notice that did not arrive is told: after that its case, or its person, has been looked at."""
LATE = timedelta(days=1)
"""The legal clock runs every hour: a date that it did not keep for a day was not kept for a reason."""
TRIES = 3  # of an effect that still waits: once or twice is a line cut for a moment
OF_CASES = ("cases.scan", "cases.webhook", "cases.joined")


@dataclass(frozen=True)
class Trouble:
    """One thing that went wrong, on a case."""

    what: str
    why: str
    since: date
    case: str
    url: str


@dataclass(frozen=True)
class Group:
    """Troubles of one kind, and what one does about them."""

    title: str
    text: str
    rows: list[Trouble]


def groups(scope: Scope, now: datetime) -> list[Group]:
    """The kinds that hold something for whoever manages within this reach, those that the law dates first."""
    scope = scope.only(Role.MANAGER)
    seen = Case.objects.filter(bounds_of(scope)).exclude(state="")
    found = (
        Group(
            _("Délais de la loi"),
            _("La machine n’a pas pu appliquer un délai sur ces dossiers. Ouvrez-les et répondez : le délai court."),
            _clock(seen, now),
        ),
        Group(
            _("Avis non remis"),
            _("Ces personnes n’ont pas reçu votre avis. Appelez-les, ou envoyez-leur un courrier depuis leur dossier."),
            _deliveries(seen, scope, now),
        ),
        Group(
            _("Suites en panne"),
            _("Les machines essaient encore, ou attendent l’administration. Prévenez-la si cela dure."),
            _effects(seen),
        ),
    )
    return [group for group in found if group.rows]


def _trouble(case: Case, what: str, why: str, since: date) -> Trouble:
    name = case.applicant_name or case.reference
    return Trouble(what, why, since, name, reverse("cases_desk", args=[case.reference]))


def _clock(seen: QuerySet[Case], now: datetime) -> list[Trouble]:
    before = today(now - LATE)
    running = seen.filter(outcome="").only("reference", "applicant_name", "silence_on")
    found = [
        _trouble(case, _("Effet du silence"), _("La date est passée, et rien n’a été décidé."), case.silence_on)
        for case in running.filter(silence_on__lt=before).order_by("silence_on", "id")[:CAP]
        if case.silence_on
    ]
    missed = Deadline.objects.filter(
        kind="acknowledgement", closed=False, suspended_on=None, due_on__lt=before, case__in=running.values("pk")
    )
    for row in missed.select_related("case").order_by("due_on", "id")[:CAP]:
        found.append(_trouble(row.case, _("Accusé de réception"), _("Il n’est pas parti à sa date."), row.due_on))
    return found


def _deliveries(seen: QuerySet[Case], scope: Scope, now: datetime) -> list[Trouble]:
    bounds = scope.q("notice__service", "notice__commune_id", "notice__organisation_id", common=Q(notice__apart=False))
    rows = list(
        Delivery.objects.filter(
            bounds, state=DeliveryState.FAILED, changed_at__gte=now - RECENT, notice__subject__startswith="case:"
        )
        .select_related("notice")
        .order_by("-id")[:CAP]
    )
    cases = _by_pk(seen, (row.notice.subject.removeprefix("case:") for row in rows))
    return [
        _trouble(cases[key], row.notice.title, sentence(row), today(row.changed_at))
        for row in rows
        if (key := row.notice.subject.removeprefix("case:")) in cases
    ]


def _effects(seen: QuerySet[Case]) -> list[Trouble]:
    """Effects of cases given up, cut in the middle, or tried again and again."""
    stuck = Q(state__in=[OutboxState.DEAD, OutboxState.UNCERTAIN]) | Q(
        state__in=[OutboxState.PENDING, OutboxState.LEASED], attempts__gte=TRIES
    )
    rows = list(Outbox.objects.filter(stuck, topic__in=OF_CASES).order_by("-id")[:CAP])
    papers = dict(
        Document.objects.filter(key__in=[row.payload.get("document") for row in rows if row.topic == "cases.scan"])
        .values_list("key", "case_id")
        .order_by()
    )
    keys = {row.pk: str(_case_of(row, papers)) for row in rows}
    cases = _by_pk(seen, keys.values())
    return [
        _trouble(cases[keys[row.pk]], outbox.topics()[row.topic].label, in_words(row.last_error), today(row.created_at))
        for row in rows
        if keys[row.pk] in cases
    ]


def _case_of(row: Outbox, papers: dict[str, int]) -> object:
    if row.topic == "cases.scan":
        return papers.get(str(row.payload.get("document")), "")
    if row.topic == "cases.webhook":
        return row.key.removeprefix("webhook:case:").partition(":")[0]
    return row.payload.get("case", "")


def _by_pk(seen: QuerySet[Case], keys: Iterable[str]) -> dict[str, Case]:
    wanted = {int(key) for key in keys if key.isascii() and key.isdigit()}
    return {str(case.pk): case for case in seen.filter(pk__in=wanted).only("reference", "applicant_name")}
