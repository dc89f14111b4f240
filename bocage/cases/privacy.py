"""Cases' part of privacy: what is kept of someone, for how long, and how it goes (DESIGN.md rule 10).

A room of its own beside ``queries``: the manifest names it, ``identity`` and ``privacy`` call it without knowing cases.
"""

import logging
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Prefetch, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bocage.base import journal
from bocage.base.actors import Actor
from bocage.base.dates import add_months
from bocage.base.manifest import Processing
from bocage.base.models import Event
from bocage.base.personal import Concerned, Fate, Search
from bocage.base.references import clean as normal_reference
from bocage.cases.engine import evaluate_form, withdrawal
from bocage.cases.forms import shown_values
from bocage.cases.models import (
    ERASED,
    Case,
    Decision,
    Document,
    IssuedDocument,
    Message,
    Note,
    Procedure,
    ProcedureVersion,
    PublicCase,
    ScanState,
    VoidReason,
)
from bocage.cases.operations.documents import forget_files
from bocage.cases.operations.drafts import SLICE
from bocage.cases.operations.issuing import void
from bocage.cases.operations.showing import copies_of
from bocage.cases.operations.store import STREAM, moment
from bocage.cases.sealing import open_answers
from bocage.cases.summary import parts_of
from bocage.identity.models import Person
from bocage.search.operations import remove_case
from bocage.territory.queries import today

logger = logging.getLogger(__name__)

CONTESTED = 4
"""Months after a decision in which it may be attacked or taken back: its case is kept, whoever asks.

Two months for the judge (CJA R421-1), as long again for a request to the service itself (CRPA L411-2), and four in
which the service takes back an unlawful decision (CRPA L242-1).
"""

WORDS = {
    "demandes": "demandes",
    "reference": "référence",
    "demarche": "démarche",
    "etat": "état",
    "recue_le": "reçue le",
    "reponses": "réponses",
    "partie_du_service": "partie remplie par le service",
    "saisie_a_corriger": "saisie à corriger",
    "decisions": "décisions",
    "decision": "décision",
    "motif": "motif",
    "par": "par",
    "qualite": "qualité",
    "par_l_effet_du_delai": "par l’effet du délai",
    "notes_du_service": "notes du service",
    "messages": "messages",
    "texte": "texte",
    "le": "le",
    "service": "écrit par le service",
    "documents_delivres": "documents délivrés",
    "numero": "numéro",
    "delivre_le": "délivré le",
    "valable_jusqu_au": "valable jusqu’au",
    "annule_le": "annulé le",
    "parce_que": "parce que",
    "documents": "documents joints",
}


# --- What is held --------------------------------------------------------------------------------------------------
def _records(person: Person) -> list[int]:
    return [person.pk, *person.merged.values_list("pk", flat=True)]


def _cases(person: Person) -> QuerySet[Case]:
    found = Case.objects.filter(applicant__in=_records(person)).select_related("procedure", "version", "decision")
    return found.defer("version__body")  # read once for all by its digest (``ProcedureVersion.document``)


def export(person: Person) -> dict[str, Any]:
    """Everything that cases hold of someone, as they would read it."""
    found = _cases(person).prefetch_related(
        Prefetch("documents", Document.objects.order_by("id")),
        Prefetch("messages", Message.objects.order_by("id")),
        Prefetch("notes", Note.objects.order_by("id")),
        Prefetch("issued", IssuedDocument.objects.order_by("id")),
    )
    return {
        "demandes": [
            {
                "reference": case.reference,
                "demarche": case.procedure.title,
                "etat": _state(case),
                "recue_le": case.received_on,
                **_answers(case),
                "decisions": _decisions(case),
                "notes_du_service": [_note(note) for note in case.notes.all()],
                "messages": [
                    {"le": message.at, "service": message.from_agent, "texte": message.body}
                    for message in case.messages.all()
                ],
                "documents_delivres": [
                    {
                        "numero": row.number,
                        "delivre_le": row.issued_on,
                        "valable_jusqu_au": row.valid_until,
                        "annule_le": row.void_on,
                        "parce_que": row.get_void_reason_display(),
                    }
                    for row in case.issued.all()
                ],
                "documents": [_file_name(case, document) for document in case.documents.all()],
            }
            for case in found.order_by("id")
        ],
        "notes_du_service": [_note(note) for note in Note.objects.filter(person__in=_records(person)).order_by("id")],
    }


def _file_name(case: Case, document: Document) -> str:
    return f"{case.reference}/{document.pk}-{document.name}"


def files(person: Person) -> Iterator[tuple[str, str]]:
    """The files of someone's cases that the scanner has cleared: their names in the archive, their paths."""
    found = Document.objects.filter(case__applicant__in=_records(person), scan_state=ScanState.CLEAN)
    for document in found.select_related("case").order_by("case_id", "id"):
        yield _file_name(document.case, document), document.path


def _state(case: Case) -> str:
    if case.is_draft:
        return _("brouillon")
    return case.version.document.workflow.state(case.state).label


def _decisions(case: Case) -> list[dict[str, Any]]:
    decision = getattr(case, "decision", None)
    if decision is None:
        return []
    return [
        {
            "decision": decision.outcome,
            "le": decision.legal_date,
            "motif": decision.reason,
            "par": decision.author_name,
            "qualite": decision.author_title,
            "par_l_effet_du_delai": decision.by_time,
        }
    ]


def _answers(case: Case) -> dict[str, Any]:
    """What was answered, what is typed in a draft and not yet understood, and what the service wrote in its part."""
    form = evaluate_form(
        case.version.document,
        shown_values(case),
        moment(case.updated_at),
        agent_answers=open_answers(case.agent_answers),
    )
    return {
        "reponses": [{fact["label"]: fact["value"] for fact in part["facts"]} for part in parts_of(case, form)],
        "partie_du_service": [
            {fact["label"]: fact["value"] for fact in part["facts"]} for part in parts_of(case, form, agents=True)
        ],
        "saisie_a_corriger": open_answers(case.pending),
    }


def _note(note: Note) -> dict[str, Any]:
    return {"le": note.at, "texte": note.body}


def subjects(person: Person) -> Iterator[str]:
    """The journal's subjects of someone's cases."""
    yield from (f"case:{pk}" for pk in _cases(person).values_list("pk", flat=True))


def in_use(now: datetime) -> QuerySet[Any]:
    """Ids of the people that a case names, until it is erased."""
    return Case.objects.filter(applicant__isnull=False).exclude(applicant_name=ERASED).values("applicant_id")


def concerned(search: Search) -> Iterator[Concerned]:
    """Whom a breach concerns through cases: those named, those an agent reached, those something happened to."""
    wanted = [found for text in search.references if (found := normal_reference(text))]
    pks = set(Case.objects.filter(reference__in=wanted).values_list("pk", flat=True))
    if search.agent is not None or (search.since is not None and not search.references):
        events = Event.objects.filter(stream=STREAM)
        if search.agent is not None:
            events = events.filter(actor=f"account:{search.agent}")
        if search.since is not None:
            events = events.filter(at__gte=search.since)
        if search.until is not None:
            events = events.filter(at__lte=search.until)
        touched = events.filter(subject__startswith="case:").values_list("subject", flat=True).distinct()
        pks |= {int(subject.removeprefix("case:")) for subject in touched}
        for event in events.filter(kind="cases.exported").select_related("payload"):
            pks |= {int(subject.removeprefix("case:")) for subject in exported(event)}
    cases = Case.objects.filter(pk__in=pks).exclude(applicant_name=ERASED).select_related("version", "applicant")
    for case in cases.order_by("pk"):
        fields = case.version.document.by_id.values()
        yield Concerned(
            kind=_("demandes"),
            person=case.applicant.merged_into_id or case.applicant_id if case.applicant else None,
            name=case.applicant_name,
            email=case.contact_email,
            phone=case.contact_phone,
            sensitive=any(field.sensitive for field in fields),
            records=(case.reference,),
        )


def exported(event: Event) -> Iterable[str]:
    """The cases whose data one export took out of the house (manifest, ``reads``)."""
    payload = getattr(event, "payload", None)
    return [f"case:{pk}" for pk in (payload.body.get("cases") or ())] if payload else []


def processings(entry: Processing) -> Iterator[Processing]:
    """The register's entries: one for each procedure that is open or still holds cases."""
    kept = Q(is_open=True) | Q(pk__in=Case.objects.exclude(applicant_name=ERASED).values("procedure_id"))
    for procedure in Procedure.objects.filter(kept, current__isnull=False).select_related("current"):
        document = procedure.current.document  # type: ignore[union-attr]
        sensitive = [field.label for field in document.by_id.values() if field.sensitive]
        asked = [field.label for step in document.steps for field in step.fields if field.asks and not field.sensitive]
        yield Processing(
            name=f"cases.{procedure.slug}",
            label=procedure.title,
            purpose=procedure.summary,
            basis=document.legal_basis or entry.basis,
            people=_("Organismes et leurs représentants") if document.audience == "organisation" else entry.people,
            data=_listed(asked),
            recipients=entry.recipients,
            kept=ngettext(
                "Le temps de la demande, puis %d mois.",
                "Le temps de la demande, puis %d mois.",
                document.retention_months,
            )
            % document.retention_months
            + " "
            + ngettext("Un brouillon : %d jour.", "Un brouillon : %d jours.", document.draft_days)
            % document.draft_days,
            sensitive=_listed(sensitive),
            order=entry.order,
        )


def _listed(labels: Iterable[str]) -> str:
    return " ; ".join(dict.fromkeys(label.rstrip(" ?:") for label in labels))


# --- Erasing -------------------------------------------------------------------------------------------------------
def _contested_until(case: Case) -> date | None:
    """The last day on which the decision of a closed case may be attacked; None without one."""
    decision = getattr(case, "decision", None)
    return add_months(decision.legal_date, CONTESTED) if decision is not None else None


def _is_kept(case: Case, now: datetime) -> bool:
    until = _contested_until(case)
    return until is not None and until >= today(now)


def fate(person: Person, now: datetime) -> Iterator[Fate]:
    """What erasing does to someone's cases: those under way block it, those that may be contested are kept a while."""
    gone = drafts = papers = 0
    for case in _cases(person).exclude(applicant_name=ERASED).order_by("pk"):
        if case.is_draft:
            drafts += 1
        elif not case.outcome:
            may_withdraw = withdrawal(case.version.document, case.state) is not None
            yield Fate(
                becomes="blocks",
                what=f"{case.procedure.title}, {case.reference}",
                why=_("votre demande est en cours : le service en a besoin pour vous répondre"),
                url=reverse("case_page", args=[case.reference]),
                act=_("Ouvrir et retirer cette demande") if may_withdraw else _("Ouvrir cette demande"),
            )
        elif _is_kept(case, now):
            yield Fate(
                becomes="kept",
                what=f"{case.procedure.title}, {case.reference}",
                why=_(
                    "la décision peut encore être contestée, ou retirée par le service (code des relations entre le "
                    "public et l’administration, art. L242-1 et L411-2)"
                ),
                until=_contested_until(case),
                named=True,
            )
        else:
            gone += 1
            papers += case.issued.filter(void_on=None).count()
    if drafts:
        yield Fate(becomes="erased", what=_("Brouillons"), count=drafts)
    if gone:
        yield Fate(becomes="erased", what=_("Demandes terminées : réponses, documents, messages"), count=gone)
    if papers:
        yield Fate(becomes="erased", what=_("Cartes et documents délivrés : ils ne vaudront plus"), count=papers)
    if gone:
        yield Fate(
            becomes="kept",
            what=_("Démarche, commune, dates et issue de ces demandes, sans nom"),
            why=_("les chiffres du service (règlement européen, art. 89)"),
        )


def erase(person: Person, actor: Actor, now: datetime) -> None:
    """Erase what drafts and closed cases say of someone; running cases stay until they end, others while contested.

    The journal's chain stays whole: payloads go, digests stay (DESIGN.md rule 2). Run again, it does what was kept.
    """
    for case in _cases(person).exclude(state__gt="", outcome=""):
        if not _is_kept(case, now):
            erase_case(case, actor=actor, now=now)
    with transaction.atomic():
        Note.objects.filter(person__in=_records(person)).delete()


@transaction.atomic
def erase_case(case: Case, *, actor: Actor, now: datetime) -> None:
    """Empty a case of what it says of people; its figures (procedure, commune, dates, outcome) stay."""
    keys = [*case.documents.values_list("key", flat=True), *copies_of(case)]
    case.documents.all().delete()
    Message.objects.filter(case=case).delete()
    case.notes.all().delete()
    case.reminders.all().delete()
    case.opinions.all().delete()
    PublicCase.objects.filter(case=case).delete()  # an exact place may be somebody’s door
    Decision.objects.filter(case=case).update(reason="")
    case.proposals.update(reason="", note="")
    for row in case.issued.filter(void_on=None):
        void(row, VoidReason.ERASED, actor=actor, now=now)  # nobody could tell any more whose it is
    for event in Event.objects.filter(subject=case.subject, payload__isnull=False):
        journal.erase_payload(event)
    Case.objects.filter(pk=case.pk).update(
        answers={},
        pending={},
        agent_answers={},
        correction=None,
        applicant=None,
        account=None,
        mandate=None,
        applicant_name=ERASED,
        contact_email="",
        contact_phone="",
        tracking_hash="",
        tracking_sealed="",
        updated_at=now,
        revision=F("revision") + 1,  # a save on its way loses, and writes nothing back
    )
    remove_case(case.pk)
    journal.record(stream=STREAM, kind="cases.erased", subject=case.subject, actor=actor, now=now)
    forget_files(keys)


def retention(now: datetime) -> int:
    """Erase the cases that are over for longer than their procedure announces, counted from their end; how many.

    The oldest first, at most ``SLICE`` of a version in a run, each in a transaction of its own: the next run goes on,
    as it does after a crash. A case that cannot be erased is told to the logs and keeps none of the others.
    """
    erased = 0
    for over in _over(now):
        for pk in list(over.order_by("closed_on", "pk").values_list("pk", flat=True)[:SLICE]):
            try:
                erase_case(over.get(pk=pk), actor=Actor.system("retention"), now=now)
            except Case.DoesNotExist:
                continue  # erased this very moment, at the person's request
            except Exception:
                logger.exception("a case past its time is not erased", extra={"case": pk})
            else:
                erased += 1
    return erased


def _over(now: datetime) -> Iterator[QuerySet[Case]]:
    """The closed cases past their time, version by version."""
    for version in ProcedureVersion.objects.filter(cases__closed_on__isnull=False).distinct():
        before = add_months(today(now), -version.document.retention_months)
        yield Case.objects.filter(version=version, closed_on__lt=before).exclude(applicant_name=ERASED)


def retention_due(now: datetime) -> int:
    """How many cases ``retention`` would erase, over as many nights as it takes."""
    return sum(over.count() for over in _over(now))
