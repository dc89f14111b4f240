"""« Mes données »: take them away, see who looked, what one agreed to, erase them. And the public register."""

from io import BytesIO
from typing import Any, cast

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.files.storage import storages
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bocage.base import tables
from bocage.base.dates import french_date
from bocage.base.once import key_of
from bocage.base.readonly import allow_write
from bocage.identity.actors import actor_of
from bocage.identity.models import Account, Person
from bocage.identity.queries import person_of
from bocage.privacy import looking, operations, queries
from bocage.privacy.models import CopyState, DataCopy, Erasure, ErasureState
from bocage.privacy.operations.erasing import COOLING_OFF, AlreadyAsked
from bocage.territory.queries import today

PER_PAGE = 30


def _account(request: HttpRequest) -> Account:
    return cast(Account, request.user)


def _person(request: HttpRequest) -> Person:
    person = person_of(_account(request))
    if person is None:
        raise Http404
    return person


# --- Taking away ---------------------------------------------------------------------------------------------------
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """« Mes données »: what is held, the archives asked, the ways to everything else."""
    account, now = _account(request), timezone.now()
    person = person_of(account)
    found = list(DataCopy.objects.filter(account=account, expires_at__gt=now).order_by("-id")[:10])
    context = {
        "person": person,
        "holders": [holder for _manifest, holder in queries.holders()],
        "copies": [
            {"copy": copy, "share": round(100 * copy.written / copy.total) if copy.total else 0} for copy in found
        ],
        "making": any(copy.state == CopyState.WAITING for copy in found),
        "erasure": queries.erasure_of(person) if person else None,
    }
    return render(request, "privacy/home.html", context)


@require_POST
def ask(request: HttpRequest) -> HttpResponse:
    """Ask for the archive; it is made in the background."""
    try:
        operations.ask_copy(_account(request), actor=actor_of(request), now=timezone.now(), once=key_of(request))
    except operations.CopyWaiting as waiting:
        messages.info(request, str(waiting))
    else:
        messages.success(request, _("Votre archive se prépare. Cela prend quelques secondes."))
    return redirect("data_home")


def _own(request: HttpRequest, pk: int) -> DataCopy:
    """One's own archive, while it is kept. Raises Http404: nobody learns that another's exists."""
    return get_object_or_404(DataCopy, pk=pk, account=_account(request), expires_at__gt=timezone.now())


@require_safe
def download(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The archive."""
    copy = _own(request, pk)
    if copy.state != CopyState.READY or not storages["private"].exists(copy.path):
        raise Http404
    with allow_write("access journal: someone takes the archive of their data away"):
        operations.record_download(copy, actor=actor_of(request), now=timezone.now())
    response = FileResponse(
        storages["private"].open(copy.path), content_type="application/zip", as_attachment=True, filename=copy.name
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


@require_POST
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Erase one's archive before its time."""
    operations.remove_copy(_own(request, pk), actor=actor_of(request), now=timezone.now())
    messages.success(request, _("L’archive est effacée."))
    return redirect("data_home")


# --- Seeing ---------------------------------------------------------------------------------------------------------
@require_safe
def looks(request: HttpRequest) -> HttpResponse:
    """« Qui a consulté mes données »."""
    page = Paginator(looking.looks_at(_person(request)), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "privacy/looks.html", {"page": page})


@require_safe
def agreed(request: HttpRequest) -> HttpResponse:
    """« Mes accords »: all that one agreed to, standing or not."""
    return render(request, "privacy/agreed.html", {"agreed": queries.agreed_by(_person(request))})


# --- Erasing --------------------------------------------------------------------------------------------------------
def by_fate(person: Person) -> dict[str, Any]:
    """What becomes of someone's data, for a page: what blocks, goes, stays."""
    found = queries.fates(person, timezone.now())
    return {name: [fate for fate in found if fate.becomes == name] for name in ("blocks", "erased", "kept")}


@require_http_methods(["GET", "HEAD", "POST"])
@reauthentication_required(allow_get=True)  # type: ignore[untyped-decorator]
def erase(request: HttpRequest) -> HttpResponse:
    """« Effacer mes données »: what goes, what stays and why; then, the password typed again, in a week."""
    person, now, error = _person(request), timezone.now(), ""
    if waiting := queries.erasure_of(person):
        return render(request, "privacy/erase_waiting.html", {"erasure": waiting})
    if request.method == "POST":
        if not request.POST.get("sure"):
            error = _("Cochez la case pour confirmer : ce qui est effacé ne revient pas.")
        else:
            try:
                asked = operations.ask_erasure(person, actor=actor_of(request), now=now, once=key_of(request))
            except operations.Blocked as blocked:
                error = str(blocked)
            except AlreadyAsked:
                return redirect("data_erase")
            else:
                day = french_date(today(asked.due_at))
                messages.success(request, _("C’est noté : vos données seront effacées le %s.") % day)
                return redirect("data_home")
    context = {"fates": by_fate(person), "error": error, "day": today(now + COOLING_OFF), "days": COOLING_OFF.days}
    return render(request, "privacy/erase.html", context, status=422 if error else 200)


@require_POST
def keep(request: HttpRequest) -> HttpResponse:
    """Take one's erasure back."""
    erasure = get_object_or_404(Erasure, person=_person(request), state=ErasureState.WAITING)
    if operations.withdraw_erasure(erasure, actor=actor_of(request), now=timezone.now()):
        messages.success(request, _("L’effacement est annulé : rien n’a changé."))
    return redirect("data_home")


# --- The register ---------------------------------------------------------------------------------------------------
@login_not_required
@require_safe
def register(request: HttpRequest) -> HttpResponse:
    """The register of processing activities (GDPR, art. 30), for everyone."""
    return render(request, "privacy/register.html", {"entries": queries.processings(), "day": today(timezone.now())})


@login_not_required
@require_safe
def register_file(request: HttpRequest, format_: str) -> HttpResponse:
    """The same as a table."""
    if format_ not in tables.CONTENT_TYPES:
        raise Http404
    header = [
        _("Traitement"),
        _("À quoi il sert"),
        _("Ce qui le permet"),
        _("Personnes"),
        _("Données"),
        _("Données protégées"),
        _("Destinataires"),
        _("Durée"),
    ]
    rows = [
        (one.label, one.purpose, one.basis, one.people, one.data, one.sensitive, one.recipients, one.kept)
        for one in queries.processings()
    ]
    out = BytesIO()
    tables.write(format_, out, header, [[str(cell) for cell in row] for row in rows])
    response = HttpResponse(out.getvalue(), content_type=tables.CONTENT_TYPES[format_])
    response["Content-Disposition"] = f'attachment; filename="registre-des-traitements.{format_}"'
    return response
