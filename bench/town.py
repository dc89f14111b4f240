"""Who lives and works in the benchmarks' town: people, accounts with their sessions, agents with their posts."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

PEOPLE = 45_000  # nearly everyone: 48,132 inhabitants
FAR = datetime(2099, 1, 1, tzinfo=UTC)
_GIVEN = (
    "Marcelle Suzanne Julien Camille Léa Hugo Manon Lucas Chloé Louis Emma Gabriel Jeanne Raymond Odette Fernand Yvette"
    " Thierry Nathalie Sébastien Aurélie Mickaël Virginie Kévin Élodie Stéphane Corinne Rémi Zoé Maxence"
)
_NAMES = (
    "Delattre Dupont Lefebvre Dubois Leroy Moreau Carlier Lemaire Caron Delcourt Hénaut Wallerand Bricout Lesage Payen"
    " Cauchy Ledieu Druesne Boutry Carpentier Mercier Herbin Lobry Vasseur Denis Fontaine Gosselin Huvelle Legrand"
    " Mairesse Noiret Obled Parent Quenton Richez Sculfort Thiery Urbain Vilain Wattiez Bailleux Colmant Deudon Evrard"
)
_STREETS = (
    "rue de l’Église;rue du Moulin;place de la Mairie;chemin du Bois;route de Landrecies;rue des Fusillés;"
    "rue de la Gare;impasse des Haies;rue du 8 Mai 1945;chemin de la Fontaine;rue Haute;rue de l’Abreuvoir"
)
GIVEN, NAMES, STREETS = _GIVEN.split(), _NAMES.split(), _STREETS.split(";")


def batches(rows: Iterable[Any], size: int = 2_000) -> Iterator[list[Any]]:
    batch: list[Any] = []
    for row in rows:
        batch.append(row)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def new_people(chance: Random, now: datetime) -> list[Any]:
    from bocage.identity.models import Person
    from bocage.identity.operations.people import index_people
    from bocage.territory.models import Commune

    communes = list(Commune.objects.defer("contour").prefetch_related("postcodes").order_by("insee"))
    weights = [commune.population or 100 for commune in communes]
    postcodes = {commune.pk: next(iter(commune.postcodes.all())).code for commune in communes}
    made: list[Any] = []
    for number in range(PEOPLE):
        commune = chance.choices(communes, weights)[0]
        given, name = chance.choice(GIVEN), chance.choice(NAMES)
        if chance.random() < 0.3:
            name = f"{name}-{chance.choice(NAMES)}"
        made.append(
            Person(
                birth_name=name,
                given_names=given,
                birth_date=date(1930, 1, 1) + timedelta(days=chance.randrange(28_000)),
                email=f"personne{number}@example.org" if chance.random() < 0.7 else "",
                phone=f"+33353{number:06d}",
                address=f"{chance.randint(1, 140)} {chance.choice(STREETS)}",
                postcode=postcodes[commune.pk],
                commune=commune,
                created_at=now,
            )
        )
    for batch in batches(made):
        Person.objects.bulk_create(batch)
        index_people(batch)
    return made


def new_session(account: Any = None, **kept_in_it: Any) -> str:
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    session = SessionStore()
    if account is not None:
        session[SESSION_KEY] = str(account.pk)
        session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
        session[HASH_SESSION_KEY] = account.get_session_auth_hash()
    session.update(kept_in_it)
    session.set_expiry(FAR)
    session.save()
    return str(session.session_key)


def new_account(username: str, **fields: Any) -> Any:
    from bocage.identity.models import Account

    account = Account(username=username, email=f"{username}@example.org", **fields)
    account.set_unusable_password()
    account.save()
    return account


def new_agents(now: datetime) -> dict[str, Any]:
    """An administrator, an agent of one service, a secretary of three communes: with their second factor."""
    from allauth.mfa.models import Authenticator

    from bocage.base.actors import Actor
    from bocage.identity.models import Role
    from bocage.identity.operations import grant_post
    from bocage.territory.models import Commune

    three = list(Commune.objects.defer("contour").order_by("-population")[5:8])
    posts: dict[str, list[dict[str, Any]]] = {
        "administrator": [{"role": Role.ADMINISTRATOR}],
        "agent": [{"role": Role.AGENT, "service": "waste"}],
        "secretary": [{"role": Role.RECEPTION, "commune": commune} for commune in three],
    }
    sessions = {}
    for username, held in posts.items():
        account = new_account(username, first_name=username.capitalize(), last_name="Bench")
        Authenticator.objects.create(user=account, type=Authenticator.Type.TOTP, data={"secret": "x"})
        for post in held:
            grant_post(account, starts=date(2020, 1, 1), actor=Actor.system("bench"), now=now, **post)
        sessions[username] = new_session(account)
    return {"agents": sessions, "communes": [commune.insee for commune in three]}
