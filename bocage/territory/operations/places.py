"""Places: what is said of them, their hours, their closures."""

import copy
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.text import slugify
from django.utils.translation import gettext as _

from bocage.base import journal
from bocage.base.actors import Actor
from bocage.base.once import once_only
from bocage.base.opening_hours import BadHours, check
from bocage.base.shown import save_if_unchanged
from bocage.territory import cached
from bocage.territory.models import Closure, Place
from bocage.territory.operations.stream import STREAM

SLUG_ATTEMPTS = 5

PLACE_FIELDS = (
    "kind", "name", "address", "lat", "lon", "phone", "email", "website", "opening_hours", "accessibility",
    "accessibility_details", "notice",
)  # fmt: skip


@once_only(Place)
def save_place(
    place: Place | None, values: Mapping[str, Any], *, actor: Actor, now: datetime, once: UUID | None = None
) -> Place:
    """Create a place or change some of its fields (``PLACE_FIELDS``, and ``commune``, ``run_by``).

    ``place`` is the row as it was read: what equals it is left alone. Raises ValidationError by field (hours are in
    OSM's syntax, a point needs both coordinates), ChangedMeanwhile when someone else has changed one of these fields.
    """
    unknown = set(values) - {*PLACE_FIELDS, "commune", "run_by"}
    if unknown:
        raise ValueError(f"not fields of a place: {sorted(unknown)}")
    read = place
    place = copy.copy(place) if place else Place(once=once)  # a refusal leaves the caller's as it was
    new = place.pk is None
    changed = [field for field, value in values.items() if new or getattr(place, field) != value]
    for field in changed:
        setattr(place, field, values[field])
    try:
        place.opening_hours = check(place.opening_hours)
    except BadHours as error:
        raise ValidationError({"opening_hours": str(error)}) from error
    if (place.lat is None) != (place.lon is None):
        raise ValidationError({"lat": _("Donnez la latitude et la longitude, ou aucune des deux.")})
    if new:
        place.slug = _free_slug(place.name)
        place.source_id = f"desk:{place.slug}"
    place.full_clean(exclude=["imported", "commune", "run_by"])
    if not changed:
        return place
    with transaction.atomic():
        cached.forget()
        if read is None:
            _insert(place)
        else:
            save_if_unchanged(read, {name: getattr(place, name) for name in {*changed, "opening_hours"}})
        journal.record(
            stream=STREAM,
            kind="place.created" if new else "place.changed",
            subject=f"place:{place.pk}",
            actor=actor,
            now=now,
            payload={"fields": sorted(changed)},
        )
    return place


def _insert(place: Place) -> None:
    """Insert a place under its slug, or the next one when somebody took it since it was looked for."""
    for _attempt in range(SLUG_ATTEMPTS):
        try:
            with transaction.atomic():
                place.save(force_insert=True)
        except IntegrityError:
            if not Place.objects.filter(Q(slug=place.slug) | Q(source_id=place.source_id)).exists():
                raise
            place.pk, place.slug = None, _free_slug(place.name)
            place.source_id = f"desk:{place.slug}"
        else:
            return
    raise ValidationError({"name": _("Ce nom vient d’être donné à un autre lieu. Enregistrez de nouveau.")})


def _free_slug(name: str) -> str:
    base = slugify(name)[:160] or "lieu"
    taken = set(Place.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    number, slug = 1, base
    while slug in taken:
        number += 1
        slug = f"{base}-{number}"
    return slug


def set_opening_hours(place: Place, text: str, *, actor: Actor, now: datetime, notice: str | None = None) -> Place:
    """Change the hours of a place (OSM's syntax; empty: not known). Raises ValidationError."""
    values = {"opening_hours": text} | ({} if notice is None else {"notice": notice})
    return save_place(place, values, actor=actor, now=now)


def add_closure(place: Place, starts: date, ends: date, reason: str, *, actor: Actor, now: datetime) -> Closure:
    """Close a place from a day to another, both included; said twice, it is closed once.

    Raises ValidationError when the days are reversed, longer than a year, already closed for another reason, or when
    the reason is missing.
    """
    reason = _checked_closure(starts, ends, reason)
    with transaction.atomic():
        closure, created = Closure.objects.get_or_create(
            place=place, starts=starts, ends=ends, defaults={"reason": reason}
        )
        if created:
            _record_closure("closure.added", closure, actor, now)
    if closure.reason != reason:  # a colleague's words are not written over: they are shown
        told = _("Le lieu est déjà fermé ces jours-là : « %(reason)s ». Retirez d’abord cette fermeture de la liste.")
        raise ValidationError({"reason": told % {"reason": closure.reason}})
    return closure


def remove_closure(closure: Closure, *, actor: Actor, now: datetime) -> None:
    """Open a place again on the days of a closure; nothing when it has already been taken away."""
    with transaction.atomic():
        removed, _rows = Closure.objects.filter(pk=closure.pk).delete()
        if removed:
            _record_closure("closure.removed", closure, actor, now)


def _checked_closure(starts: date, ends: date, reason: str) -> str:
    reason = " ".join(reason.split())
    if ends < starts:
        raise ValidationError({"ends": _("Le dernier jour vient avant le premier.")})
    if (ends - starts).days > 366:
        raise ValidationError({"ends": _("Une fermeture dure au plus un an : au-delà, changez les horaires du lieu.")})
    if not reason:
        raise ValidationError({"reason": _("Dites pourquoi le lieu est fermé : les habitants le liront.")})
    return reason[:120]


def _record_closure(kind: str, closure: Closure, actor: Actor, now: datetime) -> None:
    journal.record(
        stream=STREAM,
        kind=kind,
        subject=f"place:{closure.place_id}",
        actor=actor,
        now=now,
        payload={"starts": closure.starts.isoformat(), "ends": closure.ends.isoformat(), "reason": closure.reason},
    )
