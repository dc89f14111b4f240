"""What an installation brought up from a landed state shows: run in its environment, prints JSON (test_landed.py)."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import django

django.setup()

import time_machine  # noqa: E402
from allauth.mfa.adapter import get_adapter  # noqa: E402
from allauth.mfa.models import Authenticator  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import reverse  # noqa: E402

from bocage.base import chain, journal, outbox, prepare  # noqa: E402
from bocage.cases.models import Case, Document  # noqa: E402
from bocage.cases.operations import move_case, open_answers  # noqa: E402
from bocage.identity.actors import actor_of_account  # noqa: E402
from bocage.identity.models import Account  # noqa: E402
from bocage.messaging.models import Letter, Notice  # noqa: E402
from bocage.search.queries import case_ids_matching  # noqa: E402

LATER = datetime(2026, 12, 7, 9, 30, tzinfo=UTC)
"""A Monday, two weeks after the state was made."""


def agent() -> tuple[Client, Account]:
    """The manager, signed in with a second factor."""
    account = Account.objects.get(username="gestion")
    Authenticator.objects.get_or_create(user=account, type=Authenticator.Type.TOTP, defaults={"data": {"secret": "x"}})
    client = Client()
    client.force_login(account)
    return client, account


def page(client: Client, url: str) -> tuple[int, bytes]:
    """Status and body of a page or a file."""
    answer = client.get(url)
    body = b"".join(answer)
    answer.close()
    return answer.status_code, body


PAGES = (
    "/",
    "/demarches/composteur/",
    "/bureau/",
    "/bureau/dossiers/",
    "/bureau/courriers/",
    "/bureau/courriers/lots/",
    "/bureau/saisie/composteur/",
)


def desk(told: dict[str, Any], client: Client) -> dict[str, Any]:
    """An agent's screens: each case, its documents, its letters, the lists, the search."""
    filed = {name: told["references"][name] for name in told["states"]}
    documents = {}
    for one in Document.objects.filter(case__reference__in=filed.values()).select_related("case"):
        status, body = page(client, reverse("cases_document", args=[one.case.reference, one.key]))
        documents[one.key] = [status, len(body), one.size]
    return {
        "cases": {name: page(client, reverse("cases_desk", args=[reference]))[0] for name, reference in filed.items()},
        "documents": documents,
        "pages": {path: page(client, path)[0] for path in PAGES},
        "found_at_the_counter": b"FictifAccepted" in page(client, "/bureau/accueil/?q=FictifAccepted")[1],
        "found": {
            name: list(
                Case.objects.filter(pk__in=case_ids_matching(f"Fictif{name}")).values_list("reference", flat=True)
            )
            for name in filed
        },
        "letters": Letter.objects.count(),
    }


def resident(told: dict[str, Any]) -> dict[str, Any]:
    """Someone without an account: their code opens their draft, which is still there."""
    client, reference = Client(), told["references"]["draft"]
    opened = client.post("/suivi/", {"reference": reference, "code": told["draft_code"]})
    return {"code": opened.status_code, "resumed": client.get(opened.url, follow=True).status_code}


def kept_secrets() -> dict[str, Any]:
    """What is sealed with the keys of then."""
    case = Case.objects.get(reference=TOLD["references"]["received"])
    factor = Authenticator.objects.get(user__username="marcelle@example.org", type=Authenticator.Type.TOTP)
    return {
        "sealed": list(case.answers["home_reason"]) == ["$sealed"],
        "reason": open_answers(case.answers)["home_reason"],
        "totp": get_adapter().decrypt(factor.data["secret"]),
    }


def to_its_end(account: Account) -> dict[str, Any]:
    """A request of then is studied, accepted, handed over to its applicant now, with its notices."""
    agent, before = actor_of_account(account), Notice.objects.count()
    states = []
    for transition, values in (("study", {}), ("accept", {"pickup_on": "2026-12-12"}), ("deliver", {"serial": "PM-1"})):
        case = Case.objects.select_related("version__procedure", "procedure", "commune").get(
            reference=TOLD["references"]["received"]
        )
        move_case(case, transition, agent=account, actor=agent, now=LATER, agent_values=values)
        states.append(Case.objects.get(pk=case.pk).state)
    outbox.drain(LATER)
    return {"states": states, "told": Notice.objects.count() - before}


def main() -> dict[str, Any]:
    """Everything, in the order in which it happens."""
    rows = {model._meta.label: model.objects.count() for model in (Case, Document, Notice, Letter)}
    with time_machine.travel(LATER, tick=False):
        prepare.load(LATER)
        prepare.rebuild_search(LATER)
        client, account = agent()
        found = {"rows": rows, "desk": desk(TOLD, client), "resident": resident(TOLD), "secrets": kept_secrets()}
        found["public_search"] = page(Client(), "/recherche/?q=composteurs")[1].decode().count("/demarches/composteur/")
        found["end"] = to_its_end(account)
        journal.seal(LATER)
        report = chain.verify()
    found["journal"] = {"ok": report.ok, "sealed": {name: one.sealed for name, one in report.streams.items()}}
    return found


if __name__ == "__main__":
    TOLD: dict[str, Any] = json.loads(Path(sys.argv[1]).read_text())
    sys.stdout.write(json.dumps(main()) + "\n")
