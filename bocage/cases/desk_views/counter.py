"""« Accueil du public »: one search, the person's page, and what one does there in thirty seconds."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bocage.base.once import key_of
from bocage.base.shown import ChangedMeanwhile
from bocage.cases.desk_queries import colleagues, entry_draft, look_alikes, notes_on, open_to_agents, people_in_reach
from bocage.cases.desk_views.common import CHANGED, agent_of, scope_of_request, text_of, told_follower
from bocage.cases.desk_views.forms import EditPersonForm, PersonForm
from bocage.cases.engine import Refused
from bocage.cases.entrusting import role_of
from bocage.cases.operations import Conflict, add_note, assign_case
from bocage.cases.queries import Filters, agent_case, case_role, cases_of_person, person_visible, worklist
from bocage.cases.rows import rows_of
from bocage.cases.scans import Target, read_target
from bocage.identity.actors import actor_of
from bocage.identity.models import Person
from bocage.identity.operations import create_person, update_person
from bocage.identity.queries import account_of, active_mandates, asks_waiting, find_people, household_members, resolved
from bocage.identity.reading import read_search, written_phone
from bocage.identity.representing import representatives_of
from bocage.territory.queries import today

CASES_SHOWN = 30
FOUND = 8  # cases shown beside the people found


def _leads_to(request: HttpRequest, target: Target) -> str:
    """Where a reference or a QR leads this agent; empty when nowhere."""
    day = today(timezone.now())
    if target.kind == "case":
        if agent_case(agent_of(request), target.value, day):
            return reverse("cases_desk", args=[target.value])
        draft = entry_draft(agent_of(request), target.value, day)
        return reverse("cases_entry_form", args=[draft.procedure.slug, draft.reference]) if draft else ""
    if target.kind == "entry":
        known = {procedure.slug for procedure in open_to_agents(agent_of(request), day, closed=True)}
        return reverse("cases_entry", args=[target.value]) if target.value in known else ""
    return f"{reverse('messaging_desk:returns')}?reference={target.value}" if target.kind == "letter" else ""


@require_safe
def counter(request: HttpRequest) -> HttpResponse:
    """One field finds people by name, telephone or birth date, and cases by reference, QR or any word."""
    now, text = timezone.now(), request.GET.get("q", "")[:400].strip()
    target = read_target(text)
    if target and (url := _leads_to(request, target)):
        return redirect(url)
    people: list[Person] = []
    rows: list[Any] = []
    if text and target is None:
        people = find_people(text, within=people_in_reach(agent_of(request), today(now)), today=today(now))
        rows = rows_of(worklist(agent_of(request), Filters(q=text, situation="all"), now)[:FOUND], now)
    context = {
        "text": text,
        "people": people,
        "rows": rows,
        "unknown": bool(text and not people and not rows),
        "unreachable": bool(target),
        "procedures": open_to_agents(agent_of(request), today(now)),
    }
    return render(request, "cases/desk/counter.html", context)


def person_in_reach(request: HttpRequest, pk: int) -> Person:
    """Someone within the agent's reach; Http404 alike for someone unknown and someone out of reach."""
    person = Person.objects.select_related("commune", "merged_into").filter(pk=pk).first()
    if person is None:
        raise Http404
    person = resolved(person)
    if not person_visible(agent_of(request), person, today(timezone.now())):
        raise Http404
    return person


def show_person(
    request: HttpRequest,
    person: Person,
    *,
    typed: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    """Who they are, their cases, notes, and what one does at the counter."""
    now = timezone.now()
    day = today(now)
    found = cases_of_person(person, agent_of(request), day).select_related("assignee", "agreement", "decision")
    cases = list(found[:CASES_SHOWN])
    scope = scope_of_request(request)
    open_cases = [case for case in cases if not case.outcome and role_of(scope, case) != "follower"]
    home = ", ".join(filter(None, (person.address, f"{person.postcode} {person.commune or person.locality}".strip())))
    context = {
        "person": person,
        "facts": [
            {"label": _("Nom de naissance"), "value": person.birth_name},
            {"label": _("Prénoms"), "value": person.given_names},
            {"label": _("Né(e) le"), "value": person.birth_date and person.birth_date.strftime("%d/%m/%Y")},
            {"label": _("Téléphone"), "value": written_phone(person.phone)},
            {"label": _("Adresse électronique"), "value": person.email},
            {"label": _("Adresse"), "value": home},
            {"label": _("Identité"), "value": person.get_identity_level_display()},
            {"label": _("Compte en ligne"), "value": _("oui") if account_of(person) else _("non")},
        ],
        "alikes": look_alikes(person, agent_of(request), day),
        "rows": rows_of(cases, now),
        "open_cases": [
            {"value": case.reference, "label": f"{case.procedure.title}, {case.reference}"} for case in open_cases
        ],
        "mates": _mates(request, open_cases),
        "notes": notes_on(person, agent_of(request), day)[:50],
        "household": household_members(person, day).exclude(person=person),
        "mandates": list(active_mandates(day, now, principal=person)) + list(active_mandates(day, now, holder=person)),
        "protections": representatives_of(person, day),
        "asked": asks_waiting(person, agent_of(request), now),
        "procedures": open_to_agents(agent_of(request), day),
        "typed": {"note": "", "word": "", "case": "", "assignee": "", **(typed or {})},
        "errors": {"note": "", "case": "", "assignee": "", **(errors or {})},
    }
    return render(request, "cases/desk/person.html", context, status=status)


def _mates(request: HttpRequest, cases: list[Any]) -> list[dict[str, str]]:
    """Colleagues who may take one of these cases."""
    found: dict[int, str] = {}
    seen: set[tuple[Any, ...]] = set()
    for case in cases:
        reach = (case.service, case.commune_id, case.organisation_id, case.apart)
        if reach not in seen:
            seen.add(reach)
            found |= {one.pk: str(one) for one in colleagues(case, today(timezone.now()))}
    found.pop(agent_of(request).pk, None)
    return [{"value": str(pk), "label": name} for pk, name in found.items()]


@require_safe
def person_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Someone's page at the counter."""
    person = person_in_reach(request, pk)
    if person.pk != pk:
        return redirect("cases_person", person.pk)
    return show_person(request, person)


@require_http_methods(["GET", "HEAD", "POST"])
def new_person(request: HttpRequest) -> HttpResponse:
    """Enter someone the search does not find; what was searched is already in its field."""
    form = PersonForm(request.POST or None, initial=_guessed(request.GET.get("q", "")[:200]))
    if request.method == "POST" and form.is_valid():
        try:
            person = create_person(
                actor=actor_of(request, "counter"), now=timezone.now(), once=key_of(request), **form.cleaned_data
            )
        except ValidationError as error:
            form.take(error)
        else:
            messages.success(request, _("La fiche de %(name)s est créée.") % {"name": person.full_name})
            return _after_entry(request, person)
    status = 422 if form.is_bound else 200
    return render(request, "cases/desk/person_form.html", {"form": form, "person": None}, status=status)


def _after_entry(request: HttpRequest, person: Person) -> HttpResponse:
    if person_visible(agent_of(request), person, today(timezone.now())):
        return redirect("cases_person", person.pk)
    messages.info(request, _("Cette personne habite une commune qui n’est pas dans votre poste."))
    return redirect("cases_counter")


def _guessed(text: str) -> dict[str, Any]:
    """Where the words of the search go in the form."""
    wanted = read_search(text, today(timezone.now()))
    typed = [word for word in text.split() if word.isalpha()]
    return {
        "birth_name": typed[0].capitalize() if typed else "",
        "given_names": " ".join(word.capitalize() for word in typed[1:]),
        "birth_date": wanted.dates[0] if len(wanted.dates) == 1 else None,
        "phone": wanted.phone if wanted.phone_is_whole else "",
        "email": wanted.email,
    }


@require_http_methods(["GET", "HEAD", "POST"])
def edit_person(request: HttpRequest, pk: int) -> HttpResponse:
    """Correct someone's details."""
    person = person_in_reach(request, pk)
    form = EditPersonForm(request.POST or None, initial=EditPersonForm.told(person))
    if request.method == "POST" and form.is_valid():
        try:
            update_person(person, actor=actor_of(request, "counter"), now=timezone.now(), **form.cleaned_data)
        except ChangedMeanwhile:  # this very moment: compared again, the form now says so
            return edit_person(request, pk)
        except ValidationError as error:
            form.take(error)
        else:
            messages.success(request, _("La fiche est corrigée."))
            return _after_entry(request, person)
    return render(request, "cases/desk/person_form.html", {"form": form, "person": person}, status=form.status)


@require_POST
def person_note(request: HttpRequest, pk: int) -> HttpResponse:
    """Note something about someone."""
    person = person_in_reach(request, pk)
    try:
        add_note(
            text_of(request, "note"),
            author=agent_of(request),
            actor=actor_of(request, "counter"),
            now=timezone.now(),
            person=person,
            once=key_of(request),
        )
    except Refused as refused:
        return show_person(request, person, errors={"note": refused.message}, status=422)
    messages.success(request, _("Note enregistrée. Seuls les agents la voient."))
    return redirect(reverse("cases_person", args=[person.pk]) + "#notes")


@require_POST
def hand_over(request: HttpRequest, pk: int) -> HttpResponse:
    """Pass one of someone's cases to a colleague, with a word."""
    person = person_in_reach(request, pk)
    now, typed = timezone.now(), {name: text_of(request, name) for name in ("word", "case", "assignee")}
    case = agent_case(agent_of(request), typed["case"], today(now))
    if case is None or case.applicant_id != person.pk:
        raise Http404
    if case_role(agent_of(request), case, today(now)) == "follower":
        return show_person(request, person, typed=typed, errors={"case": told_follower(case)}, status=422)
    chosen = next((one for one in colleagues(case, today(now)) if str(one.pk) == typed["assignee"]), None)
    if chosen is None:
        text = _("Choisissez qui prend la suite : cette personne doit voir ce dossier.")
        return show_person(request, person, typed=typed, errors={"assignee": text}, status=422)
    try:
        with transaction.atomic():  # the case never goes without its word
            assign_case(case, chosen, actor=actor_of(request, "counter"), now=now)
            if typed["word"].strip():
                add_note(
                    typed["word"],
                    author=agent_of(request),
                    actor=actor_of(request, "counter"),
                    now=now,
                    case=case,
                    once=key_of(request),
                )
    except (Refused, Conflict) as error:
        messages.warning(request, error.message if isinstance(error, Refused) else CHANGED)
        return show_person(request, person, typed=typed, status=409)
    messages.success(request, _("Dossier confié à %(name)s.") % {"name": chosen})
    return redirect("cases_person", person.pk)
