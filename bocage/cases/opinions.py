"""Opinions asked on a case of a colleague or of a partner without account, through a limited link.

The link shows the question and what the request says of its matter: no name, no way to reach anyone, no protected
answer, no document. It serves once, until its day.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core import signing
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from bocage.base import journal
from bocage.base.actors import Actor
from bocage.cases.engine import Refused, evaluate_form
from bocage.cases.engine.values import display
from bocage.cases.entrusting import sender_of
from bocage.cases.models import Case, Opinion
from bocage.cases.schema import FormField
from bocage.cases.sealing import open_answers
from bocage.cases.validation.effects import MAX_OPINION_DAYS, MAX_QUESTION
from bocage.identity.models import Account
from bocage.messaging.operations import notify
from bocage.messaging.recipients import Recipient
from bocage.messaging.texts import Text
from bocage.territory.queries import commune_names, today

STREAM = "cases"
DAYS = 15
VERDICTS = ("favourable", "reserved", "unfavourable")
MAX_BODY = 5_000
_SALT = "cases.opinion"


@dataclass(frozen=True)
class Asked:
    """Of whom, what, and for how many days."""

    name: str
    question: str
    email: str = ""
    colleague: Account | None = None
    days: int = DAYS


def verdict_label(verdict: str) -> str:
    """A verdict in words."""
    told = {
        "favourable": _("Favorable"),
        "reserved": _("Favorable avec des réserves"),
        "unfavourable": _("Défavorable"),
    }
    return told.get(verdict, "")


def path_for(opinion: Opinion) -> str:
    """The address where the opinion is given."""
    return reverse("opinion", args=[signing.dumps(opinion.pk, salt=_SALT, compress=False)])


def opinion_of(token: str) -> Opinion | None:
    """The opinion that a link asks for; None for a link that was never ours."""
    try:
        pk = int(signing.loads(token, salt=_SALT))
    except (signing.BadSignature, TypeError, ValueError):
        return None
    related = ("case__version", "case__procedure")
    return Opinion.objects.select_related(*related).defer("case__version__body").filter(pk=pk).first()


@transaction.atomic
def ask(case: Case, asked: Asked, *, key: str, account_id: int | None, actor: Actor, now: datetime) -> Opinion:
    """Ask, once for a ``key``; who has an e-mail address gets the link there. Raises Refused, with errors by field."""
    email = asked.email.strip() or (asked.colleague.email if asked.colleague else "")
    errors = {}
    if not asked.question.strip():
        errors["question"] = _("Écrivez votre question.")
    elif len(asked.question) > MAX_QUESTION:
        errors["question"] = _("Écrivez %(limit)s caractères au plus.") % {"limit": MAX_QUESTION}
    if not 1 <= asked.days <= MAX_OPINION_DAYS:
        errors["days"] = _("Indiquez un nombre de jours entre 1 et 90. Exemple : 15")
    if asked.colleague is None and not email:
        errors["email"] = _("Choisissez une ou un collègue, ou écrivez l’adresse électronique d’un partenaire.")
    elif email:
        try:
            validate_email(email)
        except ValidationError:
            errors["email"] = _("Indiquez une adresse électronique. Exemple : prenom.nom@exemple.fr")
    if errors:
        raise Refused(_("Cette demande d’avis est à revoir."), errors)
    opinion, made = Opinion.objects.get_or_create(
        key=key[:80],
        defaults={
            "case": case,
            "asked_by_id": account_id,
            "colleague": asked.colleague,
            "name": (asked.name.strip() or str(asked.colleague or email))[:120],
            "email": email,
            "question": asked.question.strip(),
            "asked_at": now,
            "due_on": today(now) + timedelta(days=asked.days),
        },
    )
    if not made:
        return opinion
    _record(opinion, "cases.opinion_asked", actor, now)
    if email:
        notify(
            key=f"opinion:{opinion.pk}",
            template="cases.opinion",
            text=Text(
                title=_("Votre avis sur une demande : {{ procedure }}"),
                body=_("Bonjour,\n\n{{ question }}\n\nVous pouvez répondre jusqu’au {{ due_on }}, sans compte."),
            ),
            context={
                "procedure": case.procedure.title,
                "question": opinion.question,
                "due_on": opinion.due_on,
            },
            recipient=Recipient(name=opinion.name, email=email, phone="", address_lines=(), person_id=None),
            subject=case.subject,
            service=case.service,
            commune_id=case.commune_id,
            **sender_of(case),
            reference=case.reference,
            link=path_for(opinion),
            link_label=_("Donner mon avis"),
            channels=("email",),
            actor=actor,
            now=now,
        )
    return opinion


def is_late(opinion: Opinion, now: datetime) -> bool:
    """Whether the day of the link is over, or the case is."""
    return opinion.due_on < today(now) or bool(opinion.case.outcome)


def give(opinion: Opinion, *, verdict: str, body: str, actor: Actor, now: datetime) -> None:
    """Keep an opinion, once. Raises Refused when it was given already, comes too late, or says nothing."""
    text = body.strip()
    if is_late(opinion, now):
        raise Refused(_("Le délai pour donner cet avis est passé."))
    errors = {}
    if verdict not in VERDICTS:
        errors["verdict"] = _("Choisissez un avis.")
    if len(text) > MAX_BODY:
        errors["body"] = _("Écrivez %(limit)s caractères au plus.") % {"limit": MAX_BODY}
    elif verdict in {"reserved", "unfavourable"} and not text:
        errors["body"] = _("Dites pourquoi : le service doit pouvoir en tenir compte.")
    if errors:
        raise Refused(_("Votre avis est à compléter."), errors)
    with transaction.atomic():
        waiting = Opinion.objects.filter(pk=opinion.pk, answered_at=None)
        if not waiting.update(verdict=verdict, body=text, answered_at=now):
            raise Refused(_("Cet avis a déjà été donné : merci."))
        _record(opinion, "cases.opinion_given", actor, now)


def shown_facts(case: Case, now: datetime) -> list[dict[str, str]]:
    """What a partner reads of a request: its matter, and nothing that names or reaches anyone."""
    from bocage.cases.operations.store import moment

    form = evaluate_form(case.version.document, open_answers(case.answers), moment(now))
    names = commune_names()
    told = []
    for field in (field for step in form.steps for field in step.fields if field.id in form.visible):
        if _is_matter(field):
            # The lines of a group are read field by field too: a telephone in a line is a telephone.
            inner = tuple(one for one in field.fields if _is_matter(one))
            shown = field.model_copy(update={"fields": inner})
            told.append({"label": field.label, "value": display(shown, form.values.get(field.id), communes=names)})
    return [one for one in told if one["value"].strip(" ;")]


_NAMES = {"email", "phone", "address", "organisation", "household_person", "signatures"}
_HIDDEN = _NAMES | {"appointment", "payment", "file", "note", "statement"}


def _is_matter(field: FormField) -> bool:
    return not (field.agent or field.sensitive or field.role) and field.kind not in _HIDDEN


def _record(opinion: Opinion, kind: str, actor: Actor, now: datetime) -> None:
    journal.record(
        stream=STREAM,
        kind=kind,
        subject=f"case:{opinion.case_id}",
        actor=actor,
        payload={"opinion": opinion.pk, "name": opinion.name},
        now=now,
    )
