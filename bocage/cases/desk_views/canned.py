"""The canned answers of one's services: their list, writing one, forgetting one."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bocage.base.once import key_of
from bocage.base.shown import WAS, ChangedMeanwhile, clash_heading, clash_message, clash_title, compare, fingerprints
from bocage.cases.desk_tools.canned import (
    PLACEHOLDERS,
    remove_answer,
    save_answer,
    writable_services,
)
from bocage.cases.desk_views.common import agent_of, scope_of_request, text_of
from bocage.cases.engine import Refused
from bocage.cases.models import CannedAnswer
from bocage.identity.actors import actor_of
from bocage.identity.staff import services

LIMITS = {"service": 40, "title": 200, "body": 10_000}
"""What the form asks, and how much of it is read."""


def _writable(request: HttpRequest) -> list[str]:
    return writable_services(scope_of_request(request), list(services()))


@require_safe
def answers(request: HttpRequest) -> HttpResponse:
    """The texts of the services that one serves."""
    reached = scope_of_request(request).services
    found = CannedAnswer.objects.select_related("changed_by").order_by("service", "title", "pk")
    if reached is not None:
        found = found.filter(service__in=reached)
    names, writable = services(), _writable(request)
    rows = [
        {"answer": one, "service": names.get(one.service, one.service), "mine": one.service in writable}
        for one in found
    ]
    return render(request, "cases/desk/canned.html", {"rows": rows, "may_write": bool(writable)})


def _links(errors: dict[str, str]) -> list[dict[str, str]]:
    return [{"target": f"f-{name}", "message": text} for name, text in errors.items()]


def _form(request: HttpRequest, answer: CannedAnswer | None) -> HttpResponse:
    writable = _writable(request)
    kept = {name: str(getattr(answer, name)) if answer else "" for name in LIMITS}
    typed: dict[str, Any] = kept
    errors: dict[str, str] = {}
    clashes: tuple[str, ...] = ()
    if request.method == "POST":
        typed = {name: text_of(request, name, limit) for name, limit in LIMITS.items()}
        if answer:
            compared = compare(request.POST.get(WAS, ""), kept, typed)
            typed, clashes = compared.texts, compared.clashes
            errors = {name: clash_message(kept[name], typed[name]) for name in clashes}
    if request.method == "POST" and not clashes:
        try:
            saved = save_answer(
                answer,
                **typed,
                author=agent_of(request),
                scope=scope_of_request(request),
                actor=actor_of(request),
                now=timezone.now(),
                once=None if answer else key_of(request),
            )
        except ChangedMeanwhile:  # this very moment: compared again, the page now says so
            assert answer is not None
            return change(request, answer.pk)
        except Refused as refused:
            errors = refused.errors
        else:
            messages.success(request, _("Le texte « %(title)s » est enregistré.") % {"title": saved.title})
            return redirect("cases_canned")
    names = services()
    context = {
        "answer": answer,
        "typed": typed,
        "errors": {"service": "", "title": "", "body": "", **errors},
        "wrong": bool(errors),
        "links": [{"target": "", "message": clash_title()}, *_links(errors)] if clashes else _links(errors),
        "heading": clash_heading() if clashes else "",
        "was": (WAS, fingerprints(kept)) if answer else None,
        "services": [{"value": slug, "label": names[slug]} for slug in writable],
        "placeholders": [f"{{{{ {name} }}}}" for name in PLACEHOLDERS],
    }
    return render(request, "cases/desk/canned_form.html", context, status=409 if clashes else 422 if errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Write an answer."""
    return _form(request, None)


def _of_mine(request: HttpRequest, pk: int) -> CannedAnswer:
    answer = CannedAnswer.objects.filter(pk=pk, service__in=_writable(request)).first()
    if answer is None:
        raise Http404
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Change one."""
    return _form(request, _of_mine(request, pk))


@require_POST
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Forget one."""
    remove_answer(_of_mine(request, pk), actor=actor_of(request), now=timezone.now())
    messages.success(request, _("Le texte est effacé."))
    return redirect("cases_canned")
