"""Where a partner or a colleague gives the opinion they were asked for, without account."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from bocage.cases import opinions
from bocage.cases.engine import Refused
from bocage.identity.actors import actor_of


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def opinion(request: HttpRequest, token: str) -> HttpResponse:
    """The question and the matter; a link used already, or too late, is told kindly and shows nothing more."""
    now = timezone.now()
    asked = opinions.opinion_of(token)
    if asked is None:
        return render(request, "cases/opinion.html", {"said": "unknown"}, status=404)
    if asked.answered_at is not None:
        return render(request, "cases/opinion.html", {"said": "thanks"})
    if opinions.is_late(asked, now):
        return render(request, "cases/opinion.html", {"said": "late"}, status=410)
    typed = {"verdict": request.POST.get("verdict", "")[:12], "body": request.POST.get("body", "")[:10_000]}
    errors: dict[str, str] = {}
    if request.method == "POST":
        try:
            opinions.give(asked, **typed, actor=actor_of(request), now=now)
        except Refused as refused:
            errors = refused.errors
        if not errors:
            return redirect("opinion", token)
    context = {
        "said": "",
        "asked": asked,
        "procedure": asked.case.procedure,
        "facts": opinions.shown_facts(asked.case, now),
        "verdicts": [{"value": key, "label": opinions.verdict_label(key)} for key in opinions.VERDICTS],
        "typed": typed,
        "errors": {"verdict": "", "body": "", **errors},
        "links": [{"target": f"f-{key}", "message": errors[key]} for key in errors],
    }
    return render(request, "cases/opinion.html", context, status=422 if errors else 200)
