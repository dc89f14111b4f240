"""People, accounts and posts for tests: made through the operations, as the house makes them."""

from datetime import date
from typing import Any

from bocage.base.actors import Actor
from bocage.identity import operations
from bocage.identity.models import Account, Person, Post
from bocage.territory.models import Commune
from tests.conftest import NOW

TODAY = NOW.date()
SYSTEM = Actor.system("tests")
_numbers = iter(range(1, 1_000_000))


def commune(name: str = "Locquignol", insee: str | None = None) -> Commune:
    """A commune, once for each name."""
    found = Commune.objects.filter(name=name).first()
    return found or Commune.objects.create(
        name=name,
        insee=insee or f"99{next(_numbers):03d}"[-5:],
        slug=name.lower().replace(" ", "-"),
        population=340,
        lat=50.2,
        lon=3.7,
        contour={"type": "Polygon", "coordinates": []},
        search=name.lower(),
    )


def person(birth_name: str = "Martin", given_names: str = "Camille", **fields: Any) -> Person:
    """Someone."""
    return operations.create_person(birth_name=birth_name, given_names=given_names, actor=SYSTEM, now=NOW, **fields)


def account(username: str = "", **fields: Any) -> Account:
    """An account without person nor post."""
    username = username or f"account{next(_numbers)}"
    return operations.create_account(username=username, actor=SYSTEM, now=NOW, **fields)


def resident(**fields: Any) -> Account:
    """An account with its person."""
    return account(person=person(**fields))


def post(holder: Account, role: str, *, starts: date = date(2026, 1, 1), **bounds: Any) -> Post:
    """A post, held since January."""
    return operations.grant_post(holder, role=role, starts=starts, actor=SYSTEM, now=NOW, **bounds)


def agent(role: str, **bounds: Any) -> Account:
    """An account that holds one post."""
    holder = account(first_name="Dominique", last_name=role.title())
    post(holder, role, **bounds)
    return holder
