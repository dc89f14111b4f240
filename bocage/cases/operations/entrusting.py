"""Agreements made, changed and ended; cases passed on and given back (DESIGN.md rule 13)."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from bocage.base import journal
from bocage.base.actors import Actor
from bocage.base.dates import french_date
from bocage.base.once import once_only
from bocage.base.shown import save_if_unchanged
from bocage.base.uploads import Readable, RefusedFile
from bocage.cases.engine import Refused
from bocage.cases.entrusting import head_of, may_give_back, may_pass
from bocage.cases.indexing import index
from bocage.cases.models import Agreement, AgreementScope, Case, Custody, Procedure
from bocage.cases.models_entrusting import Entrusted, Sight
from bocage.cases.operations.handling import add_note
from bocage.cases.operations.store import STREAM, touch
from bocage.identity.models import Account
from bocage.identity.queries import scope_of
from bocage.messaging.letterhead import Letterhead, letterhead
from bocage.messaging.operations import keep_logo, unseal_notices
from bocage.territory.models import Commune, Organisation
from bocage.territory.queries import today

KINDS = frozenset({Organisation.Kind.COMMUNE, Organisation.Kind.SYNDICATE, Organisation.Kind.ASSOCIATION})
"""To whom one entrusts: never to the community itself, nor to a business (that would be a market)."""
HEAD = ("name", "address", "phone", "email")


# --- Agreements ----------------------------------------------------------------------------------------------------
@once_only(Agreement)
def entrust(
    procedure: Procedure,
    organisation: Organisation,
    *,
    what: str,
    sight: str,
    communes: Iterable[Commune],
    starts: date,
    ends: date | None,
    head: Mapping[str, str],
    actor: Actor,
    now: datetime,
    once: UUID | None = None,
) -> Agreement:
    """Entrust a procedure or its counter, in some communes or everywhere (none), from a day.

    Requests filed from then on are the organisation's; those already filed stay where they are. Raises Refused, with
    the errors by field: an organisation without number, dates reversed or past, or what another agreement holds.
    """
    errors: dict[str, str] = {}
    if organisation.kind not in KINDS:
        errors["organisation"] = _("Une démarche se confie à une commune, à un syndicat ou à une association.")
    elif not (organisation.siren or organisation.siret or organisation.rna):
        errors["organisation"] = _("Complétez d’abord la fiche de cet organisme : il y manque son SIRET ou son RNA.")
    if what not in Entrusted.values:
        errors["what"] = _("Choisissez ce qui est confié.")
    if sight not in Sight.values:
        errors["sight"] = _("Choisissez ce que la communauté de communes voit.")
    if starts < today(now):
        errors["starts"] = _("Une convention commence aujourd’hui ou plus tard.")
    if ends is not None and ends < starts:
        errors["ends"] = _("Le dernier jour précède le premier.")
    if errors:
        raise Refused(_("La convention est à compléter."), errors)
    wanted = list(communes)
    places: list[Commune | None] = [*wanted] or [None]
    try:
        with transaction.atomic():
            agreement = Agreement.objects.create(
                procedure=procedure,
                organisation=organisation,
                what=what,
                sight=sight,
                starts=starts,
                ends=ends,
                once=once,
                **{name: head.get(name, "").strip() for name in HEAD},
            )
            AgreementScope.objects.bulk_create(
                AgreementScope(agreement=agreement, procedure=procedure, commune=commune, starts=starts, ends=ends)
                for commune in places
            )
            payload = {
                "organisation": organisation.pk,
                "what": what,
                "sight": sight,
                "communes": sorted(commune.insee for commune in wanted),
                "starts": starts.isoformat(),
                "ends": ends.isoformat() if ends else None,
            }
            _record(agreement, "cases.entrusted", actor, now, payload)
    except IntegrityError as error:
        clash = _clash(procedure, wanted, starts, ends)
        if clash is None:
            raise
        raise Refused(clash, {"communes": clash}) from error
    return agreement


def _clash(procedure: Procedure, communes: list[Commune], starts: date, ends: date | None) -> str | None:
    """Who holds it already, in words."""
    found = AgreementScope.objects.filter(Q(ends=None) | Q(ends__gte=starts), procedure=procedure)
    if ends is not None:
        found = found.filter(starts__lte=ends)
    if communes:
        found = found.filter(Q(commune=None) | Q(commune__in=communes))
    other = found.select_related("agreement__organisation", "commune").first()
    if other is None:
        return None
    told = {
        "who": other.agreement.organisation,
        "where": other.commune.name if other.commune else _("tout le territoire"),
        "until": _("jusqu’au %s") % french_date(other.ends) if other.ends else _("sans date de fin"),
    }
    return _("Cette démarche est déjà confiée à %(who)s (%(where)s, %(until)s).") % told


def change_agreement(
    agreement: Agreement, *, sight: str, head: Mapping[str, str], actor: Actor, now: datetime
) -> Agreement:
    """Change what the community will see of cases to come, and the letterhead. Raises Refused, ChangedMeanwhile."""
    if sight not in Sight.values:
        text = _("Choisissez ce que la communauté de communes voit.")
        raise Refused(text, {"sight": text})
    values = {"sight": sight, **{name: head.get(name, "").strip() for name in HEAD}}
    changed = {name: value for name, value in values.items() if getattr(agreement, name) != value}
    if not changed:
        return agreement
    with transaction.atomic():
        save_if_unchanged(agreement, changed)
        _record(agreement, "cases.agreement_changed", actor, now, {"fields": sorted(changed)})
    return agreement


def set_logo(agreement: Agreement, upload: Readable | None, *, actor: Actor, now: datetime) -> None:
    """Put a logo at the head of the letters to come under an agreement, or take it away (None).

    Letters already told keep the one they had. Raises Refused: not a picture, too heavy, too small, refused by the
    scanner.
    """
    try:
        logo = keep_logo(upload, actor=actor, now=now) if upload is not None else None
    except RefusedFile as error:
        raise Refused(error.message, {"logo": error.message}) from None
    if logo == agreement.logo:
        return
    with transaction.atomic():
        Agreement.objects.filter(pk=agreement.pk).update(logo=logo)
        _record(agreement, "cases.agreement_changed", actor, now, {"fields": ["logo"]})
    agreement.logo = logo


def end_agreement(agreement: Agreement, *, last: date, actor: Actor, now: datetime) -> None:
    """End an agreement on its last day. The cases it holds stay with the organisation until they are passed on.

    An agreement that never began is taken away. Raises Refused for a day that is past, or after the end already said.
    """
    day = today(now)
    if last < day - timedelta(days=1):
        text = _("Ce jour est passé. Pour arrêter tout de suite, indiquez hier.")
        raise Refused(text, {"last": text})
    if agreement.ends is not None and last > agreement.ends:
        text = _("Cette convention finit déjà le %s.") % french_date(agreement.ends)
        raise Refused(text, {"last": text})
    with transaction.atomic():
        open_still = Agreement.objects.filter(Q(ends=None) | Q(ends__gte=last), pk=agreement.pk)
        if last < agreement.starts and not agreement.cases.exists():
            gone, _kinds = open_still.delete()
            if not gone:
                return
        else:
            last = max(last, agreement.starts)
            if not open_still.exclude(ends=last).update(ends=last):
                return
            agreement.scopes.update(ends=last)
        _record(agreement, "cases.agreement_ended", actor, now, {"last": last.isoformat()})


def _record(agreement: Agreement, kind: str, actor: Actor, now: datetime, payload: dict[str, Any]) -> None:
    journal.record(stream=STREAM, kind=kind, subject=f"agreement:{agreement.pk}", actor=actor, payload=payload, now=now)


# --- Cases ---------------------------------------------------------------------------------------------------------
def pass_on(case: Case, note: str, *, agent: Account, actor: Actor, now: datetime) -> Case:
    """Pass an entrusted case to the community, with a note for its agents. Raises Refused and Conflict."""
    if not may_pass(scope_of(agent, today(now)), case):
        raise Refused(_("Ce dossier ne se passe pas d’ici : relisez-le, il a peut-être déjà été passé."))
    with transaction.atomic():
        _hand(case, "cases.passed_on", letterhead(None), note, agent, actor, now, custody=Custody.PASSED, apart=False)
        unseal_notices(case.subject)
    return case


def give_back(case: Case, note: str, *, agent: Account, actor: Actor, now: datetime) -> Case:
    """Give a case back to the organisation that passed it, with a note for its agents. Raises Refused and Conflict.

    The community goes on seeing it: what it has read it cannot forget.
    """
    if not may_give_back(scope_of(agent, today(now)), case) or case.agreement is None:
        raise Refused(_("Ce dossier ne se rend pas d’ici : relisez-le, il a peut-être déjà été rendu."))
    with transaction.atomic():
        _hand(case, "cases.given_back", head_of(case.agreement), note, agent, actor, now, custody=Custody.HELD)
    return case


def _hand(
    case: Case, kind: str, to: Letterhead, note: str, agent: Account, actor: Actor, now: datetime, **columns: Any
) -> None:
    touch(case, now, assignee_id=None, **columns)
    contact = ", ".join(filter(None, (to.telephone, to.email)))
    payload = {"to": to.name, "contact": contact}
    journal.record(stream=STREAM, kind=kind, subject=case.subject, actor=actor, payload=payload, now=now)
    if note.strip():
        add_note(note, author=agent, actor=actor, now=now, case=case)
    index(case)
