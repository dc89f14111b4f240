"""The legal clock's writes: what time does, attestations, reasons, the rules applied, misdirected cases."""

import logging
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from bocage.base import journal
from bocage.base.actors import Actor
from bocage.base.models import Event
from bocage.cases import printing
from bocage.cases.engine import AskReasons, Clock, Forward, GiveReasons, Refused
from bocage.cases.engine.values import display
from bocage.cases.indexing import index
from bocage.cases.legal_texts import COMMUNE_SERVICE
from bocage.cases.models import Case, Deadline, Document, ProcedureVersion
from bocage.cases.operations.documents import add_generated
from bocage.cases.operations.effects import send_notice
from bocage.cases.operations.stamping import unstamped
from bocage.cases.operations.store import STREAM, run
from bocage.cases.queries import case_role, signing_post
from bocage.cases.sealing import open_answers
from bocage.cases.validation.triggers import watched
from bocage.identity.models import Account
from bocage.identity.staff import services
from bocage.messaging.models import Notice
from bocage.territory.models import Commune
from bocage.territory.queries import commune_names, territory, today

logger = logging.getLogger(__name__)


# --- Time ----------------------------------------------------------------------------------------------------------
def run_clock(now: datetime) -> int:
    """Let time do what is due, each thing dated on its legal day; how many cases changed state.

    Implied decisions (CRPA L231-1, L231-4), acknowledgements on the tenth working day (R112-11-1), delays of implied
    rejections that run again once the time given to produce pieces is over (L114-5), and what a procedure does when a
    deadline of its own passes.
    """
    moved = 0
    for pk in _due(now):
        case = Case.objects.select_related("version", "procedure", "commune", "applicant").get(pk=pk)
        before = case.state
        try:
            run(case, Clock(), actor=Actor.system("clock"), now=now)
        except Exception:
            # One case that cannot be read never keeps the others from their decision; the log and the next hour tell.
            logger.exception("the clock could not run", extra={"case": pk})
            continue
        moved += case.state != before
    return moved


def _due(now: datetime) -> list[int]:
    """The cases for which something is due, in the order of their ids."""
    day = today(now)
    versions = list(ProcedureVersion.objects.only("sha256"))
    rejecting = [version.pk for version in versions if version.document.silence.effect == "reject"]
    stopped = Deadline.objects.filter(kind="silence", closed=False, suspended_on__isnull=False)
    waited = Deadline.objects.filter(
        kind="correction", closed=False, due_on__lt=day, case__version__in=rejecting, case__in=stopped.values("case")
    )
    watching = {version.pk: kinds for version in versions if (kinds := watched(version.document))}
    past = Deadline.objects.filter(
        kind__in={kind for kinds in watching.values() for kind in kinds},
        closed=False,
        suspended_on=None,
        due_on__lt=day,
        case__version__in=watching,
    )
    unacknowledged = Deadline.objects.filter(kind="acknowledgement", closed=False, due_on__lte=day)
    running = Case.objects.filter(outcome="").exclude(state="")
    found = set(running.filter(silence_on__lt=day).values_list("pk", flat=True))
    for rows in (waited, unacknowledged, past):
        found |= set(running.filter(pk__in=rows.values("case")).values_list("pk", flat=True))
    return sorted(found)


# --- After an implied decision -------------------------------------------------------------------------------------
def told_remedies(case: Case) -> bool:
    """Whether an acknowledgement told the applicant of what silence means and of the remedies (CRPA L112-6)."""
    kinds = Q(kind="cases.acknowledged") | Q(kind="cases.submitted")
    told = Event.objects.filter(kinds, subject=case.subject).values_list("kind", "payload__body")
    # An erased case keeps its events and not what they said.
    return any(kind == "cases.acknowledged" or bool((body or {}).get("acknowledged")) for kind, body in told)


def issue_attestation(case: Case, *, actor: Actor, now: datetime) -> Document | None:
    """Attest an implied acceptance, at the applicant's request (CRPA L232-3): a dated PDF on the case, and a notice.

    Asked again, the first one is given again. None where PDF documents cannot be drawn: the notice is the attestation.
    Raises Refused where silence has accepted nothing.
    """
    decision = getattr(case, "decision", None)
    if decision is None or not decision.by_time or decision.outcome != "accepted":
        raise Refused(_("Une attestation n’est délivrée que pour une demande acceptée par le silence du service."))
    name = f"attestation-{case.reference}.pdf"
    issued = case.documents.filter(source="generated", name=name)
    key = f"{case.subject}:attestation"
    if Notice.objects.filter(key=key).exists():
        return issued.first()
    pdf = printing.attestation(case, decision, now) if printing.available() else None
    with transaction.atomic():
        # The case's row is taken before anything is read: of two presses at once, the second finds the first's.
        Case.objects.filter(pk=case.pk).update(revision=F("revision"))
        if Notice.objects.filter(key=key).exists():
            return issued.first()
        kept = None
        if pdf is not None:
            kept = add_generated(case, name=name, content_type="application/pdf", content=pdf, actor=actor, now=now)
        told = send_notice(case, "attestation", key=key, actor=actor, now=now)
        payload = {"document": kept.key if kept else "", "notice": told.pk}
        journal.record(
            stream=STREAM, kind="cases.attested", subject=case.subject, actor=actor, payload=payload, now=now
        )
    return kept


def ask_reasons(case: Case, *, actor: Actor, now: datetime) -> Case:
    """The applicant asks for the reasons of an implied rejection (CRPA L232-4): the service has one month.

    Raises Refused (not an implied rejection, already asked, too late) and Conflict.
    """
    run(case, AskReasons(told_remedies(case)), actor=actor, now=now)
    return case


def give_reasons(case: Case, reason: str, *, agent: Account, actor: Actor, now: datetime) -> Case:
    """Answer with the reasons (CRPA L232-4), signed (L212-1). Raises Refused and Conflict."""
    if case_role(agent, case, today(now)) not in {"agent", "manager"}:
        raise Refused(_("Ce dossier n’est pas de votre service."))
    post = signing_post(agent, case, today(now))
    if post is None:
        raise Refused(_("Aucun de vos postes ne vous permet de signer une décision sur ce dossier."))
    signature = {"author": agent, "author_name": str(agent), "author_title": post.title, "delegation": post.delegation}
    run(case, GiveReasons(reason), actor=actor, now=now, signature=signature)
    return case


def send_rules(case: Case, *, actor: Actor, now: datetime) -> None:
    """Tell how a rule or a score served a decision, at the applicant's request (CRPA L311-3-1, R311-3-1-2).

    The procedure says it once for all: the answer leaves at once, with the values that were worked out for this case.
    Raises Refused where the decision rests on none.
    """
    document = case.version.document
    decision = getattr(case, "decision", None)
    if document.algorithm is None or decision is None or not decision.algorithmic:
        raise Refused(_("Cette décision ne s’appuie sur aucun traitement algorithmique."))
    rule = document.algorithm
    answers = {**open_answers(case.answers), **open_answers(case.agent_answers)}
    names = commune_names()
    applied = [
        f"- {field.label} : {display(field, answers[field.id], communes=names)}"
        for field in document.by_id.values()
        if field.kind == "computed" and not field.sensitive and field.id in answers
    ]
    parts = [
        _("Son but : %s") % rule.purpose,
        _("Sa part dans la décision : %s") % rule.contribution,
        _("Les données utilisées et d’où elles viennent : %s") % rule.data,
        _("Les paramètres et leur poids : %s") % rule.parameters,
        _("Les opérations effectuées : %s") % rule.operations,
    ]
    if applied:
        parts.append(_("Appliqué à votre demande :") + "\n\n" + "\n".join(applied))
    key = f"{case.subject}:rules"
    with transaction.atomic():
        if Notice.objects.filter(key=key).exists():
            return  # told once: the notice is kept
        send_notice(case, "rules", key=key, actor=actor, now=now, values={"message": "\n\n".join(parts)})
        journal.record(stream=STREAM, kind="cases.rules_told", subject=case.subject, actor=actor, now=now)


# --- Misdirected cases ---------------------------------------------------------------------------------------------
def forward_case(
    case: Case,
    target: str,
    *,
    agent: Account,
    actor: Actor,
    now: datetime,
    name: str = "",
    address: str = "",
    reason: str = "",
) -> Case:
    """Hand a misdirected case to who is competent (CRPA L114-2, L114-3), and tell the applicant.

    ``target``: ``service:<name>`` (another service of this administration), ``commune:<INSEE>`` (a commune whose agents
    use this house) or ``outside``, with the ``name`` and ``address`` of the other administration.
    Raises Refused, with the errors by field, and Conflict.
    """
    if case_role(agent, case, today(now)) in {None, "follower"}:
        raise Refused(_("Ce dossier n’est pas de votre service."))
    kind, _colon, key = target.partition(":")
    house = territory()
    changes: dict[str, Any] = {}
    wrong = _("Choisissez à qui transmettre cette demande.")
    if kind == "service" and key in services() and key != case.service:
        command = Forward(
            f"{house.name}, {services()[key]}", " ".join(house.address.split()), reason, administration=False
        )
        changes = {"service": key, "assignee_id": None, **unstamped()}
    elif kind == "commune":
        commune = Commune.objects.defer("contour").filter(insee=key).first()
        if commune is None or (case.service == COMMUNE_SERVICE and case.commune_id == commune.pk):
            raise Refused(wrong, {"target": wrong})
        hall = commune.places.filter(kind="town_hall").first()
        where = ", ".join(filter(None, (hall.address, hall.phone))) if hall else ""
        command = Forward(_("Mairie de %(commune)s") % {"commune": commune.name}, " ".join(where.split()), reason)
        changes = {"service": COMMUNE_SERVICE, "commune_id": commune.pk, "assignee_id": None, **unstamped()}
    elif kind == "outside":
        command = Forward(name, address, reason, outside=True)
    else:
        raise Refused(wrong, {"target": wrong})
    with transaction.atomic():
        run(case, command, actor=actor, now=now, changes=changes)
        index(case)
    return case
