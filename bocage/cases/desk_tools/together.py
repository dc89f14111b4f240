"""What agents keep beside a case: reminders on a day, cases read together; the day's lines of these and of opinions."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from bocage.base import journal
from bocage.base.actors import Actor
from bocage.base.once import once_only
from bocage.cases.engine import Refused
from bocage.cases.models import Case, CaseLink, Opinion, PublicCase, Reminder
from bocage.cases.opinions import path_for
from bocage.cases.public import joined_to, near
from bocage.cases.queries import agent_case, visible_to
from bocage.cases.sealing import open_answers
from bocage.identity.models import Account
from bocage.territory.queries import today

STREAM = "cases"
RECENT = timedelta(days=7)
CAP = 20  # lines of the day


# --- Reminders -----------------------------------------------------------------------------------------------------
@once_only(Reminder)
@transaction.atomic
def remind(
    case: Case,
    on: date,
    note: str,
    *,
    shared: bool,
    author: Account,
    actor: Actor,
    now: datetime,
    once: UUID | None = None,
) -> Reminder:
    """Put a case back in front of oneself, or of its service, on a day. Raises Refused, with the errors by field."""
    text = " ".join(note.split())
    errors = {}
    if on < today(now):
        errors["on"] = _("Ce jour est passé.")
    if not text:
        errors["reminder"] = _("Écrivez de quoi se souvenir. Exemple : rappeler Mme Durand")
    elif len(text) > 200:
        errors["reminder"] = _("Écrivez 200 caractères au plus.")
    if errors:
        raise Refused(_("Ce rappel est à revoir."), errors)
    reminder = Reminder.objects.create(case=case, author=author, shared=shared, on=on, note=text, once=once)
    _record(case, "cases.reminder_set", {"reminder": reminder.pk, "on": on.isoformat()}, actor, now)
    return reminder


def reminders_of(case: Case, account: Account) -> list[Reminder]:
    """Those of a case still to come: one's own, and the service's."""
    found = case.reminders.filter(Q(author=account) | Q(shared=True), done_at=None)
    return list(found.select_related("author").order_by("on", "pk"))


@transaction.atomic
def finish(reminder: Reminder, *, actor: Actor, now: datetime) -> None:
    """Have done with a reminder; a second time changes nothing."""
    if Reminder.objects.filter(pk=reminder.pk, done_at=None).update(done_at=now):
        _record(reminder.case, "cases.reminder_done", {"reminder": reminder.pk}, actor, now)


# --- Cases read together -------------------------------------------------------------------------------------------
def linked(case: Case, account: Account, on: date) -> list[Case]:
    """The cases linked to one, within the agent's reach."""
    pairs = CaseLink.objects.filter(Q(first=case) | Q(second=case)).values_list("first_id", "second_id")
    ids = {pk for pair in pairs for pk in pair} - {case.pk}
    return list(visible_to(account, on).filter(pk__in=ids).select_related("procedure").order_by("-received_on", "-pk"))


def duplicates(case: Case, account: Account, on: date) -> dict[str, Any] | None:
    """Of a procedure with a public list: the case that one joins, those that join it, those near; in reach only."""
    if case.version.document.public_list is None:
        return None
    first = joined_to(case)
    joined = PublicCase.objects.filter(joins__case=case).exclude(case__state="").values_list("case_id", flat=True)
    found = [] if first or case.outcome else near(case, open_answers(case.answers), only_shown=False)
    metres = {item.row.case_id: item.metres for item in found}
    wanted = {*metres, *joined, *([first.case_id] if first else [])}
    reached = {one.pk: one for one in visible_to(account, on).filter(pk__in=wanted).select_related("commune")}
    return {
        "first": reached.get(first.case_id) if first else None,
        "joined": [reached[pk] for pk in joined if pk in reached],
        "near": [{"case": reached[pk], "metres": metres[pk]} for pk in metres if pk in reached],
    }


@transaction.atomic
def link(case: Case, reference: str, *, account: Account, actor: Actor, now: datetime) -> Case:
    """Link a case to another that the agent reaches. Raises Refused."""
    other = agent_case(account, reference, today(now))
    if other is None or other.pk == case.pk:
        text = _("Cette référence n’est celle d’aucun autre dossier de votre poste.")
        raise Refused(text, {"other": text})
    first, second = sorted((case.pk, other.pk))
    _row, made = CaseLink.objects.get_or_create(
        first_id=first, second_id=second, defaults={"added_by": account, "at": now}
    )
    if made:
        for one, another in ((case, other), (other, case)):
            _record(one, "cases.linked", {"case": another.pk}, actor, now)
    return other


@transaction.atomic
def unlink(case: Case, other: Case, *, actor: Actor, now: datetime) -> None:
    """Take a link away."""
    first, second = sorted((case.pk, other.pk))
    gone, _kinds = CaseLink.objects.filter(first_id=first, second_id=second).delete()
    if gone:
        for one, another in ((case, other), (other, case)):
            _record(one, "cases.unlinked", {"case": another.pk}, actor, now)


def _record(case: Case, kind: str, payload: dict[str, Any], actor: Actor, now: datetime) -> None:
    journal.record(stream=STREAM, kind=kind, subject=case.subject, actor=actor, payload=payload, now=now)


# --- The day -------------------------------------------------------------------------------------------------------
def today_lines(account: Account, now: datetime) -> Iterator[dict[str, Any]]:
    """Reminders that are due, opinions asked of one, opinions just given on one's cases."""
    day = today(now)
    seen = visible_to(account, day).values("pk")
    due = Reminder.objects.filter(Q(author=account) | Q(shared=True), done_at=None, on__lte=day, case__in=seen)
    for reminder in due.select_related("case").only("note", "on", "case__reference", "case__applicant_name")[:CAP]:
        yield {
            "label": reminder.note,
            "url": _page(reminder.case),
            "text": _("Rappel : %(name)s") % {"name": reminder.case.applicant_name or reminder.case.reference},
            "care": reminder.on < day,
        }
    asked = Opinion.objects.filter(colleague=account, answered_at=None, due_on__gte=day, case__outcome="")
    for opinion in asked.select_related("case__procedure").order_by("due_on")[:CAP]:
        yield {
            "label": _("Votre avis est attendu"),
            "url": path_for(opinion),
            "text": _("%(what)s, jusqu’au %(date)s")
            % {"what": opinion.case.procedure.title, "date": f"{opinion.due_on:%d/%m/%Y}"},
            "care": opinion.due_on == day,
        }
    given = Opinion.objects.filter(
        Q(asked_by=account) | Q(case__assignee=account), answered_at__gte=now - RECENT, case__outcome="", case__in=seen
    )
    for opinion in given.select_related("case").order_by("-answered_at")[:CAP]:
        yield {
            "label": _("Avis reçu de %(name)s") % {"name": opinion.name},
            "url": _page(opinion.case),
            "text": opinion.case.applicant_name or opinion.case.reference,
            "care": False,
        }


def _page(case: Case) -> str:
    return reverse("cases_together", args=[case.reference])
