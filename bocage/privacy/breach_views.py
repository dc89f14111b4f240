"""Breaches at the desk: who is concerned, by which way they are told, the hours left, a draft of the notice."""

from io import BytesIO

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bocage.base import tables
from bocage.base.forms import give_errors
from bocage.base.once import key_of
from bocage.base.readonly import allow_write
from bocage.identity.actors import actor_of
from bocage.identity.models import Account
from bocage.messaging.models import Channel
from bocage.privacy import operations, queries
from bocage.privacy.forms import BreachForm
from bocage.privacy.models import Breach
from bocage.privacy.operations.breaches import AUTHORITY
from bocage.territory.queries import territory, today

PER_PAGE = 50


@require_safe
def breaches(request: HttpRequest) -> HttpResponse:
    """Every breach and drill, the latest first."""
    page = Paginator(Breach.objects.select_related("opened_by"), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "privacy/desk/breaches.html", {"page": page})


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Say what happened."""
    now = timezone.now()
    local = timezone.localtime(now)
    initial = {"known_on": local.date(), "known_at": f"{local:%H:%M}", "drill": True}
    form = BreachForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        assert isinstance(request.user, Account)
        try:
            breach = operations.open_breach(
                **form.breach(), opened_by=request.user, actor=actor_of(request), now=now, once=key_of(request)
            )
        except ValidationError as error:
            give_errors(form, error)
        else:
            return redirect("privacy_desk:breach", breach.pk)
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "privacy/desk/breach_new.html", {"form": form}, status=status)


@require_safe
def breach(request: HttpRequest, pk: int) -> HttpResponse:
    """Who is concerned, how many by each way, the hours left, and what one would write to them."""
    found, now = get_object_or_404(Breach.objects.select_related("agent", "opened_by"), pk=pk), timezone.now()
    reached = queries.reached_by(found)
    with allow_write("access journal: the list of who a breach concerns is read"):
        operations.record_breach_read(found, len(reached), taken=False, actor=actor_of(request), now=now)
    due = found.known_at + AUTHORITY
    ways = [
        {"label": label, "count": sum(one.way == value for one in reached)}
        for value, label in (
            (Channel.EMAIL, _("par courriel")),
            (Channel.SMS, _("par SMS")),
            (Channel.LETTER, _("par lettre")),
            (Channel.SCREEN, _("sans moyen connu")),
        )
    ]
    context = {
        "breach": found,
        "page": Paginator(reached, PER_PAGE).get_page(request.GET.get("page")),
        "count": len(reached),
        "sensitive": sum(one.sensitive for one in reached),
        "ways": [way for way in ways if way["count"]],
        "due": due,
        "late": due < now,
        "hours": max(0, int((due - now).total_seconds() // 3600)),
        "draft": _draft(found),
    }
    return render(request, "privacy/desk/breach.html", context)


def _draft(breach: Breach) -> str:
    """What one would write to who is concerned: what the law wants said (GDPR, art. 34, paragraph 2)."""
    place = territory()
    contact = place.settings.get("data_protection_contact", "") if place.settings else ""
    return _(
        "Bonjour,\n\n"
        "Nous vous écrivons parce que des données qui vous concernent ont pu être vues ou prises par quelqu’un "
        "d’autre.\n\n"
        "Ce qui s’est passé : %(facts)s\n\n"
        "Ce que cela peut entraîner : [dites-le : faux messages à votre nom, usage de votre adresse…]\n\n"
        "Ce que nous avons fait : [dites-le : accès fermé, CNIL prévenue…]\n\n"
        "Ce que vous pouvez faire : changez le mot de passe de votre compte ; méfiez-vous des messages qui vous "
        "demandent de l’argent ou un code ; appelez-nous en cas de doute.\n\n"
        "Pour toute question : %(contact)s\n\n%(place)s"
    ) % {"facts": breach.facts or breach.title, "contact": contact or place.phone, "place": place.name}


@require_POST
def file(request: HttpRequest, pk: int) -> HttpResponse:
    """The list as a table; nothing is sent to anyone."""
    found = get_object_or_404(Breach, pk=pk)
    reached = queries.reached_by(found)
    operations.record_breach_read(found, len(reached), taken=True, actor=actor_of(request), now=timezone.now())
    labels = {Channel.EMAIL: _("courriel"), Channel.SMS: _("SMS"), Channel.LETTER: _("lettre")}
    rows = [
        [
            one.name,
            labels.get(Channel(one.way), ""),
            one.address,
            _("oui") if one.sensitive else _("non"),
            " ; ".join(f"{kind} : {', '.join(records)}" for kind, records in one.records.items()),
        ]
        for one in reached
    ]
    header = [_("Personne"), _("Moyen"), _("Adresse"), _("Données protégées"), _("Ce qui est touché")]
    out = BytesIO()
    tables.write(tables.CSV, out, header, rows)
    response = HttpResponse(out.getvalue(), content_type=tables.CONTENT_TYPES[tables.CSV])
    response["Content-Disposition"] = f'attachment; filename="violation-{found.pk}-{today(timezone.now())}.csv"'
    response["Cache-Control"] = "private, no-store"
    return response


@require_POST
def told(request: HttpRequest, pk: int) -> HttpResponse:
    """Note that the authority was told."""
    found = get_object_or_404(Breach, pk=pk)
    if operations.authority_told(found, actor=actor_of(request), now=timezone.now()):
        messages.success(request, _("C’est noté : la CNIL est prévenue."))
    return redirect("privacy_desk:breach", found.pk)


@require_POST
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """Close it."""
    found = get_object_or_404(Breach, pk=pk)
    if operations.close_breach(found, actor=actor_of(request), now=timezone.now()):
        messages.success(request, _("C’est fermé."))
    return redirect("privacy_desk:breaches")
