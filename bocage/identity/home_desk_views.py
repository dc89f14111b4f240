"""« Foyers à vérifier »: what residents ask of their households, with the paper that shows it."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from bocage.identity import operations
from bocage.identity.actors import actor_of
from bocage.identity.models import HomeAsk, Person
from bocage.identity.queries import household_members, request_scope
from bocage.identity.reading import words
from bocage.identity.scope import Scope
from bocage.territory.queries import today

PER_PAGE = 30


def waiting(scope: Scope) -> QuerySet[HomeAsk]:
    """What waits for an answer, from people within an agent's reach, the oldest first."""
    found = HomeAsk.objects.filter(scope.people_q("asked_by__commune_id"), state=HomeAsk.State.WAITING)
    return found.select_related("asked_by", "membership__person").order_by("pk")


def _ask(request: HttpRequest, pk: int) -> HomeAsk:
    scope = request_scope(request, today(timezone.now()))
    found = HomeAsk.objects.filter(scope.people_q("asked_by__commune_id"), pk=pk)
    ask = found.select_related("asked_by__commune", "membership__person", "household", "decided_by").first()
    if ask is None:
        raise Http404
    return ask


@require_safe
def asks(request: HttpRequest) -> HttpResponse:
    """The list."""
    page = Paginator(waiting(request_scope(request, today(timezone.now()))), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "identity/desk/home_asks.html", {"page": page})


def _known(request: HttpRequest, ask: HomeAsk) -> list[Person]:
    """Records that may be of whom one wants to add: same family name, and same birth date when one is told."""
    if ask.kind == HomeAsk.Kind.LEAVE:
        return []
    scope = request_scope(request, today(timezone.now()))
    named = Q(words__word__in=words(ask.birth_name)[:1]) & Q(words__word__isnull=False)
    born = Q(birth_date=ask.birth_date) if ask.birth_date else Q()
    found = Person.objects.filter(scope.people_q(), named, born, merged_into=None).exclude(pk=ask.asked_by_id)
    return list(found.distinct().select_related("commune").order_by("birth_name", "given_names", "pk")[:10])


def _show(request: HttpRequest, ask: HomeAsk, error: str = "", status: int = 200) -> HttpResponse:
    day = today(timezone.now())
    context = {
        "ask": ask,
        "known": _known(request, ask),
        "members": household_members(ask.asked_by, day),
        "error": error,
    }
    return render(request, "identity/desk/home_ask.html", context, status=status)


@require_safe
def ask(request: HttpRequest, pk: int) -> HttpResponse:
    """What is asked, by whom, and the records that it may be about."""
    return _show(request, _ask(request, pk))


@require_POST
def accept(request: HttpRequest, pk: int) -> HttpResponse:
    """A paper was seen: done."""
    found, wanted = _ask(request, pk), request.POST.get("person", "")
    person = next((one for one in _known(request, found) if str(one.pk) == wanted), None)
    if found.kind == HomeAsk.Kind.JOIN and person is None and wanted != "new":
        return _show(request, found, _("Choisissez la fiche, ou « Une nouvelle fiche »."), 422)
    try:
        done = operations.accept_home_ask(found, person, actor=actor_of(request, "counter"), now=timezone.now())
    except ValidationError as error:
        return _show(request, found, " ".join(error.messages), 409)
    messages.success(request, _("C’est fait.")) if done else messages.info(request, _("Un collègue a déjà répondu."))
    return redirect("identity_home_asks:list")


@require_POST
def refuse(request: HttpRequest, pk: int) -> HttpResponse:
    """Not without a paper: say which."""
    found = _ask(request, pk)
    try:
        done = operations.refuse_home_ask(
            found, request.POST.get("reason", ""), actor=actor_of(request, "counter"), now=timezone.now()
        )
    except ValidationError as error:
        return _show(request, found, " ".join(error.messages), 422)
    told = _("C’est refusé, avec votre explication.") if done else _("Un collègue a déjà répondu.")
    messages.success(request, told)
    return redirect("identity_home_asks:list")
