"""Identity's part of privacy: what it holds of someone, what erasing does, what they agreed to, whom a breach concerns.

A room of its own: the manifest names it, ``bocage.privacy`` calls it.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from bocage.base.actors import Actor
from bocage.base.models import Event
from bocage.base.personal import Agreed, Concerned, Fate, Search
from bocage.identity.models import (
    Account,
    HomeAsk,
    Mandate,
    MandateAsk,
    MandateUse,
    Membership,
    OrganisationMembership,
    PeopleMerge,
    Person,
    Representation,
    SiteConsent,
)
from bocage.territory.queries import today

WORDS = {
    "identifiant": "identifiant",
    "ouvert_le": "ouvert le",
    "derniere_connexion": "dernière connexion",
    "adresses": "adresses e-mail",
    "email": "adresse e-mail",
    "verified": "vérifiée",
    "primary": "principale",
    "second_facteur": "secondes protections",
    "type": "sorte",
    "created_at": "créé le",
    "last_used_at": "dernière utilisation",
    "appareils": "appareils connectés",
    "ip": "adresse du réseau (IP)",
    "user_agent": "navigateur",
    "identites_externes": "identités liées (FranceConnect, ProConnect)",
    "issuer": "fournisseur d’identité",
    "subject": "numéro ou objet",
    "linked_at": "liée le",
    "used_at": "dernière utilisation",
    "sites_relies": "sites où vous entrez avec ce compte",
    "site": "site",
    "scopes": "étendue",
    "given_at": "accordé le",
    "withdrawn_at": "retiré le",
    "postes": "postes d’agent",
    "role": "rôle",
    "service": "service",
    "commune__name": "commune",
    "organisation__name": "organisme",
    "title": "intitulé",
    "starts": "premier jour",
    "ends": "dernier jour",
    "fiches": "votre fiche",
    "nom_de_naissance": "nom de naissance",
    "nom_d_usage": "nom d’usage",
    "prenoms": "prénoms",
    "date_de_naissance": "date de naissance",
    "lieu_de_naissance_insee": "lieu de naissance (code Insee)",
    "pays_de_naissance_insee": "pays de naissance (code Insee)",
    "sexe": "sexe",
    "telephone": "téléphone",
    "adresse": "adresse",
    "code_postal": "code postal",
    "prevenu": "comment vous voulez être prévenu",
    "commune": "commune",
    "identite": "identité",
    "depuis": "connu depuis le",
    "foyers": "foyers",
    "household__name": "foyer",
    "legal_authority": "autorité parentale",
    "billing_share": "part des frais, en pour cent",
    "organismes": "organismes",
    "mandats_donnes": "mandats donnés",
    "mandats_recus": "mandats reçus",
    "accords_demandes": "accords demandés pour un mandat",
    "usages_de_mes_mandats": "ce qui a été fait pour vous sous mandat",
    "holder_person__given_names": "prénoms de l’aidant",
    "holder_person__birth_name": "nom de l’aidant",
    "holder_organisation__name": "organisme aidant",
    "principal__usual_name": "personne aidée",
    "consent": "accord donné",
    "revoked_at": "repris le",
    "asked_at": "demandé le",
    "way": "par",
    "channel": "reçu par",
    "phone": "téléphone",
    "invited_email": "adresse de l’aidant",
    "days": "jours",
    "state": "état",
    "text": "texte lu",
    "text_version": "version du texte",
    "mandate_id": "numéro du mandat",
    "account__first_name": "prénom de qui a agi",
    "account__last_name": "nom de qui a agi",
    "kind": "acte",
    "at": "le",
    "told_at": "dit le",
    "cartes_de_codes": "cartes de codes imprimées",
    "issued_at": "donnée le",
    "demandes_de_foyer": "demandes au sujet de votre foyer",
    "birth_name": "nom de naissance",
    "given_names": "prénoms",
    "birth_date": "date de naissance",
    "reason": "explication",
    "protection_juridique": "mesures de protection juridique",
    "personnes_representees": "personnes que vous représentez",
    "decision": "décision",
    "decided_on": "décidée le",
    "ended_at": "arrêtée le",
    "person__birth_name": "nom du représentant",
    "fiches_reunies": "fiches réunies à la vôtre",
    "by__first_name": "prénom de l’agent",
    "by__last_name": "nom de l’agent",
    "undone_at": "défaite le",
}
"""French words of the keys that ``export`` and ``account_data`` give; other apps' keys fall back on them."""


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
        "demandes_de_foyer": _rows(
            HomeAsk.objects.filter(asked_by__in=people).values(
                "kind", "birth_name", "given_names", "birth_date", "role", "state", "reason", "asked_at"
            )
        ),
        "protection_juridique": _rows(
            Representation.objects.filter(protected__in=people).values(*_MEASURE, "person__birth_name")
        ),
        "personnes_representees": _rows(Representation.objects.filter(person__in=people).values(*_MEASURE)),
        "mandats_recus": _rows(
            Mandate.objects.filter(holder_person__in=people).values(*_MANDATE, "principal__usual_name")
        ),
    }


_MEASURE = ("kind", "decision", "decided_on", "starts", "ends", "ended_at")
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
        "prevenu": person.get_told_by_display(),
        "commune": person.commune.name if person.commune else person.locality,
        "identite": person.get_identity_level_display(),
        "depuis": person.created_at,
    }


def fate(person: Person, now: datetime) -> Iterator[Fate]:
    """What erasing does to someone's record and account; an agent's account blocks it."""
    account = _account(person)
    if account is not None and account.posts.filter(Q(ends=None) | Q(ends__gte=today(now))).exists():
        yield Fate(
            becomes="blocks",
            what=_("Votre compte d’agent"),
            why=_("vous tenez un poste : l’administration y met fin d’abord"),
        )
    yield Fate(becomes="erased", what=_("Nom, date de naissance, adresse, téléphone, adresse e-mail"))
    if account is not None:
        yield Fate(becomes="erased", what=_("Compte, mot de passe, appareils, sites reliés"))
    day = today(now)
    given = Mandate.objects.filter(
        Q(principal__in=_records(person)) | Q(holder_person__in=_records(person)), ends__gte=day, revoked_at=None
    ).count()
    if given:
        yield Fate(becomes="erased", what=_("Mandats en cours : ils prennent fin"), count=given)
    yield Fate(
        becomes="kept",
        what=_("Des dates et des numéros qui ne disent plus de qui il s’agit"),
        why=_("le journal prouve ce que le service a fait, sans nom (règlement européen, art. 17, paragraphe 3)"),
    )


def erase(person: Person, actor: Actor, now: datetime) -> None:
    """Erase what identifies a person; rows that others rely on stay, without name. The account is closed.

    A record without name keeps « Personne effacée », since a birth name is required.
    """
    from bocage.identity.operations import erase_person

    erase_person(person, actor=actor, now=now)


def _records(person: Person) -> list[int]:
    return [person.pk, *person.merged.values_list("pk", flat=True)]


def _account(person: Person) -> Account | None:
    return Account.objects.filter(person__in=_records(person)).first()


def subjects(person: Person) -> Iterator[str]:
    """The journal's subjects that are about someone: their records and their account."""
    pks = _records(person)
    yield from (f"person:{pk}" for pk in pks)
    yield from (f"account:{pk}" for pk in Account.objects.filter(person__in=pks).values_list("pk", flat=True))


def agreed(person: Person) -> Iterator[Agreed]:
    """Mandates given, and sites allowed to know someone: standing or not, the latest first."""
    from bocage.identity.provider.claims import SCOPES

    pks = _records(person)
    home = reverse("identity_home")
    for mandate in (
        Mandate.objects.filter(principal__in=pks)
        .select_related("holder_person", "holder_organisation")
        .order_by("-starts", "-pk")
    ):
        yield Agreed(
            what=_("Mandat donné à %s") % (mandate.holder_person or mandate.holder_organisation),
            given=mandate.starts,
            how=str(mandate.get_consent_display()),
            until=mandate.ends,
            ended=mandate.revoked_at,
            url=home,
        )
    for consent in SiteConsent.objects.filter(account__person__in=pks).order_by("-given_at", "-pk"):
        yield Agreed(
            what=_("Entrer sur %s avec ce compte") % consent.site,
            details=tuple(str(SCOPES[scope]) for scope in consent.scopes if scope in SCOPES),
            given=consent.given_at,
            how=_("donné en ligne"),
            ended=consent.withdrawn_at,
            url=home,
        )


def in_use(now: datetime) -> QuerySet[Any]:
    """Ids of the people whose record is needed: an open account, a home shared with one, a mandate, a part in force."""
    day = today(now)
    on = Q(ends=None) | Q(ends__gte=day)
    living = Account.objects.filter(is_active=True, person__isnull=False).values("person_id")
    homes = Membership.objects.filter(on, person__in=living).values("household_id")
    needed = (
        Q(pk__in=living)
        | Q(pk__in=Membership.objects.filter(on, household__in=homes).values("person_id"))
        | Q(pk__in=OrganisationMembership.objects.filter(on).values("person_id"))
        | Q(pk__in=Mandate.objects.filter(ends__gte=day, revoked_at=None).values("principal_id"))
        | Q(
            pk__in=Mandate.objects.filter(ends__gte=day, revoked_at=None, holder_person__isnull=False).values(
                "holder_person_id"
            )
        )
    )
    return Person.objects.filter(needed).values("pk")


def concerned(search: Search) -> Iterator[Concerned]:
    """People whose account or record was named, or was touched by an agent, or in a time range."""
    named = Q(pk__in=[])
    for reference in search.references:
        named |= (
            Q(account__email__iexact=reference) | Q(account__username__iexact=reference) | Q(email__iexact=reference)
        )
    people = set(Person.objects.filter(named).values_list("pk", flat=True)) if search.references else set()
    if search.agent is not None or (search.since is not None and not search.references):
        events = Event.objects.filter(stream="identity", subject__startswith="person:")
        if search.agent is not None:
            events = events.filter(actor=f"account:{search.agent}")
        if search.since is not None:
            events = events.filter(at__gte=search.since)
        if search.until is not None:
            events = events.filter(at__lte=search.until)
        touched = events.values_list("subject", flat=True).distinct()
        people |= {int(subject.removeprefix("person:")) for subject in touched}
    for person in Person.objects.filter(pk__in=people).order_by("pk"):
        yield Concerned(kind=_("fiche et compte"), person=person.pk, records=(person.full_name,))
