"""Identity's share of the demonstration: personas, households, a mandate, twins, someone entered twice, residents.

Everyone is invented: family names are made of words of the bocage, telephones are Arcep's for fiction (03 53 01…),
e-mails are under example.org. The telephone, or the user name, tells whether someone is already there: loading twice
doubles nothing, and what visitors of the demonstration changed stays changed. A house that has the demonstration
already gets the agents and the organisations that it lacks, and nothing else: a persona with a household comes with
the first loading only, for nothing tells whether part of a family was changed on purpose.
"""

import json
from datetime import date, datetime
from pathlib import Path
from random import Random
from typing import Any

from django.conf import settings
from django.db import transaction

from bocage.base.actors import Actor
from bocage.base.dates import add_months
from bocage.identity import operations
from bocage.identity.duplicates import find as find_duplicates
from bocage.identity.models import Account, Mandate, Person
from bocage.identity.reading import normal_phone
from bocage.search.text import fold
from bocage.territory import queries as territory
from bocage.territory.models import Commune, Organisation
from bocage.territory.operations import save_organisation

ACTOR = Actor.system("demo")
FICTION = "0353 01 {:04d}"  # of the numbers that Arcep keeps for fiction


def load(now: datetime) -> None:
    """Load the people of ``demo/people.json`` of the territory, where there is one."""
    path = Path(settings.TERRITORY_ROOT) / settings.ENV.territory / "demo" / "people.json"
    if not path.is_file():
        return
    told = json.loads(path.read_text(encoding="utf-8"))
    communes = {commune.insee: commune for commune in Commune.objects.order_by("insee")}
    with transaction.atomic():
        _organisations(told, communes, now)
        _personas(told, communes, now)
        _residents(told, list(communes.values()), now)
        find_duplicates(now)  # one persona was entered twice at the counter


def _born(years: int, key: str, today: date) -> date:
    """A birthday some months ago, ``years`` old today, the same at each loading of a day."""
    return add_months(today, -12 * years - Random(key).randint(1, 11))  # noqa: S311


def _personas(told: dict[str, Any], communes: dict[str, Commune], now: datetime) -> None:
    today = territory.today(now)
    since = add_months(today, -8)
    known = set(Account.objects.values_list("username", flat=True))
    if told["accounts"][0]["username"] in known:
        for row in told["accounts"]:
            if row["username"] not in known and "person" not in row:
                _account(row, {}, communes, since, now)
        return
    people: dict[str, Person] = {}
    for row in told["people"]:
        key = told["twins"][0] if row["key"] in told["twins"] else row.get("born_as", row["key"])
        people[row["key"]] = operations.create_person(
            birth_name=row["birth_name"],
            usual_name=row["usual_name"],
            given_names=row["given_names"],
            birth_date=_born(row["age"], key, today),
            **{name: row[name] for name in ("gender", "birth_place", "birth_country", "identity_level") if name in row},
            phone=row.get("phone", ""),
            email=row.get("email", ""),
            address=row["address"],
            postcode=row["postcode"],
            commune=communes.get(row["commune"]),
            actor=ACTOR,
            now=now,
        )
    for home in told["households"]:
        household = operations.open_household(
            name=home["name"], commune=communes.get(home["commune"]), actor=ACTOR, now=now
        )
        for key, role, share in home["members"]:
            operations.add_member(
                household,
                people[key],
                role=role,
                starts=since,
                legal_authority=role == "guardian",
                billing_share=share,
                actor=ACTOR,
                now=now,
            )
    for row in told["mandates"]:
        operations.give_mandate(
            people[row["principal"]],
            people[row["holder"]],
            scopes=row["scopes"],
            consent=Mandate.Consent(row["consent"]),
            starts=since,
            ends=add_months(since, 12),
            actor=ACTOR,
            now=now,
        )
    for key, by, kind, decision in told.get("representations", ()):
        operations.record_representation(
            people[key],
            people[by],
            kind=kind,
            decision=decision,
            decided_on=since,
            starts=since,
            ends=add_months(since, 60),
            actor=ACTOR,
            now=now,
        )
    for key, name, role in told.get("organisation_members", ()):
        organisation = Organisation.objects.get(name=name)
        operations.add_organisation_member(organisation, people[key], role=role, starts=since, actor=ACTOR, now=now)
    for row in told["accounts"]:
        _account(row, people, communes, since, now)


def _organisations(told: dict[str, Any], communes: dict[str, Commune], now: datetime) -> None:
    """Those that do not exist, by their names."""
    for row in told.get("organisations", ()):
        if not Organisation.objects.filter(name=row["name"]).exists():
            values = {**row, "commune": communes.get(row["commune"])}
            save_organisation(None, values, actor=ACTOR, now=now)


def _account(
    row: dict[str, Any], people: dict[str, Person], communes: dict[str, Commune], since: date, now: datetime
) -> None:
    """A persona's account: without password, opened through « Essayer en tant que » only."""
    person = people.get(row.get("person", ""))
    account = operations.create_account(
        username=row["username"],
        email=person.email if person else row["email"],
        first_name=person.given_names if person else row["first_name"],
        last_name=person.name if person else row["last_name"],
        person=person,
        actor=ACTOR,
        now=now,
    )
    operations.label_demo_account(account, label=row["label"], order=row["order"])
    for post in row.get("posts", ()):
        operations.grant_post(
            account,
            role=post["role"],
            service=post.get("service", ""),
            commune=communes.get(post.get("commune", "")),
            organisation=Organisation.objects.get(name=post["organisation"]) if "organisation" in post else None,
            title=post["title"],
            delegation=post.get("delegation", ""),
            starts=since,
            actor=ACTOR,
            now=now,
        )


def _residents(told: dict[str, Any], communes: list[Commune], now: datetime) -> None:
    """A few adults in each commune, drawn with the commune's code as seed."""
    per_commune, today = told["residents_per_commune"], territory.today(now)
    known = set(Person.objects.filter(phone__startswith="+3335301").values_list("phone", flat=True))
    postcodes = {commune.pk: commune.postcodes.order_by("code").first() for commune in communes}
    for position, commune in enumerate(communes):
        draw = Random(commune.insee)  # noqa: S311
        for rank in range(per_commune):
            phone = normal_phone(FICTION.format(position * per_commune + rank)) or ""
            given = draw.choice(told["given_names"][draw.choice("fm")])
            family = draw.choice(told["family_names"]["first"]) + draw.choice(told["family_names"]["second"])
            age, number, street = draw.randint(19, 92), draw.randint(1, 48), draw.choice(told["streets"])
            has_email = draw.random() < 0.8
            if phone in known:
                continue
            postcode = postcodes[commune.pk]
            operations.create_person(
                birth_name=family,
                given_names=given,
                birth_date=_born(age, phone, today),
                phone=phone,
                email=_email(given, family) if has_email else "",
                address=f"{number} {street}",
                postcode=postcode.code if postcode else "",
                commune=commune,
                actor=ACTOR,
                now=now,
            )


def _email(given: str, family: str) -> str:
    return f"{fold(given).replace(' ', '-')}.{fold(family).replace(' ', '-')}@example.org"
