"""The two questions asked once a case is over, behind the link of the last notice or of the case's page."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from bocage.cases import links, satisfaction
from bocage.cases.engine import Refused
from bocage.cases.queries import case_by_reference
from bocage.identity.actors import actor_of


def _scale() -> list[dict[str, str]]:
    words = (_("Oui, tout à fait"), _("Plutôt oui"), _("Plutôt non"), _("Pas du tout"))
    return [{"value": str(4 - position), "label": label} for position, label in enumerate(words)]


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def questions(request: HttpRequest, token: str) -> HttpResponse:
    """The two questions; a link used already, or too late, is told kindly."""
    try:
        case = case_by_reference(satisfaction.reference_of(token))
    except links.Expired:
        return render(request, "cases/satisfaction.html", {"said": "late"}, status=410)
    except links.Unknown:
        return render(request, "cases/satisfaction.html", {"said": "unknown"}, status=404)
    if case is None or not satisfaction.asks(case):
        return render(request, "cases/satisfaction.html", {"said": "unknown"}, status=404)
    if satisfaction.answered(case):
        return render(request, "cases/satisfaction.html", {"said": "thanks"})
    typed = {key: request.POST.get(key, "")[:1] for key in ("easy", "content")}
    errors: dict[str, str] = {}
    if request.method == "POST":
        values = {key: int(value) if value.isascii() and value.isdigit() else 0 for key, value in typed.items()}
        try:
            satisfaction.tell(case, **values, actor=actor_of(request), now=timezone.now())
        except Refused as refused:
            errors = refused.errors
        if not errors:
            return redirect("satisfaction", token)
    context = {
        "said": "",
        "procedure": case.procedure,
        "scale": _scale(),
        "typed": typed,
        "errors": {"easy": "", "content": "", **errors},
        "links": [{"target": f"f-{key}", "message": errors[key]} for key in errors],
    }
    return render(request, "cases/satisfaction.html", context, status=422 if errors else 200)
