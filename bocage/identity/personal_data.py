"""Personal data: what the house holds of a person, gathered from every app's manifest.

A room of its own: the gathering serves « Mes données »; the rest is identity's own contribution to it.
"""

import io
import json
import zipfile
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction

from bocage.base import journal, registry
from bocage.base.actors import Actor
from bocage.base.manifest import PersonalData
from bocage.identity.models import (
    Account,
    Mandate,
    MandateAsk,
    MandateUse,
    Membership,
    OrganisationMembership,
    PeopleMerge,
    Person,
)


def holders() -> list[PersonalData]:
    """Every declared kind of personal data, in the order of the apps."""
    return [holder for _, holder in registry.contributions("personal_data")]


def archive(person: Person | None, account: Account, *, actor: Actor, now: datetime) -> bytes:
    """A zip of JSON files, one for each kind of data; the download is journaled.

    A kind that cannot be read is named in ``manquant.txt`` rather than left out without a word.
    """
    buffer, missing = io.BytesIO(), []
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as bundle:
        bundle.writestr("compte.json", _json(account_data(account)))
        for manifest, holder in registry.contributions("personal_data"):
            if person is None:
                break
            data = registry.isolated(manifest, holder.export, lambda export: export(person))
            if data is None:
                missing.append(str(holder.label))
            else:
                bundle.writestr(f"{manifest.name}-{holder.name}.json", _json(data))
        if missing:
            bundle.writestr("manquant.txt", "N’ont pas pu être lus : " + ", ".join(missing) + ".\n")
    subject = f"person:{person.pk}" if person else f"account:{account.pk}"
    with transaction.atomic():
        journal.record(stream="identity", kind="identity.data_downloaded", subject=subject, actor=actor, now=now)
    return buffer.getvalue()


def _json(data: Any) -> str:
    return json.dumps(data, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2)


def account_data(account: Account) -> dict[str, Any]:
    """What is held of the account itself; secrets and password prints aside."""
    return {
        "identifiant": account.username,
        "ouvert_le": account.date_joined,
        "derniere_connexion": account.last_login,
        "adresses": list(EmailAddress.objects.filter(user=account).values("email", "verified", "primary")),
        "second_facteur": list(Authenticator.objects.filter(user=account).values("type", "created_at", "last_used_at")),
        "appareils": list(UserSession.objects.filter(user=account).values("created_at", "ip", "user_agent")),
        "identites_externes": list(
            account.external_identities.values("issuer", "subject", "linked_at", "used_at").order_by("linked_at")
        ),
        "sites_relies": list(
            account.site_consents.values("site", "scopes", "given_at", "withdrawn_at").order_by("given_at")
        ),
        "cartes_de_codes": list(account.code_cards.values("issued_at", "revoked_at").order_by("issued_at")),
        "postes": list(
            account.posts.values("role", "service", "commune__name", "organisation__name", "title", "starts", "ends")
        ),
    }


def export(person: Person) -> dict[str, Any]:
    """What identity holds of a person (manifest, ``personal_data``), records merged into theirs included."""
    people = [person, *person.merged.all()]
    return {
        "fiches": [_details(record) for record in people],
        "foyers": _rows(
            Membership.objects.filter(person__in=people).values(
                "household__name", "role", "legal_authority", "billing_share", "starts", "ends"
            )
        ),
        "organismes": _rows(
            OrganisationMembership.objects.filter(person__in=people).values(
                "organisation__name", "role", "starts", "ends"
            )
        ),
        "mandats_donnes": _rows(Mandate.objects.filter(principal__in=people).values(*_MANDATE)),
        "accords_demandes": _rows(
            MandateAsk.objects.filter(principal__in=people).values(
                "asked_at",
                "way",
                "channel",
                "phone",
                "invited_email",
                "scopes",
                "days",
                "state",
                "text",
                "text_version",
            )
        ),
        "usages_de_mes_mandats": _rows(
            MandateUse.objects.filter(mandate__principal__in=people).values(
                "mandate_id", "account__first_name", "account__last_name", "kind", "subject", "at", "told_at"
            )
        ),
        "fiches_reunies": _rows(
            PeopleMerge.objects.filter(kept__in=people).values("at", "by__first_name", "by__last_name", "undone_at")
        ),
        "mandats_recus": _rows(
            Mandate.objects.filter(holder_person__in=people).values(*_MANDATE, "principal__usual_name")
        ),
    }


_MANDATE = (
    "holder_person__given_names",
    "holder_person__birth_name",
    "holder_organisation__name",
    "scopes",
    "consent",
    "starts",
    "ends",
    "revoked_at",
)


def _rows(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [dict(row) for row in rows]


def _details(person: Person) -> dict[str, Any]:
    return {
        "nom_de_naissance": person.birth_name,
        "nom_d_usage": person.usual_name,
        "prenoms": person.given_names,
        "date_de_naissance": person.birth_date,
        "lieu_de_naissance_insee": person.birth_place,
        "pays_de_naissance_insee": person.birth_country,
        "sexe": person.get_gender_display(),
        "email": person.email,
        "telephone": person.phone,
        "adresse": person.address,
        "code_postal": person.postcode,
        "commune": person.commune.name if person.commune else person.locality,
        "identite": person.get_identity_level_display(),
        "depuis": person.created_at,
    }


def erase(person: Person, actor: Actor, now: datetime) -> None:
    """Erase what identifies a person; rows that others rely on stay, without name. The account is closed.

    A record without name keeps « Personne effacée », since a birth name is required.
    """
    from bocage.identity.operations import erase_person

    erase_person(person, actor=actor, now=now)
