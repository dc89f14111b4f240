"""The list of procedures, and the ways to begin one: from nothing, from a ready one, a file, the one in service."""

import json
from typing import Any

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bocage.cases.editing import files
from bocage.cases.editor_views import library, words
from bocage.cases.editor_views.common import draft_view, fresh, my_drafts, my_procedures, my_services, seen_revision
from bocage.cases.editor_views.forms.base import choices
from bocage.cases.engine import Refused
from bocage.cases.models import Procedure, ProcedureDraft
from bocage.cases.operations import Conflict
from bocage.cases.operations.editor import (
    close_procedure,
    discard_draft,
    edit_procedure,
    export_document,
    import_document,
    open_procedure,
    start_draft,
)
from bocage.identity import staff
from bocage.identity.actors import actor_of
from bocage.search.text import fold
from bocage.territory.queries import today


def address_of(title: str) -> str:
    """The address that a title suggests: « Réservation d’un broyeur » → ``reservation-d-un-broyeur``."""
    parts = [word for word in fold(title).split() if word.isascii()]
    made = "-".join(parts)[:60].strip("-")
    return made if made[:1].isalpha() else f"demarche-{made}".strip("-")


class _Address(forms.CharField):
    """The address of a procedure on the portal."""

    def __init__(self, **extra: Any) -> None:
        super().__init__(
            label=gettext_lazy("Son adresse sur le portail"),
            required=False,
            max_length=60,
            help_text=gettext_lazy(
                "Ne change plus ensuite. Laissez vide : elle se fait du nom. Exemple : reservation-broyeur"
            ),
            **extra,
        )


class NewForm(forms.Form):
    """A procedure from nothing."""

    title = forms.CharField(
        label=gettext_lazy("Nom de la démarche"),
        max_length=160,
        help_text=gettext_lazy("Ce que l’on vient faire. Exemple : Réservation d’un broyeur"),
        error_messages={"required": gettext_lazy("Donnez un nom. Exemple : Réservation d’un broyeur")},
    )
    service = forms.ChoiceField(
        label=gettext_lazy("Service qui s’en occupe"),
        help_text=gettext_lazy("Ses agents verront les dossiers. Exemple : Déchets"),
        error_messages={"required": gettext_lazy("Choisissez le service.")},
    )
    act = forms.ChoiceField(
        label=gettext_lazy("Sur l’accueil du portail, elle est sous"),
        choices=choices(words.ACTS),
        initial="ask",
        help_text=gettext_lazy("Exemple : Réserver, prendre rendez-vous"),
    )
    audience = forms.ChoiceField(
        label=gettext_lazy("Qui la fait ?"),
        choices=choices(words.AUDIENCES),
        initial="person",
        help_text=gettext_lazy("Exemple : Une personne"),
    )
    slug = _Address()

    def __init__(self, data: Any = None, *, services: frozenset[str] | None) -> None:
        super().__init__(data)
        mine = [(name, label) for name, label in staff.services().items() if services is None or name in services]
        service = self.fields["service"]
        assert isinstance(service, forms.ChoiceField)
        service.choices = mine
        if len(mine) == 1:
            service.initial = mine[0][0]


class ImportForm(forms.Form):
    """A file that the editor made, here or in another territory."""

    file = forms.FileField(
        label=gettext_lazy("Le fichier"),
        widget=forms.FileInput(attrs={"accept": ".json,application/json"}),
        help_text=gettext_lazy("Enregistré par l’éditeur d’un autre territoire. Exemple : reservation-broyeur.json"),
        error_messages={
            "required": gettext_lazy("Choisissez un fichier."),
            "empty": gettext_lazy("Ce fichier est vide. Choisissez-en un autre."),
        },
    )
    slug = _Address()


@require_safe
def procedures(request: HttpRequest) -> HttpResponse:
    """Every procedure that the agent writes, with where it stands."""
    drafts = {draft.slug: draft for draft in my_drafts(request)}
    names, day = staff.services(), today(timezone.now())
    rows: list[dict[str, Any]] = []
    for procedure in my_procedures(request).order_by("title"):
        rows.append(
            {
                "title": procedure.title,
                "slug": procedure.slug,
                "service": names.get(procedure.service, procedure.service),
                "procedure": procedure,
                "draft": drafts.pop(procedure.slug, None),
                "opens": procedure.opens_on if procedure.opens_on and procedure.opens_on > day else None,
            }
        )
    rows += [
        {
            "title": draft.title or draft.slug,
            "slug": draft.slug,
            "service": names.get(draft.service, draft.service),
            "procedure": None,
            "draft": draft,
            "opens": None,
        }
        for draft in drafts.values()
        if draft.procedure_id is None
    ]
    return render(request, "cases/desk/editor/procedures.html", {"rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """A procedure from nothing: a small sound one, to be worked on."""
    form = NewForm(request.POST if request.method == "POST" else None, services=my_services(request))
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            draft = start_draft(
                data["slug"] or address_of(data["title"]),
                title=data["title"],
                service=data["service"],
                act=data["act"],
                audience=data["audience"],
                actor=actor_of(request),
                now=timezone.now(),
            )
        except Refused as refused:
            _blame(form, refused)
        except Conflict:
            form.add_error("slug", _("Un brouillon a déjà cette adresse. Choisissez-en une autre."))
        else:
            messages.success(request, _("Votre démarche est commencée. Voici de quoi elle est faite."))
            return redirect("editor_outline", draft.slug)
    return render(request, "cases/desk/editor/new.html", {"form": form}, status=422 if form.errors else 200)


def _blame(form: forms.Form, refused: Refused) -> None:
    for name, text in (refused.errors or {"": refused.message}).items():
        form.add_error(name if name in form.fields else None, text)


@require_http_methods(["GET", "HEAD", "POST"])
def ready(request: HttpRequest) -> HttpResponse:
    """The library: copy a ready procedure into a draft of one’s own."""
    mine, names = my_services(request), staff.services()
    services = [{"value": one, "label": label} for one, label in names.items() if mine is None or one in mine]
    errors: list[dict[str, str]] = []
    typed = {"key": "", "slug": "", "service": services[0]["value"] if len(services) == 1 else ""}
    if request.method == "POST":
        typed = {name: request.POST.get(name, "")[:200].strip() for name in typed}
        body = library.body_of(typed["key"])
        if body is None:
            errors.append({"target": "f-key", "message": _("Choisissez la démarche à copier.")})
        if typed["service"] not in {one["value"] for one in services}:
            errors.append({"target": "f-service", "message": _("Choisissez le service.")})
        if not errors:
            assert body is not None
            slug = typed["slug"] or _free_address(str(body.get("slug", "")))
            text = json.dumps({**body, "service": typed["service"]}, ensure_ascii=False)
            found = _imported(request, text, slug)
            if isinstance(found, ProcedureDraft):
                messages.success(request, _("C’est copié. Changez ce qui vous est propre, puis publiez."))
                return redirect("editor_outline", found.slug)
            errors += [{"target": "f-slug", "message": told} for told in found]
    context = {"ready": library.ready(), "services": services, "typed": typed, "links": errors}
    return render(request, "cases/desk/editor/library.html", context, status=422 if errors else 200)


def _free_address(slug: str) -> str:
    taken = {*Procedure.objects.values_list("slug", flat=True), *ProcedureDraft.objects.values_list("slug", flat=True)}
    found, number = slug, 2
    while found in taken:
        found, number = f"{slug[:56]}-{number}", number + 1
    return found


def _imported(request: HttpRequest, text: str | bytes, slug: str) -> ProcedureDraft | list[str]:
    """The draft made of a file, or what is wrong, in sentences. Within the agent’s reach only."""
    try:
        body = files.read(text)
    except files.BadFile as error:
        return [f"{issue.text} ({issue.place})" if issue.place != "settings" else issue.text for issue in error.issues]
    mine = my_services(request)
    if mine is not None and body["service"] not in mine:
        told = _("Cette démarche est celle du service « %(service)s », qui n’est pas le vôtre.")
        return [told % {"service": staff.services().get(body["service"], body["service"])}]
    there = Procedure.objects.filter(slug=slug or body["slug"]).first()
    if there is not None and not my_procedures(request).filter(pk=there.pk).exists():
        return [_("Cette adresse est prise par une démarche d’un autre service. Choisissez-en une autre.")]
    try:
        return import_document(text, actor=actor_of(request), now=timezone.now(), slug=slug)
    except files.BadFile as error:
        return [issue.text for issue in error.issues]
    except Refused as refused:
        return [refused.message]
    except Conflict:
        return [_("Quelqu’un vient de prendre cette adresse. Choisissez-en une autre.")]


@require_http_methods(["GET", "HEAD", "POST"])
def take_in(request: HttpRequest) -> HttpResponse:
    """A file becomes a draft; nothing of it is kept when it is no procedure."""
    form = ImportForm(request.POST or None, request.FILES or None)
    if request.method == "POST":
        form = ImportForm(request.POST, request.FILES)
        if form.is_valid():
            upload: UploadedFile = form.cleaned_data["file"]
            if (upload.size or 0) > 4 * files.MAX_FILE:
                form.add_error("file", _("Ce fichier est trop gros pour une démarche."))
            else:
                found = _imported(request, upload.read(), form.cleaned_data["slug"])
                if isinstance(found, ProcedureDraft):
                    messages.success(request, _("Le fichier est lu. Voici la démarche."))
                    return redirect("editor_outline", found.slug)
                for told in found[:20]:
                    form.add_error("file", told)
    return render(request, "cases/desk/editor/import.html", {"form": form}, status=422 if form.errors else 200)


def _my_procedure(request: HttpRequest, slug: str) -> Procedure:
    found = my_procedures(request).filter(slug=slug).first()
    if found is None:
        raise Http404
    return found


@require_POST
def edit(request: HttpRequest, slug: str) -> HttpResponse:
    """Begin the next version of a procedure, or go on with the draft that is open."""
    procedure = _my_procedure(request, slug)
    if procedure.current is None:
        raise Http404
    try:
        draft = edit_procedure(procedure, actor=actor_of(request), now=timezone.now())
    except Conflict:
        draft = ProcedureDraft.objects.get(slug=slug)
    return redirect("editor_outline", draft.slug)


@require_POST
def switch(request: HttpRequest, slug: str) -> HttpResponse:
    """Open or close a procedure at once; running cases go on."""
    procedure, actor, now = _my_procedure(request, slug), actor_of(request), timezone.now()
    if request.POST.get("open") == "yes":
        open_procedure(procedure, actor=actor, now=now)
        messages.success(request, _("La démarche est ouverte : les habitants peuvent la commencer."))
    else:
        close_procedure(procedure, actor=actor, now=now)
        messages.success(request, _("La démarche est fermée. Les dossiers en cours continuent."))
    return redirect("editor_procedures")


def _file(text: str, slug: str) -> HttpResponse:
    response = HttpResponse(text, content_type="application/json; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{slug}.json"'
    return response


@require_safe
def export_published(request: HttpRequest, slug: str) -> HttpResponse:
    """The version in service, as one file."""
    procedure = _my_procedure(request, slug)
    if procedure.current is None:
        raise Http404
    return _file(export_document(procedure.current), slug)


@require_safe
@draft_view
def export(request: HttpRequest, draft: ProcedureDraft) -> HttpResponseBase:
    """The draft, as one file."""
    return _file(export_document(draft), draft.slug)


@require_http_methods(["GET", "HEAD", "POST"])
@draft_view
def discard(request: HttpRequest, draft: ProcedureDraft) -> HttpResponseBase:
    """Give a draft up, after asking."""
    if request.method == "POST":
        try:
            discard_draft(
                draft, seen_revision=seen_revision(request, draft), actor=actor_of(request), now=timezone.now()
            )
        except Conflict:
            draft = fresh(draft)
            messages.warning(
                request, _("Quelqu’un vient d’écrire dans ce brouillon. Relisez-le avant de l’abandonner.")
            )
            return redirect("editor_outline", draft.slug)
        messages.success(request, _("Le brouillon est abandonné."))
        return redirect("editor_procedures")
    return render(request, "cases/desk/editor/discard.html", {"draft": draft})
