"""The invented people who may sign in through the stand-ins."""

import hashlib
import hmac
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.dateformat import format as date_format

from bocage.identity.models import Account, Person


@dataclass(frozen=True)
class Invented:
    """Someone as a provider knows them: a short name for the page, and claims."""

    key: str
    label: str
    claims: dict[str, Any]


def people(provider: str) -> list[Invented]:
    """Who may be chosen: the residents of ``demo/identities.json``, or the agents of the demonstration."""
    path = Path(settings.TERRITORY_ROOT) / settings.ENV.territory / "demo" / "identities.json"
    told = json.loads(path.read_text(encoding="utf-8"))[provider] if path.is_file() else []
    holders = {
        account.username: account
        for account in Account.objects.select_related("person").filter(
            username__in=[row["account"] for row in told if "account" in row]
        )
    }
    found = []
    for row in told:
        account = holders.get(row.get("account", ""))
        if "account" in row and account is None:
            continue
        claims = {**row["claims"]}
        if account is not None:
            claims |= _civil_status(account.person) if account.person else _agent(account)
        found.append(Invented(row["key"], row["label"], claims))
    return found


def person(provider: str, key: str) -> Invented | None:
    """One of them."""
    return next((someone for someone in people(provider) if someone.key == key), None)


def subject(client_id: str, key: str) -> str:
    """The subject of someone for one site, as FranceConnect writes them: 66 hexadecimal signs and a « v »."""
    return hmac.new(settings.SECRET_KEY.encode(), f"{client_id} {key}".encode(), hashlib.sha512).hexdigest()[:66] + "v"


def _civil_status(person: Person) -> dict[str, Any]:
    """A persona of the demonstration, as civil status knows them."""
    return {
        "given_name": person.given_names,
        "family_name": person.birth_name,
        "preferred_username": person.usual_name,
        "birthdate": date_format(person.birth_date, "Y-m-d") if person.birth_date else "",
    }


def _agent(account: Account) -> dict[str, Any]:
    return {"given_name": account.first_name, "usual_name": account.last_name, "email": account.email}
