"""Cards of printed codes at the counter: a resident without telephone nor e-mail gets one, after an agent saw them.

A room of its own in this package: cards are identity's, and their holder is told by messaging, hence this floor.
"""

from datetime import datetime
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from bocage.base.actors import Actor
from bocage.base.once import key_of
from bocage.cases.desk_views.common import agent_of
from bocage.cases.desk_views.counter import person_in_reach
from bocage.cases.helping.telling import recipient_of_person
from bocage.identity import operations as identity
from bocage.identity.actors import actor_of
from bocage.identity.models import Account, Person
from bocage.messaging.letterhead import letterhead
from bocage.messaging.operations import notify


class SeenForm(forms.Form):
    """What an agent vouches for."""

    seen = forms.BooleanField(
        label=gettext_lazy("J’ai vu sa pièce d’identité, et je lui remets la carte en main propre"),
        error_messages={"required": gettext_lazy("Cochez la case une fois la pièce d’identité vue.")},
    )


@transaction.atomic
def give_card(
    person: Person, *, issued_by: Account, actor: Actor, now: datetime, once: UUID | None = None
) -> tuple[Account, list[str]]:
    """Give someone a card, with an account if they have none, and tell them: whoever holds the card is them.

    Gives the account and the codes; no codes on a second press. Whoever calls has refused agents and closed accounts.
    """
    account = Account.objects.filter(person=person).first() or identity.create_account(
        username=identity.new_name(),
        first_name=person.given_names[:150],
        last_name=person.name[:150],
        person=person,
        actor=actor,
        now=now,
    )
    card, codes = identity.issue_card(account, issued_by=issued_by, actor=actor, now=now, once=once)
    if codes:
        recipient = recipient_of_person(person)
        notify(
            key=f"card:{card.pk}",
            template="account.card",
            context={"agent": str(issued_by)},
            recipient=recipient,
            channels=[recipient.best_channel()],
            subject=f"person:{person.pk}",
            commune_id=person.commune_id,
            actor=actor,
            now=now,
        )
    return account, codes


def _refusal(account: Account | None) -> str:
    """Why a card is not given here; empty when it may be."""
    if account is None:
        return ""
    if account.posts.exists():
        return _("C’est le compte d’un agent : sa carte se donne dans « Agents et accès ».")
    return "" if account.is_active else _("Le compte de cette personne est fermé. L’administration peut le rouvrir.")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def card(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a card; its codes are shown once, to be printed."""
    person = person_in_reach(request, pk)
    account = Account.objects.filter(person=person).first()
    problem = _refusal(account)
    form = SeenForm(request.POST or None)
    if request.method == "POST" and not problem and form.is_valid():
        account, codes = give_card(
            person,
            issued_by=agent_of(request),
            actor=actor_of(request, "counter"),
            now=timezone.now(),
            once=key_of(request),
        )
        context = {"account": account, "codes": codes, "head": letterhead(None), "name": person.full_name}
        return render(request, "identity/entrance/card_sheet.html", context)
    context = {"form": form, "person": person, "problem": problem, "account": account}
    return render(request, "cases/helping/desk/card.html", context, status=422 if form.is_bound else 200)


@require_POST
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Take someone's card back: they lost it, and say so here or by telephone."""
    person = person_in_reach(request, pk)
    account = Account.objects.filter(person=person).first()
    if account is not None and not _refusal(account):
        identity.revoke_card(account, actor=actor_of(request, "counter"), now=timezone.now())
        messages.success(request, _("La carte n’ouvre plus rien."))
    return redirect("cases_person", person.pk)
