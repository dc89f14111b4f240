"""Every address of the desk × every role."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, resolve, reverse
from django.urls.resolvers import RoutePattern
from django.utils.regex_helper import normalize

from bocage.desk.access import ROWS, may_open, roles_of
from bocage.identity.models import Account, Role
from bocage.territory.operations import load_territory
from tests.desk.matrix import ADMINISTRATORS, OBJECTS, ROLES, TABLE
from tests.desk.objects import MAKERS, agents
from tests.identity import factories

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

SAMPLES = {
    "int": "999999",
    "id": "999999",
    "slug": "x",
    "str": "999999",
    "path": "x",
    "uuid": "00000000-0000-4000-8000-000000000000",
}


@dataclass(frozen=True)
class Address:
    """An address of the desk: its name, and a path that reaches it."""

    name: str
    path: str
    ours: bool
    named: bool  # names an object


def _sample(part: Any) -> str:
    """A text that a part of an address matches."""
    if isinstance(part, RoutePattern):
        return re.sub(r"<(?:(\w+):)?\w+>", lambda found: SAMPLES[found[1] or "str"], str(part))
    text, names = normalize(str(part))[0]
    return str(text % dict.fromkeys(names, "999999")) if text.strip("/") else "nowhere/"


def _walk(resolver: URLResolver, path: str = "", space: str = "") -> Iterator[Address]:
    for entry in resolver.url_patterns:
        here = path + _sample(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _walk(entry, here, ":".join(part for part in (space, entry.namespace) if part))
        elif isinstance(entry, URLPattern) and here.startswith("bureau/"):
            name = entry.name or entry.lookup_str
            full = ":".join(part for part in (space, name) if part)
            ours = entry.callback.__module__.startswith("bocage.") and not full.startswith("wagtail")
            yield Address(full, f"/{here}", ours, ours and bool(resolve(f"/{here}").kwargs))


def addresses() -> list[Address]:
    """Every address under the desk, Wagtail's included, those of apps too."""
    return list(_walk(get_resolver()))


def expected(name: str) -> str | None:
    """The line of the table for an address: its own, or that of the longest family."""
    if name in TABLE:
        return TABLE[name]
    families = [key for key in TABLE if key.endswith("*") and name.startswith(key[:-1])]
    return TABLE[max(families, key=len)] if families else None


def account_of(role: str) -> Account | None:
    """Someone of that role, with the second factor that agents must have."""
    if role == "anonymous":
        return None
    if role == "resident":
        return factories.resident()
    bounds: dict[str, Any] = {}
    if role in (Role.RECEPTION, Role.ELECTED):
        bounds["commune"] = factories.commune()
    if role in (Role.AGENT, Role.MANAGER):
        bounds["service"] = "waste"
    account = factories.agent(role, **bounds)
    Authenticator.objects.create(user=account, type=Authenticator.Type.TOTP, data={"secret": "x"})
    return account


def verdict(response: Any) -> str:
    """L, D or O as the table says it; E for an error of ours."""
    if response.status_code == 302 and response["Location"].startswith(reverse("account_login")):
        return "L"
    if response.status_code == 403:
        return "D"
    return "E" if response.status_code >= 500 else "O"


def test_every_address_of_the_desk_has_a_line() -> None:
    found = addresses()
    assert len(found) > 150
    missing = sorted({f"{address.name} {address.path}" for address in found if expected(address.name) is None})
    assert not missing, "decide who reaches these, in tests/desk/matrix.py and bocage/desk/access.py:\n" + "\n".join(
        missing
    )


def test_each_address_of_ours_has_a_line_and_a_row_of_its_own() -> None:
    ours = {address.name for address in addresses() if address.ours}
    assert len(ours) > 35
    assert not ours - TABLE.keys(), "give each a line in tests/desk/matrix.py"
    assert not ours - {row.pattern for row in ROWS}, "give each a row in bocage/desk/access.py"


def test_each_address_of_ours_that_names_an_object_is_tried_with_one() -> None:
    assert {address.name for address in addresses() if address.named} == OBJECTS.keys()


@pytest.mark.usefixtures("frozen")
@pytest.mark.parametrize("name", OBJECTS)
def test_an_object_answers_within_reach_and_does_not_exist_out_of_it(name: str, now: Any) -> None:
    load_territory("mormal", now=now)
    method, kind = OBJECTS[name]
    arguments, data = MAKERS[kind]()
    address = reverse(name, args=arguments)
    refused = 403 if TABLE[name] == ADMINISTRATORS else 404
    for client, reached in zip(agents(kind), (True, False), strict=True):
        client.raise_request_exception = False
        response = getattr(client, method)(address, data)
        # Read to its end the file that some give; closing the response would close the test's own connection.
        list(getattr(response, "streaming_content", ()))
        assert response.status_code in ({200, 302, 409, 422} if reached else {refused}), response.status_code


def test_every_line_has_an_address() -> None:
    names = {address.name for address in addresses()}
    idle = [key for key in TABLE if not any(n == key or (key[-1:] == "*" and n.startswith(key[:-1])) for n in names)]
    assert not idle


def test_the_walk_finds_addresses_by_the_name_that_the_guard_sees() -> None:
    for address in addresses():
        # Two addresses may match one path: the first wins.
        assert expected(resolve(address.path).view_name) is not None, address


@pytest.mark.parametrize("role", ROLES)
def test_each_role_reaches_its_addresses_and_no_other(role: str) -> None:
    client = Client(raise_request_exception=False)
    account = account_of(role)
    if account is not None:
        client.force_login(account)
    position, wrong = ROLES.index(role), []
    for address in addresses():
        line = expected(address.name) or "?" * len(ROLES)
        response = client.get(address.path)
        got = verdict(response)
        if got != line[position]:
            wrong.append(f"{address.name} {address.path}: {got} ({response.status_code}), not {line[position]}")
        if address.name == "wagtailadmin_logout" and account is not None:
            client.force_login(account)
    assert not wrong, "\n".join(wrong)


def test_posting_is_refused_as_reading_is(client: Client) -> None:
    account = account_of(Role.RECEPTION)
    assert account
    client.force_login(account)
    for name in ("wagtailadmin_collections:add", "wagtailusers_users:add", "wagtailimages:add"):
        assert client.post(reverse(name), {}).status_code == 403


def test_menus_ask_the_same_rule() -> None:
    assert may_open(frozenset({Role.EDITOR}), "wagtailimages:index")
    assert not may_open(frozenset({Role.RECEPTION}), "wagtailimages:index")
    assert not may_open(frozenset({Role.ADMINISTRATOR}), "wagtailusers_users:index")
    assert not may_open(frozenset(), "wagtailadmin_home")
    assert roles_of("an-address-of-tomorrow") == {Role.ADMINISTRATOR}
