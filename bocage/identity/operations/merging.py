"""Writes about duplicates: two records made one by an agent, taken apart again within thirty days, or told apart.

A merge remembers each value that it wrote (``MergeChange``), whatever the table: undoing it writes back those that
nobody has changed since, and leaves on the kept record what came after.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from bocage.base import journal, registry
from bocage.base.actors import Actor
from bocage.base.manifest import PersonRows
from bocage.base.shown import ChangedMeanwhile
from bocage.identity import merging
from bocage.identity.models import (
    ERASED,
    Account,
    Mandate,
    MandateAsk,
    Membership,
    MergeChange,
    PeopleMerge,
    Person,
    PossibleDuplicate,
)
from bocage.identity.operations.accounts import close_account, reopen_account
from bocage.identity.operations.people import index_people

STREAM = "identity"


class MergeImpossible(Exception):
    """Two people cannot be made one, or apart again; the message, in French, says why and what to do."""


# --- Merging --------------------------------------------------------------------------------------------------------
@dataclass
class _Log:
    """What a merge writes, value by value."""

    merge: PeopleMerge
    actor: Actor
    now: datetime
    changes: list[MergeChange] = field(default_factory=list)

    def wrote(self, column: str, row: int, before: Any, after: Any) -> None:
        """One value written."""
        self.changes.append(MergeChange(merge=self.merge, column=column, row=row, before=before, after=after))

    def move(self, rows: PersonRows, kept: Any, other: Any) -> int:
        """The rows of a column follow; how many did."""
        pks = list(merging.rows_that_follow(rows, kept, other).values_list("pk", flat=True))
        moved = registry.resolve(rows.move)(pks, other.pk, kept.pk, actor=self.actor, now=self.now) if pks else []
        for pk in moved:
            self.wrote(rows.name, pk, other.pk, kept.pk)
        return len(moved)


def merge_people(
    kept: Person,
    other: Person,
    *,
    choices: Mapping[str, str] | None = None,
    account: Account | None = None,
    seen: str = "",
    actor: Actor,
    now: datetime,
) -> PeopleMerge:
    """Make one person of two records: ``other`` leads to ``kept`` from now on, and nothing is lost.

    ``choices`` says whose value each part keeps (``merging.chosen``); what ``kept`` does not tell comes from ``other``.
    Whatever names ``other`` in any app follows. Where both have accounts, ``account`` says which one stays open: the
    other closes. ``seen`` is the fingerprint of what the agent looked at. Undone by ``undo_merge`` for thirty days.

    Raises MergeImpossible, and ChangedMeanwhile when a record no longer says what was seen.
    """
    if kept.pk == other.pk:
        raise MergeImpossible(_("C’est la même fiche."))
    with transaction.atomic():
        # Both rows are taken, in ascending id, before anything is read: two merges that cross cannot make a ring.
        for pk in sorted((kept.pk, other.pk)):
            if not Person.objects.filter(pk=pk, merged_into=None).update(merged_into=F("merged_into")):
                raise MergeImpossible(_("Une de ces fiches vient d’être réunie à une autre. Refaites la recherche."))
        kept.refresh_from_db()
        other.refresh_from_db()
        if seen and seen != merging.fingerprint(kept, other):
            raise ChangedMeanwhile
        if told := merging.refusals(kept, other):
            raise MergeImpossible(told[0])
        merge = PeopleMerge.objects.create(
            kept=kept,
            other=other,
            by_id=actor.id if actor.kind == "account" else None,
            at=now,
            until=now + timedelta(days=merging.UNDO_DAYS),
            marks=merging.marks(),
        )
        log = _Log(merge, actor, now)
        _settle_accounts(log, account)
        _settle_homes(log)
        _settle_mandates(log)
        counts = {rows.name: log.move(rows, kept, other) for _m, rows in merging.columns() if rows.of == "person"}
        _take_values(log, merging.chosen(kept, other, choices or {}))
        for pk in Person.objects.filter(merged_into=other).values_list("pk", flat=True):
            log.wrote("identity.Person.merged_into", pk, other.pk, kept.pk)
        Person.objects.filter(merged_into=other).update(merged_into=kept)
        Person.objects.filter(pk=other.pk).update(merged_into=kept)
        other.merged_into = kept
        MergeChange.objects.bulk_create(log.changes, batch_size=500)
        _decide(kept, other, PossibleDuplicate.Decision.MERGED, actor, now)
        journal.record(
            stream=STREAM,
            kind="identity.people_merged",
            subject=f"person:{kept.pk}",
            actor=actor,
            now=now,
            payload={
                "merge": merge.pk,
                "kept": kept.pk,
                "other": other.pk,
                "moved": {name: count for name, count in counts.items() if count},
                "fields": sorted({one.column for one in log.changes if one.column.startswith("identity.Person.")}),
            },
        )
    return merge


def _settle_accounts(log: _Log, account: Account | None) -> None:
    """One account stays. Raises MergeImpossible when two are open and nobody said which, or when one is an agent's."""
    kept, other = log.merge.kept, log.merge.other
    mine, theirs = merging.accounts_of(kept, other)
    if theirs is None:
        return
    if mine is None:
        _tie(log, theirs, other.pk, kept.pk)
        return
    if account is None and mine.is_active and theirs.is_active:
        raise MergeImpossible(
            _("Ces deux fiches ont chacune un compte. Demandez à la personne lequel elle garde : l’autre se ferme.")
        )
    stays, goes = (theirs, mine) if account == theirs or (account is None and not mine.is_active) else (mine, theirs)
    if goes.posts.exists():
        raise MergeImpossible(
            _(
                "Le compte à fermer est celui d’un agent, avec ses postes. Gardez celui-là, ou terminez d’abord ses "
                "postes."
            )
        )
    if goes.is_active:
        close_account(goes, actor=log.actor, now=log.now)
        log.wrote("identity.Account.is_active", goes.pk, True, False)
    _tie(log, goes, kept.pk if goes == mine else other.pk, None)
    if stays == theirs:
        _tie(log, stays, other.pk, kept.pk)
    for _manifest, rows in merging.columns():
        if rows.of == "account":
            log.move(rows, stays, goes)


def _tie(log: _Log, account: Account, before: int | None, after: int | None) -> None:
    Account.objects.filter(pk=account.pk).update(person=after)
    log.wrote("identity.Account.person", account.pk, before, after)


def _settle_homes(log: _Log) -> None:
    """A household of both records keeps one part: with the parental authority that either had."""
    for mine, theirs in merging.shared_homes(log.merge.kept, log.merge.other):
        if theirs.legal_authority and not mine.legal_authority:
            Membership.objects.filter(pk=mine.pk).update(legal_authority=True)
            log.wrote("identity.Membership.legal_authority", mine.pk, False, True)


def _settle_mandates(log: _Log) -> None:
    """A mandate between the two records would be for oneself: it ends. Consents on the way are asked anew."""
    kept, other, now = log.merge.kept, log.merge.other, log.now
    between = Q(principal=kept, holder_person=other) | Q(principal=other, holder_person=kept)
    for pk in Mandate.objects.filter(between, revoked_at=None).values_list("pk", flat=True):
        Mandate.objects.filter(pk=pk).update(revoked_at=now)
        log.wrote("identity.Mandate.revoked_at", pk, None, now.isoformat())
    asked = MandateAsk.objects.filter(Q(principal__in=[kept, other]) | Q(holder_person__in=[kept, other]))
    waiting = asked.filter(state=MandateAsk.State.WAITING)
    waiting.update(state=MandateAsk.State.DROPPED, sealed_code="")  # it was read with one record's name


def _take_values(log: _Log, values: Mapping[str, Any]) -> None:
    kept = log.merge.kept
    for name, value in values.items():
        log.wrote(f"identity.Person.{name.removesuffix('_id')}", kept.pk, _said(getattr(kept, name)), _said(value))
        setattr(kept, name, value)
    if values:
        kept.save(update_fields=[name.removesuffix("_id") for name in values])
    index_people([kept])


def _said(value: Any) -> Any:
    """A value as JSON keeps it."""
    return value.isoformat() if hasattr(value, "isoformat") else value


def _decide(kept: Person, other: Person, decision: str, actor: Actor, now: datetime) -> None:
    """Write down what was decided of a pair, whether the house had found it or not."""
    older, newer = sorted((kept.pk, other.pk))
    decided = {"decision": decision, "decided_at": now, "decided_by_id": actor.id if actor.kind == "account" else None}
    PossibleDuplicate.objects.update_or_create(
        newer_id=newer,
        older_id=older,
        defaults=decided,
        create_defaults={**decided, "found_at": now, "why": PossibleDuplicate.Why.AGENT},
    )


# --- Undoing --------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Undone:
    """How many values went back, and how many stay as someone has changed them since."""

    back: int
    stayed: int


def undo_merge(merge: PeopleMerge, *, actor: Actor, now: datetime) -> Undone:
    """Take apart what a merge made one: what it moved goes back, what came after stays on the kept record.

    Raises MergeImpossible once its time is over, when it is undone already, or when the kept record was merged since.
    """
    kept, other = merge.kept, merge.other
    with transaction.atomic():
        # As a merge does: both records are taken, in ascending id, before anything is read.
        for pk in sorted((kept.pk, other.pk)):
            Person.objects.filter(pk=pk).update(birth_name=F("birth_name"))
        standing = PeopleMerge.objects.filter(pk=merge.pk, undone_at=None)
        if not standing.exists():
            raise MergeImpossible(_("Ces fiches sont déjà séparées."))
        by = actor.id if actor.kind == "account" else None
        if not standing.filter(until__gte=now).update(undone_at=now, undone_by=by):
            raise MergeImpossible(_("Les trente jours sont passés : ces fiches restent réunies."))
        kept.refresh_from_db()
        if kept.merged_into_id is not None:
            raise MergeImpossible(
                _("La fiche gardée a été réunie depuis à celle de %s. Séparez d’abord celles-là.") % kept.merged_into
            )
        other.refresh_from_db()
        if ERASED in (kept.birth_name, other.birth_name):
            raise MergeImpossible(_("Une de ces fiches a été effacée depuis : il n’y a plus rien à séparer."))
        changes = list(merge.changes.order_by("-pk"))
        Person.objects.filter(pk=other.pk, merged_into=kept).update(merged_into=None)
        back = _move_back(changes, actor, now) + sum(_write_back(change, actor, now) for change in changes)
        index_people([Person.objects.get(pk=kept.pk), Person.objects.get(pk=other.pk)])
        merge.changes.all().delete()
        _decide(kept, other, PossibleDuplicate.Decision.DIFFERENT, actor, now)
        journal.record(
            stream=STREAM,
            kind="identity.merge_undone",
            subject=f"person:{kept.pk}",
            actor=actor,
            now=now,
            payload={"merge": merge.pk, "kept": kept.pk, "other": other.pk, "back": back},
        )
    kept.refresh_from_db()
    other.refresh_from_db()
    return Undone(back, len(changes) - back)


def _move_back(changes: list[MergeChange], actor: Actor, now: datetime) -> int:
    """Rows that followed go back, column by column, in the words of the app that moved them."""
    count = 0
    for _manifest, rows in merging.columns():
        groups: dict[tuple[Any, Any], list[int]] = {}
        for change in changes:
            if change.column == rows.name:
                groups.setdefault((change.after, change.before), []).append(change.row)
        for (at, home), pks in groups.items():
            count += len(registry.resolve(rows.move)(pks, at, home, actor=actor, now=now))
    return count


def _write_back(change: MergeChange, actor: Actor, now: datetime) -> bool:
    """One value of identity's own columns is what it was, unless someone has changed it since."""
    if change.column in {rows.name for _manifest, rows in merging.columns()}:
        return False
    model, name = merging.model_of(change.column)
    column: Any = model._meta.get_field(name)
    before, after = (
        None if told is None else column.target_field.to_python(told) if column.is_relation else column.to_python(told)
        for told in (change.before, change.after)
    )
    rows = model._default_manager.filter(pk=change.row, **{name: after})
    if change.column == "identity.Account.is_active":
        closed = Account.objects.filter(pk=change.row).first()
        return bool(closed is not None and reopen_account(closed, actor=actor, now=now))
    return bool(rows.update(**{name: before}))


# --- Pairs ----------------------------------------------------------------------------------------------------------
def not_duplicates(pair: PossibleDuplicate, *, actor: Actor, now: datetime) -> bool:
    """Two people, after all: remembered, and never shown again. False when it was decided meanwhile."""
    with transaction.atomic():
        decided = {"decision": PossibleDuplicate.Decision.DIFFERENT, "decided_at": now}
        by = actor.id if actor.kind == "account" else None
        waiting = PossibleDuplicate.objects.filter(pk=pair.pk, decision=PossibleDuplicate.Decision.WAITING)
        if not waiting.update(**decided, decided_by=by):
            return False
        journal.record(
            stream=STREAM,
            kind="identity.people_told_apart",
            subject=f"person:{pair.older_id}",
            actor=actor,
            now=now,
            payload={"newer": pair.newer_id, "older": pair.older_id},
        )
    return True


def propose(one: Person, two: Person, *, actor: Actor, now: datetime) -> PossibleDuplicate:
    """An agent thinks that two records are one person: the pair waits to be looked at, even if told apart before.

    Raises MergeImpossible when they are one record.
    """
    if one.pk == two.pk:
        raise MergeImpossible(_("C’est la même fiche."))
    older, newer = sorted((one.pk, two.pk))
    waiting = {"decision": PossibleDuplicate.Decision.WAITING, "decided_at": None, "decided_by": None}
    told = {"why": PossibleDuplicate.Why.AGENT, "found_at": now}
    try:
        with transaction.atomic():
            pair, new = PossibleDuplicate.objects.get_or_create(newer_id=newer, older_id=older, defaults=told)
            if not new and pair.decision == PossibleDuplicate.Decision.WAITING:
                return pair
            PossibleDuplicate.objects.filter(pk=pair.pk).update(**waiting, **told)
            journal.record(
                stream=STREAM,
                kind="identity.duplicate_proposed",
                subject=f"person:{older}",
                actor=actor,
                now=now,
                payload={"newer": newer, "older": older},
            )
    except IntegrityError:  # a colleague said it at the same moment
        return PossibleDuplicate.objects.get(newer=newer, older=older)
    pair.refresh_from_db()
    return pair


# --- Jobs -----------------------------------------------------------------------------------------------------------
def forget_merges(now: datetime) -> int:
    """Retention: what merges wrote is forgotten once they can no longer be undone. Bears being run twice."""
    return MergeChange.objects.filter(merge__until__lt=now).delete()[0]


def follow_late(now: datetime) -> int:
    """Job: what was being written in a merged record's name while it was merged follows too. Bears being run twice."""
    moved = 0
    lately = PeopleMerge.objects.filter(undone_at=None, at__gte=now - timedelta(days=2), until__gte=now)
    for merge in lately.select_related("kept", "other").order_by("pk"):
        with transaction.atomic():
            if not Person.objects.filter(pk=merge.kept_id, merged_into=None).update(merged_into=None):
                continue
            log = _Log(merge, Actor.system("merge"), now)
            moved += sum(
                log.move(rows, merge.kept, merge.other) for _m, rows in merging.columns() if rows.of == "person"
            )
            MergeChange.objects.bulk_create(log.changes, ignore_conflicts=True)
    return moved
