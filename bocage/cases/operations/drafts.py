"""Drafts: started with or without an account, saved field by field, never lost."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bocage.base import journal
from bocage.base.actors import Actor
from bocage.base.once import once_only
from bocage.base.references import new_reference
from bocage.cases import links
from bocage.cases.applicant import certain, is_proved, prefill
from bocage.cases.engine import FieldError, Refused, clean
from bocage.cases.households import members_of
from bocage.cases.models import ERASED, Case, Channel, Procedure, ProcedureVersion
from bocage.cases.operations import tracking
from bocage.cases.operations.documents import forget_files
from bocage.cases.operations.store import STREAM, Conflict, touch
from bocage.cases.ports import ways_of
from bocage.cases.queries import is_closed
from bocage.cases.schema import FormField, ProcedureDocument
from bocage.cases.sealing import open_answers, seal_answers
from bocage.identity.models import Account, Mandate, Person
from bocage.messaging.operations import notify
from bocage.messaging.recipients import Recipient
from bocage.territory.ground import GROUND
from bocage.territory.queries import is_enabled, today

GONE = gettext_lazy("Ce brouillon a été effacé, ici ou dans une autre fenêtre.")
CLOSED = gettext_lazy(
    "Cette démarche est fermée : votre demande ne peut plus être envoyée en ligne. Vos réponses restent gardées. "
    "Appelez-nous, nous pouvons vous renseigner."
)
UNPROVED = gettext_lazy(
    "Cette démarche demande une identité prouvée : identifiez-vous avec FranceConnect, ou venez à l’accueil avec une "
    "pièce d’identité."
)
SLICE = 500  # of what a nightly job does in one run: the next one goes on
MOST_PARTS = 80  # of what is typed in one field: a table of amounts has that many lines
SAVE_ATTEMPTS = 12  # several windows and fields saved at once: each loss means that another one won


@once_only(Case, lambda case: (case, ""))
@transaction.atomic
def start_draft(
    procedure: Procedure,
    *,
    actor: Actor,
    now: datetime,
    account: Account | None = None,
    applicant: Person | None = None,
    mandate: Mandate | None = None,
    channel: str = Channel.WEB,
    received_on: date | None = None,
    entered_by: Account | None = None,
    contact_email: str = "",
    contact_phone: str = "",
    answers: Mapping[str, Any] | None = None,
    prefilled: bool = True,
    once: UUID | None = None,
) -> tuple[Case, str]:
    """Open a draft; gives it with its tracking code, shown once. A second press gives it without its code.

    ``applicant`` is whom it is for: oneself, the principal of a mandate, the person at the counter. What their own
    file tells fills the draft in, unless it is not ``prefilled``: whoever begins it may not read that file.
    Raises Refused when the procedure is closed, or wants an identity that nobody proved. An agent enters what came on
    paper while it was open.
    """
    version, day = procedure.current, today(now)
    not_yet = not procedure.is_open and procedure.opens_on is not None and procedure.opens_on > day
    shut = not_yet or (is_closed(procedure, day) and entered_by is None)
    if shut or version is None or not is_enabled(procedure.service):
        raise Refused(_("Cette démarche est fermée pour le moment. Appelez-nous, nous pouvons vous renseigner."))
    document = version.document
    if document.identity == "proved" and entered_by is None and (account is None or not is_proved(applicant)):
        raise Refused(str(UNPROVED))
    told_by_file = applicant if prefilled else None
    given = {**(prefill(document, told_by_file) if told_by_file is not None else {}), **(answers or {})}
    for field, told in ((document.with_role("email"), contact_email), (document.with_role("phone"), contact_phone)):
        if field is not None and told:
            given[field.id] = told
    code = tracking.new_code()
    case = Case.objects.create(
        reference=new_reference(),
        version=version,
        procedure=procedure,
        service=procedure.service,
        channel=channel,
        applicant=applicant,
        mandate=mandate,
        commune=applicant.commune if applicant else None,
        account=account,
        entered_by=entered_by,
        contact_email=contact_email or (told_by_file.email if told_by_file else ""),
        contact_phone=contact_phone or (told_by_file.phone if told_by_file else ""),
        **tracking.kept(code),
        answers=seal_answers(document, given),
        received_on=received_on,
        created_at=now,
        updated_at=now,
        once=once,
    )
    journal.record(
        stream=STREAM, kind="cases.started", subject=case.subject, actor=actor, payload={"channel": channel}, now=now
    )
    if account is None and entered_by is None and contact_email:
        notify(
            key=f"resume:{case.reference}",
            template="case.resume",
            context={"procedure": procedure.title, "expires_on": today(links.expires(now))},
            recipient=Recipient(name="", email=contact_email),
            subject=case.subject,
            service=case.service,
            reference=case.reference,
            link=links.path_for(case),
            link_label=_("Reprendre ma demande"),
            actor=actor,
            now=now,
        )
    return case, code


@transaction.atomic
def give_new_code(case: Case, *, actor: Actor, now: datetime) -> str:
    """Another tracking code, for whoever pressed twice and saw neither answer; the first one no longer opens."""
    code = tracking.new_code()
    Case.objects.filter(pk=case.pk).update(**tracking.kept(code))
    journal.record(stream=STREAM, kind="cases.code_replaced", subject=case.subject, actor=actor, now=now)
    return code


@dataclass(frozen=True)
class FileChange:
    """What a page does to a field’s files: keys it adds, keys it takes out; the others stay, whoever added them."""

    added: tuple[str, ...] = ()
    removed: frozenset[str] = frozenset()

    def on(self, keys: Any) -> list[str]:
        """The keys of the field once this is done."""
        kept = [key for key in keys if key not in self.removed] if isinstance(keys, list) else []
        return kept + [key for key in self.added if key not in kept]


def reread(case: Case) -> None:
    """Read a draft again after a Conflict. Raises Refused when it is gone, or no longer a draft."""
    try:
        case.refresh_from_db()
    except Case.DoesNotExist:
        raise Refused(str(GONE)) from None
    if case.is_draft and case.applicant_name == ERASED:
        raise Refused(str(GONE))


@transaction.atomic
def save_answers(
    case: Case,
    values: Mapping[str, Any],
    *,
    now: datetime,
    step: str = "",
    files: Mapping[str, FileChange] | None = None,
    household: bool = False,
) -> dict[str, str]:
    """Keep what was typed in a draft; gives the errors by field.

    What cannot be read yet is kept as typed, to be shown again and corrected: nothing is lost. Ids that the version
    does not know are dropped, agents' fields refused. ``files`` are changes by field, made on what the draft holds at
    that moment: two windows that join a file keep both. ``household``: whoever saves may choose among the applicant's
    (``households.is_own``, or an agent). Raises Refused when the case is no longer a draft, or gone.
    """
    if not case.is_draft:
        raise Refused(_("Cette demande est déjà envoyée : elle ne se modifie plus ici."))
    document = case.version.document
    asks_someone = household and any(field.kind == "household_person" for field in document.by_id.values())
    members = members_of(case, today(now)) if asks_someone else None
    sure = certain(case)
    questions = {question.id: {option.value for option in question.options} for question in document.eligibility}
    for _attempt in range(SAVE_ATTEMPTS):
        answers, pending, errors = open_answers(case.answers), open_answers(case.pending), {}
        changed = {key: change.on(pending.get(key, answers.get(key))) for key, change in (files or {}).items()}
        for key, raw in {**values, **changed}.items():
            field = document.by_id.get(key)
            if key in questions:
                if raw in questions[key]:
                    answers[key] = raw
                continue
            if field is None or field.agent or not field.asks or key in sure:
                continue
            pending.pop(key, None)
            try:
                value = clean(field, raw, today(now), GROUND, members, ways_of)
            except FieldError as error:
                errors[key] = str(error)
                answers.pop(key, None)
                pending[key] = _bounded(raw)
                continue
            if value is None:
                answers.pop(key, None)
            else:
                answers[key] = value
        answers |= sure
        pending = {key: raw for key, raw in pending.items() if key not in sure}
        try:
            changes: dict[str, Any] = {
                "answers": seal_answers(document, answers),
                "pending": seal_answers(document, pending),
            }
            if step:
                changes["step"] = step
            touch(case, now, **changes)
        except Conflict:
            reread(case)
            if not case.is_draft:
                raise Refused(_("Cette demande est déjà envoyée : elle ne se modifie plus ici.")) from None
            continue
        return errors
    raise Conflict


def _bounded(raw: Any) -> Any:
    """What was typed, cut where it is too long to be kept whole."""
    if isinstance(raw, str):
        return raw[:5_000]
    if isinstance(raw, Mapping):
        return {str(key)[:40]: _bounded(value) for key, value in list(raw.items())[:MOST_PARTS]}
    if isinstance(raw, list | tuple):
        return [_bounded(item) for item in raw[:50]]
    return raw if isinstance(raw, bool | int | None) else str(raw)[:400]


def upgrade_draft(case: Case, *, now: datetime) -> bool:
    """Bring a draft to the current version of its procedure; whether it moved. Answers are kept by stable id."""
    if not case.is_draft or case.procedure.current_id in (None, case.version_id):
        return False
    _upgrade(case, now)
    return True


def follow_names(document: ProcedureDocument, answers: Mapping[str, Any]) -> dict[str, Any]:
    """Answers under the ids of a version: those of a renamed field follow it (``was``), no other."""
    known = set(document.by_id) | {question.id for question in document.eligibility}
    kept = {key: value for key, value in answers.items() if key in known}
    for field in document.by_id.values():
        former = next((name for name in reversed(field.was) if name in answers and name not in known), None)
        if field.id not in kept and former is not None:
            kept[field.id] = answers[former]
        rows = kept.get(field.id)
        if field.fields and isinstance(rows, list):
            kept[field.id] = [_follow_row(field, row) if isinstance(row, dict) else row for row in rows]
    return kept


OF_ITS_DAY = frozenset({"file", "statement", "signatures", "appointment", "payment"})
"""Kinds of fields whose answers are made anew for each request."""


def carried(old: Case, document: ProcedureDocument) -> dict[str, Any]:
    """The answers of an earlier request of the same procedure, as another may begin with: to be read again."""
    found = follow_names(document, open_answers(old.answers))
    return {
        key: value
        for key, value in found.items()
        if key not in document.by_id or (document.by_id[key].asks and document.by_id[key].kind not in OF_ITS_DAY)
    }


def earlier_answers(old: Case, document: ProcedureDocument, applicant: Person | None) -> dict[str, Any]:
    """What of an earlier request another one begins with, for ``applicant`` (None: whoever has no account).

    What their file says today comes before what they wrote then; for someone else, nothing that tells of a person.
    """
    found = carried(old, document)
    same = applicant is None or applicant.pk == old.applicant_id
    today_says = prefill(document, applicant) if applicant is not None and same else {}
    fields = document.by_id
    return {
        key: value
        for key, value in found.items()
        if key in fields
        and key not in today_says
        and (same or not fields[key].role)
        and ((same and applicant is not None) or fields[key].kind != "household_person")
    }


def _follow_row(group: FormField, row: Mapping[str, Any]) -> dict[str, Any]:
    ids = {inner.id for inner in group.fields}
    renamed = {old: inner.id for inner in group.fields for old in inner.was if old not in ids}
    return {renamed.get(key, key): value for key, value in row.items()}


@transaction.atomic
def _upgrade(case: Case, now: datetime) -> None:
    current: ProcedureVersion | None = case.procedure.current
    assert current is not None
    document = current.document
    answers = follow_names(document, open_answers(case.answers))
    renamed = {old: field.id for field in document.by_id.values() for old in field.was}
    touch(
        case,
        now,
        version_id=current.pk,
        answers=seal_answers(document, answers),
        pending=seal_answers(document, follow_names(document, open_answers(case.pending))),
        step=case.step if any(step.id == case.step for step in document.steps) else "",
    )
    # Files lie under the field they were given for.
    for old in set(case.documents.filter(field__in=renamed).values_list("field", flat=True)):
        case.documents.filter(field=old).update(field=renamed[old])
    case.version = current


@transaction.atomic
def claim_draft(case: Case, account: Account, *, actor: Actor, now: datetime) -> None:
    """Attach to an account a case that was started without one."""
    if case.account_id is not None:
        return
    changes: dict[str, Any] = {"account_id": account.pk}
    if case.is_draft and case.applicant_id is None and account.person_id:
        changes["applicant_id"] = account.person_id
    touch(case, now, **changes)
    journal.record(stream=STREAM, kind="cases.claimed", subject=case.subject, actor=actor, now=now)


@transaction.atomic
def discard_draft(case: Case, *, actor: Actor, now: datetime) -> None:
    """Throw a draft away, with its documents. Raises Refused when it is no longer a draft."""
    if not case.is_draft:
        raise Refused(_("Cette demande est déjà envoyée : vous pouvez la retirer, pas l’effacer."))
    keys = list(case.documents.values_list("key", flat=True))
    journal.record(stream=STREAM, kind="cases.draft_discarded", subject=case.subject, actor=actor, now=now)
    deleted, _rows = Case.objects.filter(pk=case.pk, state="", revision=case.revision).delete()
    if not deleted:
        raise Conflict
    forget_files(keys)


def purge_drafts(now: datetime) -> int:
    """Throw away the drafts nobody touched for the time their procedure announces, the oldest first; how many.

    Papers that agents have not entered yet are kept: someone handed them in. At most ``SLICE`` of a version in a run,
    each in a transaction of its own: the next run goes on, as it does after a crash.
    """
    gone = 0
    for old in _old_drafts(now):
        for pk in list(old.order_by("updated_at", "pk").values_list("pk", flat=True)[:SLICE]):
            try:
                discard_draft(old.get(pk=pk), actor=Actor.system("purge"), now=now)
            except (Conflict, Case.DoesNotExist):
                continue  # someone came back to it this very moment
            gone += 1
    return gone


def _old_drafts(now: datetime) -> Iterator[QuerySet[Case]]:
    """The drafts past their time, version by version."""
    for version in ProcedureVersion.objects.filter(cases__state="").distinct():
        before = now - timedelta(days=version.document.draft_days)
        yield Case.objects.filter(version=version, state="", entered_by=None, updated_at__lt=before)


def drafts_due(now: datetime) -> int:
    """How many drafts ``purge_drafts`` would throw away, over as many nights as it takes."""
    return sum(old.count() for old in _old_drafts(now))
