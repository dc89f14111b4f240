"""A case that is decided and not over (to fetch, to pay): the answer was given, nobody calls it late."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from bocage.cases.desk_queries import figures
from bocage.cases.models import Case
from bocage.cases.operations import move_case
from bocage.cases.queries import Filters, day_groups, worklist
from bocage.identity.actors import actor_of_account
from bocage.identity.models import Account, Role
from tests.cases.desk import commune, page, sit
from tests.cases.entrusted import HERE
from tests.cases.legal import body, filed
from tests.cases.test_legal import SCORE, opened, sent
from tests.identity import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen", "territory")]


@pytest.fixture(params=["agent", "other"])
def granted(request: Any, now: datetime) -> Case:
    """A case granted; what follows is for the service to do, or for somebody else."""
    told = body("none")
    told["workflow"]["states"].append(
        {"id": "to_hand_over", "label": "À remettre", "public": "À remettre", "waiting_for": request.param}
    )
    told["workflow"]["transitions"] += [
        {"id": "grant", "label": "Accorder", "sources": ["received"], "target": "to_hand_over", "decision": True},
        {"id": "hand_over", "label": "Remettre", "sources": ["to_hand_over"], "target": "accepted"},
    ]
    case = filed(now, "none", workflow=told["workflow"])
    agent = factories.agent(Role.MANAGER, service="waste")
    return move_case(case, "grant", agent=agent, actor=actor_of_account(agent), now=now)


def late(account: Account, at: datetime) -> list[Case]:
    groups = {group.key: group.cases for group in day_groups(account, Account.objects.none(), at)}
    listed = list(worklist(account, Filters(situation="late"), at))
    assert listed == groups["late"]
    return listed


def test_it_is_late_nowhere_at_the_desk(granted: Case, now: datetime) -> None:
    client, account = sit(Role.MANAGER, service="waste")
    other, at = filed(now, "none"), now + timedelta(days=60)
    assert late(account, at) == [other]
    assert figures([commune(HERE)], at).late.count == 1
    with time_machine.travel(at, tick=False):
        client.force_login(account)
        shown = page(client.get(reverse("cases_worklist") + "?situation=all"))
        assert shown.count("En retard de") == 1
        assert "En retard de" not in page(client.get(reverse("cases_desk", args=[granted.reference])))
        assert "À remettre" in page(client.get(reverse("cases_desk", args=[granted.reference])))


def test_its_applicant_is_not_told_that_we_are_late(granted: Case, now: datetime) -> None:
    account = factories.account(person=granted.applicant)
    client = Client()
    with time_machine.travel(now + timedelta(days=60), tick=False):
        client.force_login(account)
        space = page(client.get(reverse("space")))
        assert granted.reference in space
        assert "Nous avons du retard" not in space
        assert "Nous avons répondu le 10 mars 2026" in space
        assert "Notre réponse" not in page(client.get(reverse("case_page", args=[granted.reference])))


def test_its_decision_is_told_in_words(granted: Case) -> None:
    client, _account = sit(Role.MANAGER, service="waste")
    shown = page(client.get(reverse("cases_desk", args=[granted.reference])))
    assert "to_hand_over" not in shown


def test_the_rules_that_weighed_on_it_are_asked_for_at_once(now: datetime, client: Client) -> None:
    told = body("none")
    told["workflow"]["states"].append({"id": "to_hand_over", "label": "À remettre", "public": "À remettre"})
    told["workflow"]["transitions"] += [
        {
            "id": "grant",
            "label": "Accorder",
            "sources": ["received"],
            "target": "to_hand_over",
            "decision": True,
            "algorithmic": True,
        },
        {"id": "hand_over", "label": "Remettre", "sources": ["to_hand_over"], "target": "accepted"},
    ]
    case = filed(now, "none", workflow=told["workflow"], algorithm=SCORE)
    address = reverse("case_page", args=[case.reference])
    assert "Demander les règles appliquées" not in page(opened(client, case).get(address))
    agent = factories.agent(Role.MANAGER, service="waste")
    move_case(case, "grant", agent=agent, actor=actor_of_account(agent), now=now)
    assert "Demander les règles appliquées" in page(client.get(address))
    client.post(reverse("case_ask_rules", args=[case.reference]))
    assert "La longueur, pour moitié." in sent(case, "rules").body
