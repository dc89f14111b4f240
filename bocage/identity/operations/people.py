"""Writes about people: entered, corrected, erased. Two records of one person are made one in ``merging``."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, TypedDict, Unpack
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from bocage.base import journal
from bocage.base.actors import Actor
from bocage.base.once import once_only
from bocage.base.shown import save_if_unchanged
from bocage.identity.models import (
    Person,
    PersonWord,
)
from bocage.identity.reading import normal_phone, words
from bocage.territory.models import Commune
from bocage.territory.queries import today

STREAM = "identity"


class PersonFields(TypedDict, total=False):
    """What is told about a person. Telephones in any French writing; names as in civil status."""

    birth_name: str
    usual_name: str
    given_names: str
    birth_date: date | None
    birth_place: str
    birth_country: str
    gender: str
    email: str
    phone: str
    address: str
    postcode: str
    commune: Commune | None
    locality: str
    identity_level: str
    told_by: str


@once_only(Person)
def create_person(
    *, actor: Actor, now: datetime, on_behalf_of: str = "", once: UUID | None = None, **fields: Unpack[PersonFields]
) -> Person:
    """Enter someone. Neither e-mail, telephone nor birth date is required, and none is unique.

    Raises ValidationError, by field, when a name is missing or a telephone, an e-mail or a date cannot be right.
    """
    person = Person(created_at=now, once=once, **_clean(fields, now))
    if not person.birth_name:
        raise ValidationError({"birth_name": _("Indiquez le nom de famille. Exemple : Martin")})
    with transaction.atomic():
        person.save()
        PersonWord.objects.bulk_create(_words_of([person]))
        journal.record(
            stream=STREAM,
            kind="identity.person_created",
            subject=f"person:{person.pk}",
            actor=actor,
            now=now,
            on_behalf_of=on_behalf_of,
        )
    return person


def update_person(
    person: Person, *, actor: Actor, now: datetime, on_behalf_of: str = "", **changes: Unpack[PersonFields]
) -> Person:
    """Correct what is told about someone; the journal lists the fields that changed, not their values.

    ``person`` is the row as it was read: what equals it is left alone. Raises ValidationError as ``create_person``
    does, ChangedMeanwhile when someone else has changed one of these fields since then.
    """
    cleaned = _clean(changes, now)
    if cleaned.get("birth_name") == "":
        raise ValidationError({"birth_name": _("Indiquez le nom de famille. Exemple : Martin")})
    changed = sorted(name for name, value in cleaned.items() if getattr(person, name) != value)
    if changed:
        with transaction.atomic():
            save_if_unchanged(person, {name: cleaned[name] for name in changed})
            if {"birth_name", "usual_name", "given_names"} & set(changed):
                index_people([person])
            journal.record(
                stream=STREAM,
                kind="identity.person_changed",
                subject=f"person:{person.pk}",
                actor=actor,
                now=now,
                on_behalf_of=on_behalf_of,
                payload={"fields": changed},
            )
    return person


def _clean(fields: PersonFields, now: datetime) -> dict[str, Any]:
    """Trim texts, bring telephones to E.164. Raises ValidationError by field."""
    cleaned: dict[str, Any] = {
        name: " ".join(value.split()) if isinstance(value, str) else value for name, value in fields.items()
    }
    errors: dict[str, str] = {}
    if phone := cleaned.get("phone"):
        cleaned["phone"] = normal_phone(phone) or phone
        if not normal_phone(phone):
            errors["phone"] = _("Ce numéro de téléphone n’est pas complet. Exemple : 03 27 12 34 56 ou +32 65 12 34 56")
    if email := cleaned.get("email"):
        cleaned["email"] = email.lower()
        try:
            validate_email(email)
        except ValidationError:
            errors["email"] = _("Cette adresse e-mail n’est pas complète. Exemple : prenom.nom@exemple.fr")
    if (postcode := cleaned.get("postcode")) and not (len(postcode) == 5 and postcode.isdigit()):
        errors["postcode"] = _("Le code postal a cinq chiffres. Exemple : 59530")
    if (born := cleaned.get("birth_date")) and not date(1880, 1, 1) <= born <= today(now):
        errors["birth_date"] = _("Cette date de naissance n’est pas possible. Exemple : 12/03/1948")
    if errors:
        raise ValidationError({name: [text] for name, text in errors.items()})
    return cleaned


def index_people(people: Iterable[Person]) -> None:
    """Write again the words by which agents find these people (after a change of names, or a mass entry)."""
    people = list(people)
    with transaction.atomic():
        PersonWord.objects.filter(person__in=people).delete()
        PersonWord.objects.bulk_create(_words_of(people), batch_size=2000)


def _words_of(people: Iterable[Person]) -> list[PersonWord]:
    return [
        PersonWord(person=person, word=word)
        for person in people
        for word in words(person.birth_name, person.usual_name, person.given_names)
    ]
