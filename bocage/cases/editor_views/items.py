"""One page for each step, field, rule, state, button, notice, table, and for the settings: change, add, remove.

What is saved is the whole item of the page; a colleague who saved meanwhile is named, and what was typed is shown
again over what they left.
"""

from typing import Any

from django.contrib import messages
from django.forms import CharField
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from bocage.cases.editing import edits
from bocage.cases.editing.places import ALONE, BadEdit, NoSuchPlace, read
from bocage.cases.editing.ready_rules import ready_rules
from bocage.cases.editor_views import outline, registry
from bocage.cases.editor_views.common import body_of, changed_by, draft_view, fresh, my_services, seen_revision
from bocage.cases.editor_views.forms.base import ItemForm
from bocage.cases.editor_views.forms.flow import TransitionForm
from bocage.cases.editor_views.forms.new_field import NewFieldForm
from bocage.cases.models import ProcedureDraft
from bocage.cases.operations import Conflict
from bocage.cases.operations.editor import save_draft
from bocage.identity.actors import actor_of


def save(request: HttpRequest, draft: ProcedureDraft, body: dict[str, Any]) -> None:
    """Keep a new body of the draft. Raises Conflict when someone saved since the page was shown, BadEdit."""
    save_draft(draft, body, seen_revision=seen_revision(request, draft), actor=actor_of(request), now=timezone.now())


def back_to(draft: ProcedureDraft, place: str = "") -> str:
    """The outline, where the item stands in it; a scenario has a page of its own."""
    if place.startswith("scenarios/"):
        return reverse("editor_scenario", args=[draft.slug, place.removeprefix("scenarios/")])
    url = reverse("editor_outline", args=[draft.slug])
    return f"{url}#{outline.anchor(place)}" if place else url


def _form(request: HttpRequest, draft: ProcedureDraft, place: str) -> ItemForm:
    data = request.POST if request.method == "POST" else None
    extra = {"services": my_services(request)} if place == "settings" else {}
    try:
        return registry.form_at(body_of(draft), place, data, **extra)
    except NoSuchPlace as error:
        raise Http404 from error


@require_http_methods(["GET", "HEAD", "POST"])
@draft_view
def item(request: HttpRequest, draft: ProcedureDraft, place: str) -> HttpResponseBase:
    """What stands at a place of the procedure; the page of a scenario tells how it goes, too."""
    if place.startswith("scenarios/"):
        _form(request, draft, place)
        return redirect(back_to(draft, place))
    if request.method == "POST" and seen_revision(request, draft) != draft.revision:
        return _overtaken(request, draft, place)
    form = _form(request, draft, place)
    status = 200
    if request.method == "POST":
        if form.is_valid():
            try:
                body, kept = _put(body_of(draft), place, form)
                save(request, draft, body)
            except Conflict:
                return _overtaken(request, draft, place)
            except BadEdit as error:
                form.add_error(None, str(error))
            else:
                messages.success(request, _("C’est enregistré dans le brouillon."))
                return redirect(back_to(draft, kept))
        status = 200 if form.is_redraw else 422
    return _show(request, draft, place, form, status=status)


def _put(body: dict[str, Any], place: str, form: ItemForm) -> tuple[dict[str, Any], str]:
    """The body with what the form says, and the place of the item then; a state may become the one where cases begin.

    What takes a button is told by how its id begins: one that something else takes has another id.
    """
    changed = edits.put(body, place, form.written())
    if registry.kind_of(place) == "states" and getattr(form, "is_initial", False):
        changed = edits.put(changed, "workflow", {"initial": read(place).key})
    if isinstance(form, TransitionForm) and form.changes_trigger:
        collection = read(place).collection
        key = form.key(str(form.cleaned_data["label"]), registry.taken(body, collection), "button")
        return edits.rename(changed, place, key), f"{collection}/{key}"
    return changed, place


def _overtaken(request: HttpRequest, draft: ProcedureDraft, place: str) -> HttpResponse:
    """Someone was quicker: say who, show what was typed, and let it be saved over what they left."""
    now = fresh(draft)
    try:
        form = registry.form_at(body_of(now), place, request.POST, services=my_services(request))
        theirs = registry.form_at(body_of(now), place, services=my_services(request))
    except NoSuchPlace:
        context = {"draft": now, "told": changed_by(now, gone=True), "typed": _words_typed(request, place)}
        return render(request, "cases/desk/editor/gone.html", context, status=409)
    form.is_redraw = True
    form._errors = type(theirs.errors)()
    return _show(request, now, place, form, status=409, overtaken=changed_by(now), theirs=outline.facts_of(theirs))


def _words_typed(request: HttpRequest, place: str) -> list[str]:
    """The words typed in a form whose part is no more: what one would have to write again."""
    fields = registry.FORMS[registry.kind_of(place)].base_fields
    found = []
    for name, value in request.POST.items():
        field = fields.get(name)
        if isinstance(field, CharField) and value.strip():
            found.append(f"{field.label}\u00a0: {value}")
        elif field is None and (name.endswith("-label") or " " in value.strip()):
            found.append(value)
    return [text for text in found if text.strip()]


def _show(
    request: HttpRequest,
    draft: ProcedureDraft,
    place: str,
    form: ItemForm,
    *,
    status: int = 200,
    overtaken: str = "",
    theirs: Any = None,
) -> HttpResponse:
    kind, body = registry.kind_of(place), body_of(draft)
    current = edits.get(body, place)
    found = outline.issues_of(body)
    context = {
        "draft": draft,
        "place": place,
        "kind": kind,
        "named": registry.named(kind),
        "title": registry.title_of(place, current),
        "form": form,
        "links": form.links,
        "issues": [issue for issue in found if outline.is_at(issue.place, place, kind)],
        "overtaken": overtaken,
        "theirs": theirs,
        "fields": outline.fields_of(body, place) if kind == "steps" or current.get("kind") == "group" else None,
        "is_group": current.get("kind") == "group",
        "steps": outline.other_steps(body, place) if kind == "fields" and not registry.inner(place) else [],
        "removable": place not in ALONE and place not in {"notices/receipt", "notices/correction"},
        "uses": outline.uses(body, place),
        "specimen": reverse("editor_specimen", args=[draft.slug, read(place).key]) if kind == "documents" else "",
        "back": back_to(draft, place),
        "fixed_id": "" if place in ALONE else read(place).key,
    }
    return render(request, "cases/desk/editor/item.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@draft_view
def add(request: HttpRequest, draft: ProcedureDraft, collection: str) -> HttpResponseBase:
    """A new item of a collection (``rules``, ``workflow/states``, ``steps/home/fields``)."""
    try:
        if read(collection).kind == "fields" and not read(collection).key:
            return _add_field(request, draft, collection)
        ready = request.GET.get("prete", "")
        form = registry.new_form(body_of(draft), collection, request.POST if request.method == "POST" else None, ready)
    except NoSuchPlace as error:
        raise Http404 from error
    kind, status, overtaken = read(collection).kind, 200, ""
    if request.method == "POST":
        status = 200 if form.is_redraw else 422
        if form.is_valid():
            try:
                body, place = registry.add(body_of(draft), collection, form)
                if kind == "states" and getattr(form, "is_initial", False):
                    body = edits.put(body, "workflow", {"initial": read(place).key})
                save(request, draft, body)
            except Conflict:
                draft, status = fresh(draft), 409
                overtaken = changed_by(draft)
            except BadEdit as error:
                form.add_error(None, str(error))
            else:
                messages.success(request, _("C’est ajouté au brouillon."))
                return redirect(back_to(draft, place))
    context = {
        "draft": draft,
        "kind": kind,
        "named": registry.named(kind),
        "title": registry.named(kind).new,
        "form": form,
        "links": form.links,
        "overtaken": overtaken,
        "back": reverse("editor_scenarios", args=[draft.slug]) if kind == "scenarios" else back_to(draft),
        "adding": True,
        "ready": [one for one in ready_rules(body_of(draft)) if one.key != ready] if kind == "rules" else [],
    }
    return render(request, "cases/desk/editor/item.html", context, status=status)


def _add_field(request: HttpRequest, draft: ProcedureDraft, collection: str) -> HttpResponseBase:
    """A new question: first its words and its kind, then its own page."""
    try:
        edits.get(body_of(draft), collection.rpartition("/")[0])
    except NoSuchPlace as error:
        raise Http404 from error
    inside = collection.count("/") > 2
    form = NewFieldForm(request.POST if request.method == "POST" else None, inner=inside)
    status, overtaken = 200, ""
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                body, place = registry.add_field(
                    body_of(draft), collection, form.cleaned_data["kind"], form.cleaned_data["label"]
                )
                save(request, draft, body)
            except Conflict:
                draft, status = fresh(draft), 409
                overtaken = changed_by(draft)
            except BadEdit as error:
                form.add_error(None, str(error))
            else:
                messages.success(request, _("Le champ est ajouté. Voici ses réglages."))
                return redirect("editor_item", draft.slug, place)
    context = {
        "draft": draft,
        "form": form,
        "overtaken": overtaken,
        "step": registry.title_of(
            collection.rpartition("/")[0], edits.get(body_of(draft), collection.rpartition("/")[0])
        ),
        "back": back_to(draft, collection.rpartition("/")[0]),
    }
    return render(request, "cases/desk/editor/new_field.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@draft_view
def remove(request: HttpRequest, draft: ProcedureDraft, place: str) -> HttpResponseBase:
    """Take an item out, after showing what speaks of it."""
    body = body_of(draft)
    try:
        kind, current = registry.kind_of(place), edits.get(body, place)
    except NoSuchPlace as error:
        raise Http404 from error
    overtaken, status = "", 200
    if request.method == "POST":
        try:
            save(request, draft, edits.remove(body, place))
        except Conflict:
            draft, status = fresh(draft), 409
            overtaken = changed_by(draft)
        except BadEdit as error:
            messages.warning(request, str(error))
            return redirect(back_to(draft))
        else:
            messages.success(request, _("C’est retiré du brouillon."))
            return redirect(back_to(draft))
    context = {
        "draft": draft,
        "place": place,
        "named": registry.named(kind),
        "title": registry.title_of(place, current),
        "uses": outline.uses(body, place),
        "overtaken": overtaken,
        "back": reverse("editor_item", args=[draft.slug, place]),
    }
    return render(request, "cases/desk/editor/remove.html", context, status=status)


@require_http_methods(["POST"])
@draft_view
def move(request: HttpRequest, draft: ProcedureDraft) -> HttpResponseBase:
    """Put an item higher or lower (``move`` is « place:-1 »), or a question in another step (``into``)."""
    place, _colon, by = request.POST.get("move", "").rpartition(":")
    into = request.POST.get("into", "")
    try:
        steps = int(by) if by.lstrip("-").isdigit() and len(by) < 5 else 0
        body = edits.move(body_of(draft), place, steps, into=f"steps/{into}/fields" if into else "")
        save(request, draft, body)
    except Conflict:
        messages.warning(request, changed_by(fresh(draft)))
        return redirect(back_to(draft))
    except BadEdit as error:
        messages.warning(request, str(error))
        return redirect(back_to(draft))
    if place.startswith("rules/"):
        place = f"rules/{max(0, min(int(place.rpartition('/')[2]) + steps, len(body['rules']) - 1))}"
    if into:
        place = f"steps/{into}/fields/{read(place).key}"
        messages.success(request, _("Le champ est dans l’autre étape."))
    return redirect(back_to(draft, place))
