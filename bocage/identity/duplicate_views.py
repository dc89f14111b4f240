"""« Fiches en double »: two records compared, made one, taken apart again, or told to be two people.

For managers and the administrator, within their reach (``bocage.desk.access``). The house proposes, an agent decides.
"""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bocage.base.dates import french_date, french_datetime
from bocage.base.shown import ChangedMeanwhile
from bocage.identity import duplicates, merging, operations
from bocage.identity.actors import actor_of
from bocage.identity.models import Account, PeopleMerge, Person, PossibleDuplicate
from bocage.identity.queries import request_scope
from bocage.identity.scope import Scope
from bocage.territory.queries import today

PER_PAGE = 30


def _scope(request: HttpRequest) -> Scope:
    return request_scope(request, today(timezone.now()))


@require_safe
def waiting(request: HttpRequest) -> HttpResponse:
    """The pairs that nobody has looked at yet."""
    scope, now = _scope(request), timezone.now()
    page = Paginator(duplicates.waiting(scope), PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "undoable": duplicates.standing(scope, now).count()}
    return render(request, "identity/desk/duplicates.html", context)


def _pair(request: HttpRequest, pk: int) -> PossibleDuplicate:
    """A pair within reach. Raises Http404."""
    found = duplicates.pair_in_reach(_scope(request), pk)
    if found is None:
        raise Http404
    return found


@require_http_methods(["GET", "HEAD", "POST"])
def pair(request: HttpRequest, pk: int) -> HttpResponse:
    """Two records side by side, what would follow, and the button that makes them one."""
    found = _pair(request, pk)
    if found.newer.merged_into_id or found.older.merged_into_id:
        return _settled(request, found)
    kept, other = merging.ordered(found.newer, found.older)
    if request.method != "POST":
        return _show(request, found, kept, other)
    choices = {part.name: request.POST.get(part.name, merging.KEPT) for part in merging.PARTS}
    if request.POST.get("sure") != "oui":
        told = _("Cochez la case quand vous avez vérifié que c’est la même personne.")
        return _show(request, found, kept, other, {"sure": told}, status=422)
    account = next(
        (one for one in merging.accounts_of(kept, other) if one and str(one.pk) == request.POST.get("account")), None
    )
    try:
        merge = operations.merge_people(
            kept,
            other,
            choices=choices,
            account=account,
            seen=request.POST.get("seen", "")[:16] or "-",
            actor=actor_of(request),
            now=timezone.now(),
        )
    except operations.MergeImpossible as error:
        return _show(request, found, kept, other, {"": str(error)}, status=409)
    except ChangedMeanwhile:
        told = _(
            "Une de ces fiches a changé pendant que vous les regardiez. Rien n’est fait : relisez, puis recommencez."
        )
        return _show(request, found, kept, other, {"": told}, status=409)
    until = french_date(merge.until)
    messages.success(request, _("Les deux fiches n’en font plus qu’une. Vous pouvez les séparer jusqu’au %s.") % until)
    return redirect("identity_duplicates:merge", merge.pk)


def _settled(request: HttpRequest, found: PossibleDuplicate) -> HttpResponse:
    """A pair of which a record was made one with another meanwhile: the merge's page, or the list."""
    merge = PeopleMerge.objects.filter(kept__in=[found.newer, found.older], undone_at=None)
    merge = merge.filter(other__in=[found.newer, found.older])
    if standing := merge.first():
        return redirect("identity_duplicates:merge", standing.pk)
    messages.info(request, _("Une de ces fiches a été réunie à une autre entre-temps."))
    return redirect("identity_duplicates:list")


def _show(
    request: HttpRequest,
    found: PossibleDuplicate,
    kept: Person,
    other: Person,
    errors: dict[str, str] | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    """The page of a pair, with what was chosen already."""
    for person in (kept, other):
        person.refresh_from_db()
    scope, errors = _scope(request), errors or {}
    mine, theirs = merging.accounts_of(kept, other)
    both_open = bool(mine and theirs and mine.is_active and theirs.is_active)
    context = {
        "pair": found,
        "kept": kept,
        "other": other,
        "rows": [_row(part, kept, other) for part in merging.PARTS if any((*part.value(kept), *part.value(other)))],
        "choices": [
            {
                "name": part.name,
                "label": part.label,
                "value": request.POST.get(part.name, merging.KEPT),
                "options": [
                    {"value": merging.KEPT, "label": part.told(kept)},
                    {"value": merging.OTHER, "label": part.told(other)},
                ],
            }
            for part in merging.PARTS
            if not merging.imposed(part, kept, other)
        ],
        "accounts": [_account(one) for one in (mine, theirs) if one] if both_open else [],
        "account": request.POST.get("account", ""),
        "refusals": merging.refusals(kept, other),
        "notes": merging.notes(kept, other, scope),
        "following": merging.preview(kept, other, scope),
        "seen": merging.fingerprint(kept, other),
        "error": errors.get("", ""),
        "sure_error": errors.get("sure", ""),
        "undo_days": merging.UNDO_DAYS,
    }
    return render(request, "identity/desk/duplicate.html", context, status=status)


def _row(part: merging.Part, kept: Person, other: Person) -> dict[str, Any]:
    side = merging.imposed(part, kept, other)
    same = part.value(kept) == part.value(other)
    taken = "" if same or not side else _("gardé")
    return {
        "label": part.label,
        "kept": part.told(kept),
        "other": part.told(other),
        "differs": not same,
        "kept_mark": taken if side == merging.KEPT else "",
        "other_mark": taken if side == merging.OTHER else "",
    }


def _account(account: Account) -> dict[str, str]:
    last = french_datetime(account.last_login) if account.last_login else _("jamais")
    told = _("Dernière connexion : %s") % last
    return {"value": str(account.pk), "label": account.email or account.username, "hint": told}


@require_POST
def different(request: HttpRequest, pk: int) -> HttpResponse:
    """Two people: remembered, and never shown again."""
    found = _pair(request, pk)
    if operations.not_duplicates(found, actor=actor_of(request), now=timezone.now()):
        messages.success(request, _("C’est noté : ce sont deux personnes. Cette paire ne sera plus proposée."))
    else:
        messages.info(request, _("Quelqu’un d’autre en a décidé entre-temps."))
    return redirect("identity_duplicates:list")


@require_POST
def propose(request: HttpRequest) -> HttpResponse:
    """Compare two records that an agent has under their eyes."""
    scope = _scope(request)
    asked = [request.POST.get(name, "") for name in ("one", "two")]
    reach = Person.objects.filter(scope.people_q(), merged_into=None)
    people = list(reach.filter(pk__in=[text for text in asked if text.isdecimal() and len(text) < 16]))
    if len(people) != 2:
        raise Http404
    found = operations.propose(people[0], people[1], actor=actor_of(request), now=timezone.now())
    return redirect("identity_duplicates:pair", found.pk)


@require_safe
def merges(request: HttpRequest) -> HttpResponse:
    """What was made one these thirty days, and may be taken apart."""
    found = duplicates.standing(_scope(request), timezone.now())
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "identity/desk/merges.html", {"page": page, "undo_days": merging.UNDO_DAYS})


@require_http_methods(["GET", "HEAD", "POST"])
def merge(request: HttpRequest, pk: int) -> HttpResponse:
    """One merge: what would go back, what would stay, and the button that undoes it."""
    scope, now, problem = _scope(request), timezone.now(), ""
    found = duplicates.merges_in_reach(scope).filter(pk=pk).first()
    if found is None:
        raise Http404
    if request.method == "POST":
        try:
            done = operations.undo_merge(found, actor=actor_of(request), now=now)
        except operations.MergeImpossible as error:
            problem = str(error)
            found.refresh_from_db()
        else:
            messages.success(request, _("Les deux fiches sont de nouveau séparées."))
            if done.stayed:
                messages.info(request, _("Ce qui a été corrigé depuis la réunion n’a pas été changé."))
            return redirect("identity_duplicates:merge", found.pk)
    can = found.undone_at is None and found.until >= now
    context = {
        "merge": found,
        "can": can,
        "back": merging.goes_back(found, scope) if can else [],
        "after": merging.came_after(found, scope) if can else [],
        "problem": problem,
    }
    return render(request, "identity/desk/merge.html", context, status=409 if problem else 200)
