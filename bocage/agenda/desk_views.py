"""The agents' agenda: sessions to come, a session's list, someone registered by telephone, who came.

Everything is bounded by the agent's scope: the offer's service, the session's commune, the body that runs it. A name is
shown to whoever may see it, and the list prints: paper is equal.
"""

from typing import Any, cast
from uuid import uuid4

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from bocage.agenda import operations, queries, wording
from bocage.agenda.desk_forms import CapacityForm, DeskRegistrationForm, ReasonForm
from bocage.agenda.models import LIVE, Ended, Mark, Pool, Registration, Session, State
from bocage.agenda.refusals import Refused
from bocage.base.crypto import unseal
from bocage.base.once import key_of
from bocage.identity.actors import actor_of
from bocage.identity.models import Account
from bocage.identity.queries import request_scope
from bocage.territory.queries import time_zone, today

PER_PAGE = 50


def _visible(request: HttpRequest) -> Any:
    return queries.visible_to(request_scope(request, today(timezone.now())))


def _session(request: HttpRequest, pk: int) -> Session:
    rows = _visible(request).select_related("offer__terms", "place", "commune", "series")
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404
    return cast(Session, found)


@require_safe
def sessions(request: HttpRequest) -> HttpResponse:
    """Sessions of today and after, or past ones, that the agent reaches."""
    past = request.GET.get("passees") == "1"
    now = timezone.now()
    rows = _visible(request).select_related("offer__terms", "place", "commune").prefetch_related("pools")
    day = today(now)
    found = (
        rows.filter(day__lt=day).order_by("-starts", "-pk")
        if past
        else rows.filter(day__gte=day).order_by("starts", "pk")
    )
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    zone = time_zone()
    lines = [
        {
            "session": one,
            "when": wording.when(one, zone),
            "where": wording.where(one),
            "taken": sum(pool.taken for pool in one.pools.all()),
            "capacity": sum(pool.capacity for pool in one.pools.all()),
        }
        for one in page.object_list
    ]
    return render(request, "agenda/desk/sessions.html", {"page": page, "lines": lines, "past": past})


@require_safe
def session(request: HttpRequest, pk: int) -> HttpResponse:
    """A session's list, what is left, and what an agent can do there."""
    return _show(request, _session(request, pk))


def _show(request: HttpRequest, one: Session, status: int = 200, **forms: Any) -> HttpResponse:
    assert one.offer.terms is not None
    terms = one.offer.terms.document
    labels = {option.id: option.label for option in terms.options}
    rows = queries.roster(one)
    people: list[dict[str, Any]] = [
        {
            "row": row,
            "option": labels.get(row.option, "") if len(labels) > 1 else "",
            "needs": unseal(row.sealed_needs) if row.sealed_needs else "",
            "mark": row.marks.all()[len(row.marks.all()) - 1] if row.marks.all() else None,
        }
        for row in rows
    ]
    names = {pool.id: pool.label for pool in terms.pools}
    pools = [
        {"pool": pool, "label": names.get(pool.name, pool.name), "form": CapacityForm({"capacity": pool.capacity})}
        for pool in one.pools.order_by("pk")
    ]
    context = {
        "session": one,
        "when": wording.when(one, time_zone()),
        "where": wording.where(one),
        "people": [item for item in people if item["row"].state in LIVE],
        "waiting": [item for item in people if item["row"].state == State.WAITING],
        "pools": pools,
        "marks": Mark.choices,
        "form": DeskRegistrationForm(terms=terms),
        "reason": ReasonForm(),
        "over": one.ends <= timezone.now(),
        "questions": terms.questions,
        **forms,
    }
    return render(request, "agenda/desk/session.html", context, status=status)


@require_POST
def register(request: HttpRequest, pk: int) -> HttpResponse:
    """Register someone who is at the counter, telephones or writes."""
    one = _session(request, pk)
    assert one.offer.terms is not None
    form = DeskRegistrationForm(request.POST, terms=one.offer.terms.document)
    if not form.is_valid():
        return _show(request, one, status=422, form=form)
    told = form.cleaned_data
    by = operations.By(
        actor=actor_of(request, told["channel"]), agent=cast(Account, request.user), channel=told["channel"]
    )
    try:
        made = operations.enrol(
            one,
            form.participant(),
            by=by,
            now=timezone.now(),
            option=told.get("option", ""),
            force=told["force"],
            wait=not told["force"],
            once=key_of(request),
        )
    except Refused as refusal:
        form.add_error(None, refusal.message)
        return _show(request, one, status=409, form=form)
    if made.state == State.WAITING:
        messages.warning(request, _("C’est complet : %s est sur la liste d’attente.") % made.name)
    else:
        messages.success(request, _("%s est inscrit.") % made.name)
    return redirect("agenda_desk:session", pk)


@require_POST
def end_registration(request: HttpRequest, pk: int, registration: int) -> HttpResponse:
    """Cancel someone's registration to this session; they are told."""
    one = _session(request, pk)
    row = Registration.objects.filter(pk=registration, session=one).first()
    if row is None:
        raise Http404
    if operations.leave(row, ended=Ended.AGENT, actor=actor_of(request), now=timezone.now()):
        messages.success(request, _("L’inscription de %s est annulée. La personne est prévenue.") % row.name)
    return redirect("agenda_desk:session", pk)


@require_POST
def capacity(request: HttpRequest, pk: int) -> HttpResponse:
    """Change how many places a pool of this session has."""
    one = _session(request, pk)
    pool = Pool.objects.filter(session=one, name=request.POST.get("pool", "")).first()
    if pool is None or one.cancelled_at is not None:
        raise Http404
    form = CapacityForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Écrivez un nombre de places. Exemple : 12"))
        return redirect("agenda_desk:session", pk)
    try:
        operations.set_capacity(pool, form.cleaned_data["capacity"], actor=actor_of(request), now=timezone.now())
        messages.success(request, _("C’est enregistré."))
    except Refused as refusal:
        messages.error(request, refusal.message)
    return redirect("agenda_desk:session", pk)


@require_POST
def cancel_session(request: HttpRequest, pk: int) -> HttpResponse:
    """Cancel the session; everyone is told once."""
    one = _session(request, pk)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _show(request, one, status=422, reason=form)
    try:
        if operations.cancel_session(
            one, reason=form.cleaned_data["reason"], actor=actor_of(request), now=timezone.now()
        ):
            messages.success(request, _("La séance est annulée. Chacun est prévenu."))
    except Refused as refusal:
        messages.error(request, refusal.message)
    return redirect("agenda_desk:session", pk)


@require_POST
def attendance(request: HttpRequest, pk: int) -> HttpResponse:
    """Who came: one mark for each line that was filled and differs from the last one."""
    one = _session(request, pk)
    now, written = timezone.now(), 0
    for row in queries.roster(one):
        told = request.POST.get(f"mark-{row.pk}", "")
        marks = list(row.marks.all())
        if told not in Mark.values or (marks and marks[-1].mark == told) or row.state == State.WAITING:
            continue
        operations.mark(
            row,
            one,
            Mark(told),
            key=uuid4(),
            marked_at=now,
            account=cast(Account, request.user),
            actor=actor_of(request),
            now=now,
        )
        written += 1
    messages.success(request, _("Présences enregistrées.") if written else _("Rien n’a changé."))
    return redirect("agenda_desk:session", pk)
