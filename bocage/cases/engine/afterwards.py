"""What a request waits for once it is sent: signatures of others, an appointment, a payment, dates that pass."""

from dataclasses import replace
from datetime import timedelta

from django.utils.translation import gettext as _

from bocage.cases.engine import legal, ports, signatures
from bocage.cases.engine.arriving import arrive, blocked_by, onward
from bocage.cases.engine.state import (
    CaseState,
    Deadline,
    EffectRequest,
    EventRecord,
    Moment,
    Refused,
    Result,
    Settle,
    Sign,
)
from bocage.cases.engine.typed import FieldError
from bocage.cases.schema import ProcedureDocument
from bocage.cases.validation import triggers

SIGNATURES = "signatures"
"""The deadline by which those whom a request names may sign it."""


def signatures_asked(document: ProcedureDocument, case: CaseState, before: CaseState, moment: Moment) -> Result:
    """The case with its signers as they stand once its answers are these, asked to sign until a day.

    Who signed what the request no longer says is asked again. A decision was taken on what was signed: what is added
    afterwards (a final report) makes no signature fall.
    """
    was = {} if before.is_draft else before.answers
    says = signatures.read_digest(document, case.answers) if before.decision is None else None
    answers = {
        key: signatures.merged(was.get(key), value, says=says, today=moment.today)
        if document.by_id.get(key) is not None and document.by_id[key].kind == "signatures"
        else value
        for key, value in case.answers.items()
    }
    case = replace(case, answers=answers)
    if not signatures.waiting(document, answers):
        return Result(legal.closed(case, SIGNATURES))
    waited = {(key, signatures.digest(row)) for key, row in signatures.signers(document, was) if "signed_at" not in row}
    asked = [
        (key, row)
        for key, row in signatures.signers(document, answers)
        if "signed_at" not in row and (key, signatures.digest(row)) not in waited
    ]
    if not asked:
        return Result(case)
    case = legal.with_deadline(case, Deadline(SIGNATURES, moment.today + timedelta(days=signatures.DAYS)))
    again = [(key, row) for key, row in asked if signatures.is_asked_again(row)]
    people = {signatures.digest(row): row["name"] for _key, row in again}  # once, who is named in two fields
    told = [EventRecord("signature_fallen", {"name": name, "on": moment.today.isoformat()}) for name in people.values()]
    params = {"again": [[key, signatures.digest(row)] for key, row in again]} if again else {}
    return Result(case, tuple(told), (EffectRequest("ask_signatures", params),))


def nobody_left(document: ProcedureDocument, before: CaseState, result: Result, moment: Moment) -> Result:
    """A correction that takes out the last one who had not signed is as good as the last signature."""
    if not signatures.waiting(document, before.answers) or signatures.waiting(document, result.case.answers):
        return result
    moved = onward(document, result.case, "all_signed", moment, [])
    return Result(moved.case, result.events + moved.events, result.effects + moved.effects)


def sign(document: ProcedureDocument, case: CaseState, command: Sign, moment: Moment) -> Result:
    """Keep a signature; the last one takes the transition of role ``system`` whose id begins with ``all_signed``."""
    if case.is_draft or document.workflow.state(case.state).final:
        raise Refused(_("Cette demande est terminée : elle ne se signe plus."))
    known = {
        signatures.digest(row): row for key, row in signatures.signers(document, case.answers) if key == command.field
    }
    row = known.get(command.signer)
    if row is None:
        raise Refused(_("Cette personne n’est pas nommée dans la demande, ou plus."))
    if "signed_at" in row:
        raise Refused(_("Cette signature est déjà donnée : merci."))
    name = " ".join(command.name.split())
    if not 0 < len(name) <= signatures.MAX_NAME:
        text = _("Écrivez le prénom et le nom de qui signe. Exemple : Paul Martin")
        raise Refused(text, {"name": text})
    deadline = case.deadline(SIGNATURES)
    if command.channel == "web" and (deadline is None or deadline.due_on < moment.today):
        raise Refused(_("Le délai pour signer par ce lien est passé."))
    says = signatures.read_digest(document, case.answers)
    if command.read is not None and command.read != says:
        text = _("La demande a changé depuis que vous l’avez lue. Relisez-la, puis cochez de nouveau la case.")
        raise Refused(text, {"read": text})
    marks = {"signed_at": moment.now.isoformat(), "signed_as": name, "channel": command.channel, "signed_what": says}
    rows = [{**signatures.bare(one), **marks} if one is row else one for one in case.answers[command.field]]
    signed = replace(case, answers={**case.answers, command.field: rows})
    events = [EventRecord("signed", {"field": command.field, "name": row["name"], **marks})]
    if signatures.waiting(document, signed.answers):
        return Result(signed, tuple(events))
    return onward(document, legal.closed(signed, SIGNATURES), "all_signed", moment, events)


def overdue(document: ProcedureDocument, result: Result, moment: Moment) -> Result:
    """The transitions that deadlines take by passing, the earliest first; each deadline takes one, and is over.

    A deadline whose transition is blocked, or leaves from another state, stays as it is: it may still be taken. One
    that its own passing sets again in the past is over too: nothing goes round for ever.
    """
    wanted = triggers.watched(document)
    if not wanted or result.case.is_draft:
        return result
    for due in sorted(result.case.deadlines, key=lambda item: item.due_on):
        now = result.case.deadline(due.kind)
        if now != due or due.kind not in wanted or due.suspended_on is not None or due.due_on >= moment.today:
            continue
        result = _past(document, result, due, moment)
    return result


def _past(document: ProcedureDocument, result: Result, due: Deadline, moment: Moment) -> Result:
    kinds = triggers.deadline_kinds(document)
    taken = next(
        (
            item
            for item in document.workflow.transitions
            if "system" in item.roles
            and result.case.state in item.sources
            and triggers.overdue_kind(item.id, kinds) == due.kind
            and not blocked_by(document, result.case, item, moment)
        ),
        None,
    )
    if taken is None:
        return result
    told = EventRecord("overdue", {"deadline": due.kind, "due_on": due.due_on.isoformat()})
    case = legal.closed(result.case, due.kind)
    moved = arrive(document, case, taken, moment, reason="", command=None, legal_date=due.due_on)
    again = moved.case.deadline(due.kind)
    after = moved.case if again is None or again.due_on >= moment.today else legal.closed(moved.case, due.kind)
    return Result(after, (*result.events, told, *moved.events), (*result.effects, *moved.effects))


def ports_asked(document: ProcedureDocument, case: CaseState) -> tuple[CaseState, tuple[EffectRequest, ...]]:
    """The sums that payments are of, as they are when the request is sent; and what the house's ports are told."""
    answers, effects = dict(case.answers), []
    for key, field in document.by_id.items():
        if field.kind in ports.PORTS and key in answers:
            due = answers.get(field.amount_of) if field.amount_of else None
            answers[key] = {**answers[key], **({"due": due} if isinstance(due, int) else {})}
            effects.append(EffectRequest("ask_port", {"field": key}))
    return replace(case, answers=answers), tuple(effects)


def settle(document: ProcedureDocument, case: CaseState, command: Settle, moment: Moment) -> Result:
    """Keep what settles an answer; takes the transition of role ``system`` whose id begins with ``settled``."""
    field, answer = document.by_id.get(command.field), case.answers.get(command.field)
    if case.is_draft or field is None or field.kind not in ports.PORTS or answer is None:
        raise Refused(_("Cette demande n’attend ni rendez-vous ni paiement ici."))
    if document.workflow.state(case.state).final:
        raise Refused(_("Cette demande est terminée : elle ne se modifie plus."))
    try:
        settled = ports.read_settled(field.kind, command.told, answer.get("due"))
    except FieldError as error:
        raise Refused(str(error)) from None
    case = replace(case, answers={**case.answers, command.field: {**answer, "settled": settled}})
    events = [EventRecord("settled", {"field": command.field, **settled})]
    return onward(document, case, "settled", moment, events)
