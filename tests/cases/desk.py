"""Agents at their desk, for tests: signed in, with their second factor."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.test import Client

from bocage.identity.models import Account
from bocage.territory.models import Commune
from tests.identity import factories


def sit(role: str, **bounds: Any) -> tuple[Client, Account]:
    """A browser signed in as an agent of this role."""
    account = factories.agent(role, **bounds)
    return signed_in(account), account


def signed_in(account: Account) -> Client:
    """A browser signed in as this agent."""
    Authenticator.objects.create(user=account, type=Authenticator.Type.TOTP, data={"secret": "x"})
    client = Client()
    client.force_login(account)
    return client


def commune(insee: str) -> Commune:
    """A commune of the territory loaded."""
    return Commune.objects.get(insee=insee)


def page(response: Any) -> str:
    """The text of a page, its no-break spaces made plain: what a test looks for is typed with plain ones."""
    return str(response.content.decode()).replace("\xa0", " ")
