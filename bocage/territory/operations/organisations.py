"""Organisations, known by their numbers."""

import copy
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from bocage.base import journal
from bocage.base.actors import Actor
from bocage.base.identifiers import BadIdentifier, clean_rna, clean_siren, clean_siret
from bocage.base.once import once_only
from bocage.base.shown import save_if_unchanged
from bocage.territory.models import Organisation
from bocage.territory.operations.stream import STREAM


@once_only(Organisation)
def save_organisation(
    organisation: Organisation | None,
    values: Mapping[str, Any],
    *,
    actor: Actor,
    now: datetime,
    once: UUID | None = None,
) -> Organisation:
    """Create or change an organisation (``name``, ``kind``, ``siren``, ``siret``, ``rna``, ``commune``).

    ``organisation`` is the row as it was read: what equals it is left alone. Numbers are checked; a SIRET brings its
    SIREN. Raises ValidationError by field, also when a number is taken, ChangedMeanwhile when someone else has changed
    one of these fields.
    """
    cleaned = dict(values)
    for field, clean in (("siren", clean_siren), ("siret", clean_siret), ("rna", clean_rna)):
        if field not in cleaned:
            continue
        try:
            cleaned[field] = clean(cleaned[field]) if cleaned[field] else ("" if field == "siren" else None)
        except BadIdentifier as error:
            raise ValidationError({field: str(error)}) from error
    if cleaned.get("siret"):
        if cleaned.get("siren") and not cleaned["siret"].startswith(cleaned["siren"]):
            raise ValidationError({"siret": _("Ce SIRET n’est pas celui d’un établissement de ce SIREN.")})
        cleaned["siren"] = cleaned["siret"][:9]
    read = organisation
    organisation = copy.copy(organisation) if organisation else Organisation(once=once)
    _check_numbers_free(organisation, cleaned)
    new = organisation.pk is None
    changed = sorted(field for field, value in cleaned.items() if new or getattr(organisation, field) != value)
    for field in changed:
        setattr(organisation, field, cleaned[field])
    organisation.full_clean(exclude=["commune"])
    if not changed:
        return organisation
    try:
        with transaction.atomic():
            if read is None:
                organisation.save(force_insert=True)
            else:
                save_if_unchanged(read, {field: cleaned[field] for field in changed})
            journal.record(
                stream=STREAM,
                kind="organisation.created" if new else "organisation.changed",
                subject=f"organisation:{organisation.pk}",
                actor=actor,
                now=now,
                payload={"fields": changed},
            )
    except IntegrityError:  # somebody gave the number to another one since it was looked for
        _check_numbers_free(organisation, cleaned)
        raise
    return organisation


def _check_numbers_free(organisation: Organisation, cleaned: Mapping[str, Any]) -> None:
    """Raises ValidationError when another organisation has this SIRET or this RNA number."""
    for field, told in (
        ("siret", _("Un autre organisme a déjà ce SIRET.")),
        ("rna", _("Un autre organisme a déjà ce numéro RNA.")),
    ):
        known = Organisation.objects.filter(**{field: cleaned.get(field)}).exclude(pk=organisation.pk)
        if cleaned.get(field) and known.exists():
            raise ValidationError({field: told})
