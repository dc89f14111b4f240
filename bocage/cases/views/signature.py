"""Where someone signs a request that names them, without account."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from bocage.cases import signers
from bocage.cases.engine import Refused, evaluate_form
from bocage.cases.operations import Conflict
from bocage.cases.operations.signers import sign
from bocage.cases.operations.store import moment
from bocage.cases.sealing import open_answers
from bocage.cases.summary import covered, parts_of
from bocage.identity.actors import actor_of


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def signature(request: HttpRequest, token: str) -> HttpResponse:
    """The request and what signing means; a link used already, or too late, says so and shows nothing more."""
    now = timezone.now()
    asked = signers.of_token(token)
    if asked is None:
        return render(request, "cases/signature.html", {"said": "unknown"}, status=404)
    others = [one for one in signers.asked_of(asked.case) if one.key == asked.key and one.field != asked.field]
    if asked.signed:
        more = not asked.case.outcome and any(not one.signed for one in others)
        return render(request, "cases/signature.html", {"said": "thanks", "more": more})
    if signers.is_late(asked.case, now):
        return render(request, "cases/signature.html", {"said": "late"}, status=410)
    case, name, errors = asked.case, request.POST.get("name", "")[:200], {}
    if request.method == "POST":
        if request.POST.get("statement") != "oui":
            errors["statement"] = _("Cochez la case pour signer.")
        if not name.strip():
            errors["name"] = _("Écrivez votre prénom et votre nom. Exemple : Paul Martin")
        if not errors:
            read = request.POST.get("read", "")
            try:
                sign(case, *asked.named, name=name, channel="web", read=read, actor=actor_of(request), now=now)
            except Refused as refused:
                if "read" in refused.errors:
                    errors["statement"] = refused.message
            except Conflict:
                pass
            if not errors:
                return redirect("signature", token)  # which says why: signed already, too late, or asked again
    form = evaluate_form(case.version.document, open_answers(case.answers), moment(now))
    context = {
        "said": "",
        "asked": asked,
        "several": bool(others),
        "read": signers.read_of(case),
        "case": case,
        "procedure": case.procedure,
        "parts": [
            {
                **part,
                "facts": [
                    covered(fact, _("réponse protégée")) if fact["sensitive"] and fact["value"] else fact
                    for fact in part["facts"]
                ],
            }
            for part in parts_of(case, form)
        ],
        "name": name,
        "errors": {"name": "", "statement": "", **errors},
        "links": [{"target": f"f-{key}", "message": text} for key, text in errors.items()],
    }
    return render(request, "cases/signature.html", context, status=422 if errors else 200)
