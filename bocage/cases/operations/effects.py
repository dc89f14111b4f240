"""Effects of the workflow, each handed to the foundation that does it, inside the case's own transaction."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from bocage.base import journal, outbox, registry
from bocage.base.actors import Actor
from bocage.cases import issued, links, opinions, satisfaction, signers
from bocage.cases.engine import OWN_EFFECTS, EffectRequest
from bocage.cases.entrusting import sender_of
from bocage.cases.models import Case, VoidReason
from bocage.cases.notices import recipient_of, told, variables
from bocage.cases.operations import issuing
from bocage.cases.operations.decisions import kept_decision
from bocage.cases.ports import port_of
from bocage.messaging.models import Notice
from bocage.messaging.operations import Signatory, notify
from bocage.messaging.texts import Text

Performer = Callable[[Case, dict[str, Any], str, Actor, datetime], None]


def perform(case: Case, effect: EffectRequest, *, key: str, actor: Actor, now: datetime) -> None:
    """Do an effect; ``key`` is deterministic, so that the same effect is never done twice.

    Raises LookupError for an effect that neither this app nor a manifest knows.
    """
    params = dict(effect.params)
    performer = _PERFORMERS.get(effect.kind)
    if performer is not None:
        performer(case, params, key, actor, now)
        return
    for _manifest, contributed in registry.contributions("workflow_effects"):
        if contributed.name == effect.kind:
            registry.resolve(contributed.path)(case, params, key, actor, now)
            return
    raise LookupError(f"no app performs the effect {effect.kind!r}")


def _send_notice(case: Case, params: dict[str, Any], key: str, actor: Actor, now: datetime) -> None:
    send_notice(
        case,
        params["notice"],
        key=key,
        actor=actor,
        now=now,
        values=params.get("values"),
        decides=bool(params.get("decision")),
    )


def send_notice(
    case: Case,
    notice: str,
    *,
    key: str,
    actor: Actor,
    now: datetime,
    channels: tuple[str, ...] | None = None,
    values: Mapping[str, str] | None = None,
    decides: bool = False,
    signatory: Signatory | None = None,
) -> Notice:
    """Send a notice of the case's procedure, or of the house, to its applicant; its link leads to the receipt as PDF.

    ``values`` are placeholders that the case alone does not tell. A notice that announces a decision (``decides``)
    carries what the law wants of it, whatever its own text says: see ``notices.told``.
    """
    decision = kept_decision(case)
    text, remedies = told(case, notice, decision=decision, decides=decides)
    recipient = recipient_of(case, now)
    context = variables(case, now=now, decision=decision) | dict(values or {})
    if satisfaction.asks(case) and recipient.email and channels is None:  # nobody types such a link from a letter
        more = _("Deux questions pour dire comment cela s’est passé : {{ satisfaction }}")
        text = replace(text, body=f"{text.body}\n\n{more}")
        context["satisfaction"] = settings.ENV.base_url + satisfaction.path_for(case)
    if signatory is None and decision is not None and decision.author_name:
        signatory = Signatory(decision.author_name, decision.author_title, decision.delegation)
    return notify(
        key=key,
        template=f"{case.procedure.slug}.{notice}",
        text=text,
        context=context,
        recipient=recipient,
        subject=case.subject,
        service=case.service,
        commune_id=case.commune_id,
        **sender_of(case),
        reference=case.reference,
        link=_link(case),
        link_label=_("Voir ma demande"),
        remedies=remedies,
        signatory=signatory,
        attachments=issued.enclosures(case, text),
        channels=channels,
        actor=actor,
        now=now,
    )


def _link(case: Case) -> str:
    """Where a notice leads: straight in for who has no account and reads it by e-mail, else to the case's own door.

    Nowhere for who asked on paper or by telephone and has neither: no code of theirs would open the door.
    """
    if case.account_id is None and case.contact_email:
        return links.path_for(case)
    if case.account_id is None and case.entered_by_id is not None:
        return ""
    return reverse("case_page", args=[case.reference])


def send_message_notice(case: Case, body: str, *, key: str, actor: Actor, now: datetime) -> Notice:
    """Tell the applicant that the service wrote to them, with the message itself."""
    decision = kept_decision(case)
    return notify(
        key=key,
        template="cases.message",
        text=Text(
            title=_("Un message au sujet de votre demande {{ reference }}"),
            body=_(
                "Bonjour {{ name }},\n\n{{ message }}\n\nVous pouvez répondre en ligne, ou nous appeler au {{ phone }}."
            ),
        ),
        context={**variables(case, now=now, decision=decision), "message": body},
        recipient=recipient_of(case, now),
        subject=case.subject,
        service=case.service,
        commune_id=case.commune_id,
        **sender_of(case),
        reference=case.reference,
        link=_link(case),
        link_label=_("Répondre"),
        actor=actor,
        now=now,
    )


def _assign(case: Case, params: dict[str, Any], key: str, actor: Actor, now: datetime) -> None:
    if params.get("to") == "actor" and actor.kind == "account":
        Case.objects.filter(pk=case.pk).update(assignee_id=actor.id)
        case.assignee_id = actor.id
        payload = {"account": actor.id}
        journal.record(
            stream="cases", kind="cases.assigned", subject=case.subject, actor=actor, payload=payload, now=now
        )


def _call_webhook(case: Case, params: dict[str, Any], key: str, actor: Actor, now: datetime) -> None:
    body = {"reference": case.reference, "procedure": case.procedure.slug, "state": case.state, "url": params["url"]}
    outbox.enqueue("cases.webhook", f"webhook:{key}", body, now=now)


def _ask_opinion(case: Case, params: dict[str, Any], key: str, actor: Actor, now: datetime) -> None:
    asked = opinions.Asked(
        name=str(params.get("name") or params.get("email", "")),
        email=str(params.get("email", "")),
        question=str(params.get("question") or _("Que pensez-vous de cette demande ?")),
        days=int(params.get("days", opinions.DAYS)),
    )
    opinions.ask(case, asked, key=f"opinion:{key}", account_id=None, actor=actor, now=now)


def _issue_document(case: Case, params: dict[str, Any], key: str, actor: Actor, now: datetime) -> None:
    issuing.issue(case, params["document"], key=key, actor=actor, now=now)


def _void_document(case: Case, params: dict[str, Any], key: str, actor: Actor, now: datetime) -> None:
    for row in issuing.held_before(case, params["document"]):
        issuing.void(row, VoidReason.LOST, actor=actor, now=now)


def _ask_signatures(case: Case, params: dict[str, Any], key: str, actor: Actor, now: datetime) -> None:
    again = {(field, signer) for field, signer in params.get("again", ())}
    first = {one.named for one in signers.asked_of(case)} - again
    signers.tell(case, occasion="first", actor=actor, now=now, only=first)
    if again:  # they had signed: their first link has served
        signers.tell(case, occasion=key, actor=actor, now=now, only=again)


def _ask_port(case: Case, params: dict[str, Any], key: str, actor: Actor, now: datetime) -> None:
    field = case.version.document.by_id[params["field"]]
    port_of(field.kind).asked(case, field, key=key, actor=actor, now=now)


_PERFORMERS: dict[str, Performer] = {
    "ask_port": _ask_port,
    "ask_signatures": _ask_signatures,
    "ask_opinion": _ask_opinion,
    "issue_document": _issue_document,
    "void_document": _void_document,
    "send_notice": _send_notice,
    "assign": _assign,
    "call_webhook": _call_webhook,
}


def known_effects() -> frozenset[str]:
    """The effects that a procedure may name here: the engine's own, this app's, and those of manifests."""
    contributed = {effect.name for _manifest, effect in registry.contributions("workflow_effects")}
    return OWN_EFFECTS | _PERFORMERS.keys() | contributed
