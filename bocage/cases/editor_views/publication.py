"""Before and at publication: what changed, what is wrong, the scenarios, the dates; then publish."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from bocage.cases.editing import checks
from bocage.cases.editing.compare import Change, changes
from bocage.cases.editor_views import outline, telling
from bocage.cases.editor_views.common import body_of, changed_by, draft_view, fresh, seen_revision
from bocage.cases.engine import Refused
from bocage.cases.models import ProcedureDraft
from bocage.cases.operations import Conflict
from bocage.cases.operations.editor import NotPublishable, publish_draft, set_opening
from bocage.cases.operations.effects import known_effects
from bocage.cases.operations.store import moment
from bocage.cases.scenarios import Report, run_all
from bocage.cases.schema import ProcedureDocument
from bocage.identity.actors import actor_of
from bocage.identity.fields import TypedDateField
from bocage.territory.queries import commune_names


class OpeningForm(forms.Form):
    """From which day, and until which."""

    opens_on = TypedDateField(
        label=gettext_lazy("Elle ouvre le"),
        required=False,
        help_text=gettext_lazy("Laissez vide pour l’ouvrir dès la publication. Exemple : 01/03/2027"),
    )
    closes_on = TypedDateField(
        label=gettext_lazy("Son dernier jour"),
        required=False,
        help_text=gettext_lazy("Laissez vide si elle n’a pas de fin. Exemple : 30/06/2027"),
    )

    def clean(self) -> dict[str, Any]:
        """The end follows the beginning."""
        data = super().clean() or self.cleaned_data
        if data.get("opens_on") and data.get("closes_on") and data["closes_on"] < data["opens_on"]:
            self.add_error("closes_on", _("Le dernier jour précède l’ouverture. Exemple : du 01/03/2027 au 30/06/2027"))
        return data


def reports_of(body: dict[str, Any]) -> list[Report]:
    """How the draft’s scenarios go; none while it is not sound."""
    if checks.errors(body):
        return []
    document = ProcedureDocument.model_validate(body)
    return run_all(document, is_holiday=moment(timezone.now()).is_holiday, communes=commune_names())


@require_safe
@draft_view
def compare(request: HttpRequest, draft: ProcedureDraft) -> HttpResponseBase:
    """What the draft changes, in words."""
    version = draft.procedure.current if draft.procedure else None
    found = changes(version.body, body_of(draft), telling.value) if version else []
    context = {"draft": draft, "version": version, "changes": [_shown(one) for one in found]}
    return render(request, "cases/desk/editor/compare.html", context)


_KINDS = {
    "added": gettext_lazy("ajouté"),
    "removed": gettext_lazy("retiré"),
    "changed": gettext_lazy("changé"),
    "moved": gettext_lazy("déplacé"),
}


def _shown(change: Change) -> dict[str, Any]:
    return {
        "title": change.title,
        "what": change.what,
        "was": change.was,
        "now": change.now,
        "kind": change.kind,
        "told": _KINDS[change.kind],
        "place": "" if change.kind == "removed" else outline.way_to(change.place),
    }


@require_http_methods(["GET", "HEAD", "POST"])
@draft_view
def publish(request: HttpRequest, draft: ProcedureDraft) -> HttpResponseBase:
    """Everything that decides whether it may be published, and the button."""
    initial = {name: _day(getattr(draft, name)) for name in ("opens_on", "closes_on")}
    form = OpeningForm(request.POST if request.method == "POST" else None, initial=initial)
    overtaken, status, newer = "", 200, _is_behind(draft)
    if request.method == "POST" and form.is_valid():
        try:
            done = _publish(request, draft, form)
        except NotPublishable as refused:
            messages.warning(request, refused.message)
            draft, status = fresh(draft), 422
        except Refused as refused:
            form.add_error(None, refused.message)
        except Conflict:
            draft, status = fresh(draft), 409
            overtaken = changed_by(draft)
        else:
            return done
    if form.errors:
        status = 422
    body = body_of(draft)
    found = checks.issues(body, effects=known_effects())
    issues = [outline.told(body, one) for one in found]
    reports = reports_of(body)
    errors = [one for one in issues if one["level"] == "error"]
    context = {
        "draft": draft,
        "version": draft.procedure.current if draft.procedure else None,
        "form": form,
        "overtaken": overtaken,
        "newer": newer,
        "errors": errors,
        "warnings": [one for one in issues if one["level"] != "error"],
        "reports": reports,
        "failed": [one for one in reports if not one.passed],
        "ready": not errors and all(one.passed for one in reports),
        "scenario_count": len(body.get("scenarios", ())),
    }
    return render(request, "cases/desk/editor/publish.html", context, status=status)


def _day(value: Any) -> str:
    return value.strftime("%d/%m/%Y") if value else ""


def _is_behind(draft: ProcedureDraft) -> bool:
    """Whether another version was published since the draft was begun."""
    return draft.procedure is not None and draft.procedure.current_id != draft.based_on_id


def _publish(request: HttpRequest, draft: ProcedureDraft, form: OpeningForm) -> HttpResponse:
    """Keep the days, then publish. Raises Refused, Conflict."""
    actor, now, seen = actor_of(request), timezone.now(), seen_revision(request, draft)
    days = {name: form.cleaned_data.get(name) for name in ("opens_on", "closes_on")}
    if any(days[name] != getattr(draft, name) for name in days) or "_dates" in request.POST:
        set_opening(draft, **days, seen_revision=seen, actor=actor, now=now)
        seen = draft.revision
    if "_dates" in request.POST:
        messages.success(request, _("Les dates sont notées dans le brouillon."))
        return redirect("editor_publish", draft.slug)
    version = publish_draft(
        draft, seen_revision=seen, actor=actor, now=now, over_newer=request.POST.get("over_newer") == "oui"
    )
    told = _("C’est publié : « %(title)s », version %(number)s. Les dossiers en cours gardent la leur.")
    messages.success(request, told % {"title": version.procedure.title, "number": version.number})
    return redirect("editor_procedures")
