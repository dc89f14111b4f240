"""Writing procedures at the desk: one draft at a time for each, published as a whole or not at all.

Signatures, for the screens (all raise ``Conflict`` when someone was quicker, ``Refused`` with a French sentence):

``start_draft(slug, title=, service=, act=, audience=, actor=, now=)`` · ``edit_procedure(procedure, actor=, now=)`` ·
``import_document(text, actor=, now=, slug=)`` · ``save_draft(draft, body, seen_revision=, actor=, now=)`` ·
``set_opening(draft, opens_on=, closes_on=, seen_revision=, actor=, now=)`` · ``publish_draft(draft, seen_revision=,
actor=, now=, over_newer=)`` · ``discard_draft(draft, seen_revision=, actor=, now=)`` · ``export_document(thing)`` ·
``open_procedure`` / ``close_procedure(procedure, actor=, now=)`` · ``run_openings(now)`` (job).
"""

import re
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from bocage.base import journal
from bocage.base.actors import Actor
from bocage.cases.editing import Body, files
from bocage.cases.editing.checks import Issue, errors
from bocage.cases.editing.skeleton import skeleton
from bocage.cases.engine import Refused
from bocage.cases.models import Procedure, ProcedureDraft, ProcedureVersion
from bocage.cases.operations.effects import known_effects
from bocage.cases.operations.procedures import publish
from bocage.cases.operations.store import STREAM, Conflict, moment
from bocage.cases.scenarios import Report, run_all
from bocage.cases.schema import ProcedureDocument
from bocage.territory.queries import today

SLUG = re.compile(r"[a-z][a-z0-9-]{0,59}")
FIRST_POSITION = 100  # of a procedure first published at the desk: after those of the territory's folder


class NotPublishable(Refused):
    """A draft that cannot be published: ``issues`` to mend, or ``failures`` of scenarios. Nothing was written."""

    def __init__(self, message: str, issues: Iterable[Issue] = (), failures: Iterable[Report] = ()) -> None:
        super().__init__(message)
        self.issues = list(issues)
        self.failures = list(failures)


# --- Beginning ------------------------------------------------------------------------------------------------------
@transaction.atomic
def start_draft(
    slug: str,
    *,
    title: str,
    service: str,
    actor: Actor,
    now: datetime,
    act: str = "ask",
    audience: str = "person",
) -> ProcedureDraft:
    """The draft of a new procedure: a minimal one, already sound. Raises Refused (bad or taken slug), Conflict."""
    return _begin(skeleton(slug, title=title, service=service, act=act, audience=audience), None, actor, now)


@transaction.atomic
def edit_procedure(procedure: Procedure, *, actor: Actor, now: datetime) -> ProcedureDraft:
    """The draft of a procedure, begun from its current version; the one that is open when there is one already."""
    found = ProcedureDraft.objects.filter(slug=procedure.slug).first()
    if found is not None:
        return found
    assert procedure.current is not None
    return _begin(procedure.current.body, procedure, actor, now)


@transaction.atomic
def import_document(text: str | bytes, *, actor: Actor, now: datetime, slug: str = "") -> ProcedureDraft:
    """A draft from a file, under its own slug or another. Raises BadFile (``.issues``), Refused, Conflict.

    The file of a procedure that exists becomes the draft of its next version; a draft already open is never replaced.
    """
    body = files.read(text)
    if slug:
        body["slug"] = slug
    procedure = Procedure.objects.filter(slug=body["slug"]).first()
    if ProcedureDraft.objects.filter(slug=body["slug"]).exists():
        raise Refused(_("Un brouillon de cette démarche est déjà ouvert : terminez-le, ou abandonnez-le d’abord."))
    return _begin(body, procedure, actor, now, imported=True)


def export_document(thing: ProcedureVersion | ProcedureDraft) -> str:
    """A version or a draft as one file, which ``import_document`` reads."""
    return files.write(thing.body)


def _begin(
    body: Body, procedure: Procedure | None, actor: Actor, now: datetime, *, imported: bool = False
) -> ProcedureDraft:
    slug = body["slug"]
    if not isinstance(slug, str) or not SLUG.fullmatch(slug):
        text = _("Une adresse s’écrit en minuscules sans accent, avec des tirets : pret-de-broyeur.")
        raise Refused(text, {"slug": text})
    if procedure is None and Procedure.objects.filter(slug=slug).exists():
        text = _("Une démarche a déjà cette adresse : changez-la, ou modifiez cette démarche.")
        raise Refused(text, {"slug": text})
    try:
        with transaction.atomic():
            draft = ProcedureDraft.objects.create(
                procedure=procedure,
                slug=slug,
                service=_short(body.get("service"), 40),
                title=_short(body.get("title"), 160),
                body=_kept(body),
                based_on=procedure.current if procedure else None,
                opens_on=procedure.opens_on if procedure else None,
                closes_on=procedure.closes_on if procedure else None,
                updated_by_id=_account(actor),
                updated_at=now,
            )
    except IntegrityError:
        raise Conflict from None
    _record(draft, "imported" if imported else "begun", actor, now)
    return draft


# --- Writing --------------------------------------------------------------------------------------------------------
@transaction.atomic
def save_draft(draft: ProcedureDraft, body: Body, *, seen_revision: int, actor: Actor, now: datetime) -> None:
    """Keep a body, sound or not, provided nobody wrote since ``seen_revision``. Raises Conflict, Refused.

    The slug and the version of the schema never change here.
    """
    kept = {**_kept(body), "slug": draft.slug, "schema_version": draft.body.get("schema_version", 1)}
    _write(
        draft,
        seen_revision,
        actor,
        now,
        body=kept,
        service=_short(kept.get("service"), 40),
        title=_short(kept.get("title"), 160),
    )
    _record(draft, "saved", actor, now)


@transaction.atomic
def set_opening(
    draft: ProcedureDraft,
    *,
    opens_on: date | None,
    closes_on: date | None,
    seen_revision: int,
    actor: Actor,
    now: datetime,
) -> None:
    """From which day, and until which one included, the procedure will be open. Raises Conflict, Refused."""
    if opens_on and closes_on and closes_on < opens_on:
        text = _("Le dernier jour vient avant le premier : corrigez l’un des deux.")
        raise Refused(text, {"closes_on": text})
    _write(draft, seen_revision, actor, now, opens_on=opens_on, closes_on=closes_on)
    _record(draft, "saved", actor, now)


@transaction.atomic
def discard_draft(draft: ProcedureDraft, *, seen_revision: int, actor: Actor, now: datetime) -> None:
    """Give a draft up: the published procedure stays as it is. Raises Conflict."""
    _record(draft, "discarded", actor, now)
    _take(draft, seen_revision)


def _write(draft: ProcedureDraft, seen: int, actor: Actor, now: datetime, **changes: Any) -> None:
    values = {**changes, "revision": seen + 1, "updated_by_id": _account(actor), "updated_at": now}
    if not ProcedureDraft.objects.filter(pk=draft.pk, revision=seen).update(**values):
        raise Conflict
    for name, value in values.items():
        setattr(draft, name, value)


def _take(draft: ProcedureDraft, seen: int) -> None:
    deleted, _rows = ProcedureDraft.objects.filter(pk=draft.pk, revision=seen).delete()
    if not deleted:
        raise Conflict


# --- Publishing -----------------------------------------------------------------------------------------------------
def publish_draft(
    draft: ProcedureDraft, *, seen_revision: int, actor: Actor, now: datetime, over_newer: bool = False
) -> ProcedureVersion:
    """Freeze the draft as the current version; running cases keep theirs. Raises NotPublishable, Conflict.

    Refused while an error remains or a scenario fails, and when another version was published since the draft was
    begun, unless ``over_newer`` says that the draft is to replace it. Nothing is written then.
    """
    fresh = ProcedureDraft.objects.filter(pk=draft.pk, revision=seen_revision).first()
    if fresh is None:
        raise Conflict
    body = fresh.body
    wrong = errors(body, effects=known_effects())
    if wrong:
        raise NotPublishable(_("Cette démarche n’est pas prête : corrigez d’abord ce qui est signalé."), issues=wrong)
    failures = [report for report in _told(body, now) if not report.passed]
    if failures:
        text = _("Un scénario échoue : corrigez la démarche, ou le scénario s’il ne dit plus ce que vous voulez.")
        raise NotPublishable(text, failures=failures)
    with transaction.atomic():
        _take(fresh, seen_revision)
        procedure = Procedure.objects.filter(slug=fresh.slug).first()
        current = procedure.current_id if procedure else None
        if current != fresh.based_on_id and not over_newer:
            text = _(
                "Une autre version a été publiée depuis. Comparez-les, puis publiez par-dessus si c’est bien voulu."
            )
            raise NotPublishable(text, issues=[Issue("settings", "error", text)])
        try:
            with transaction.atomic():
                position = procedure.position if procedure else FIRST_POSITION
                version = publish(body, actor=actor, now=now, position=position)
        except IntegrityError:
            raise Conflict from None  # another version took this number meanwhile
        _schedule(version.procedure, fresh.opens_on, fresh.closes_on, now)
        _tell(version.procedure, "procedure_published", actor, now, {"number": version.number})
    return version


def _told(body: Body, now: datetime) -> list[Report]:
    return run_all(ProcedureDocument.model_validate(body), is_holiday=moment(now).is_holiday)


# --- Opening and closing --------------------------------------------------------------------------------------------
def _schedule(procedure: Procedure, opens_on: date | None, closes_on: date | None, now: datetime) -> None:
    day = today(now)
    if opens_on is not None or closes_on is not None:
        procedure.is_open = (opens_on is None or opens_on <= day) and (closes_on is None or closes_on >= day)
    procedure.opens_on = opens_on if opens_on and opens_on > day else None
    procedure.closes_on = closes_on if closes_on and closes_on >= day else None
    procedure.save(update_fields=["is_open", "opens_on", "closes_on"])


@transaction.atomic
def open_procedure(procedure: Procedure, *, actor: Actor, now: datetime) -> None:
    """Open it now; a day of opening that was set is forgotten."""
    _switch(procedure, True, actor, now)


@transaction.atomic
def close_procedure(procedure: Procedure, *, actor: Actor, now: datetime) -> None:
    """Close it now: nobody begins or sends a request online any more; running cases go on."""
    _switch(procedure, False, actor, now)


def _switch(procedure: Procedure, is_open: bool, actor: Actor, now: datetime) -> bool:
    changes: dict[str, Any] = {"is_open": is_open, "opens_on" if is_open else "closes_on": None}
    if not Procedure.objects.filter(pk=procedure.pk, is_open=not is_open).update(**changes):
        return False
    for name, value in changes.items():
        setattr(procedure, name, value)
    _tell(procedure, "procedure_opened" if is_open else "procedure_closed", actor, now)
    return True


def run_openings(now: datetime) -> int:
    """Open and close the procedures whose day has come; how many. May be run again."""
    day, done = today(now), 0
    actor = Actor.system("openings")
    for procedure in Procedure.objects.filter(Q(opens_on__lte=day) | Q(closes_on__lt=day)).order_by("pk"):
        over = procedure.closes_on is not None and procedure.closes_on < day
        with transaction.atomic():
            done += _switch(procedure, not over, actor, now)
            # Someone opened or closed it by hand meanwhile: the day is past all the same.
            Procedure.objects.filter(pk=procedure.pk, opens_on__lte=day).update(opens_on=None)
            Procedure.objects.filter(pk=procedure.pk, closes_on__lt=day).update(closes_on=None)
    return done


# --- What all share -------------------------------------------------------------------------------------------------
def _kept(body: Body) -> Body:
    """A body as it is stored. Raises Refused when no procedure could be so big or so deep."""
    try:
        return dict(files.storable(body))
    except (TypeError, ValueError, RecursionError) as error:
        told = str(error) if type(error) is ValueError else _("Cette démarche n’est pas lisible.")
        raise Refused(_("%(reason)s Revenez à ce qui est enregistré.") % {"reason": told}) from None


def _short(value: Any, limit: int) -> str:
    return value[:limit] if isinstance(value, str) else ""


def _account(actor: Actor) -> int | None:
    return actor.id if actor.kind == "account" else None


def _record(draft: ProcedureDraft, what: str, actor: Actor, now: datetime) -> None:
    journal.record(
        stream=STREAM,
        kind=f"cases.procedure_{what}",
        subject=f"procedure_draft:{draft.pk}",
        actor=actor,
        payload={"slug": draft.slug, "revision": draft.revision},
        now=now,
    )


def _tell(procedure: Procedure, kind: str, actor: Actor, now: datetime, payload: dict[str, Any] | None = None) -> None:
    journal.record(
        stream=STREAM,
        kind=f"cases.{kind}",
        subject=f"procedure:{procedure.pk}",
        actor=actor,
        payload=payload,
        now=now,
    )
