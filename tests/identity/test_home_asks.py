"""« Mon foyer »: a resident asks, an agent who saw a paper answers; nothing gives a right before."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from bocage.identity import operations
from bocage.identity.models import Account, HomeAsk, Household, Membership, Person, Role
from bocage.identity.operations.home_asks import MOST, forget_home_asks
from bocage.identity.queries import guardians_of
from bocage.identity.representing import represented_by
from tests.cases.desk import page, signed_in, sit
from tests.conftest import NOW
from tests.identity import factories
from tests.identity.factories import SYSTEM, TODAY

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]
BY: dict[str, Any] = {"actor": SYSTEM, "now": NOW}
HOME = "/compte/foyer/"
LOU = {"given_names": "Lou", "birth_name": "Clairelande", "birth_date": "12/03/2018", "role": "child"}


@pytest.fixture
def account() -> Account:
    """A parent."""
    return factories.account(person=factories.person("Clairelande", "Julien", commune=factories.commune()))


@pytest.fixture
def browser(account: Account) -> Client:
    """Theirs."""
    client = Client()
    client.force_login(account)
    return client


def asked(browser: Client, **told: str) -> HomeAsk:
    """Ask for Lou."""
    response = browser.post(HOME, {**LOU, "legal_authority": "on", **told})
    assert response["Location"] == HOME
    return HomeAsk.objects.latest("pk")


def answer(verb: str, ask: HomeAsk, **told: Any) -> Any:
    """As the town hall's reception."""
    client, _agent = sit(Role.RECEPTION, commune=factories.commune())
    return client.post(reverse(f"identity_home_asks:{verb}", args=[ask.pk]), told)


def test_a_child_joins_once_an_agent_saw_a_paper(account: Account, browser: Client) -> None:
    assert account.person
    ask = asked(browser)
    assert represented_by(account.person, TODAY) == []
    assert "à vérifier" in page(browser.get(HOME))
    client, _agent = sit(Role.RECEPTION, commune=factories.commune())
    assert "1 foyer à vérifier" in page(client.get("/bureau/"))
    assert "Lou Clairelande" in page(client.get(reverse("identity_home_asks:list")))
    assert "Autorité parentale demandée" in page(client.get(reverse("identity_home_asks:ask", args=[ask.pk])))
    assert answer("accept", ask).status_code == 422  # which record?
    assert answer("accept", ask, person="new").status_code == 302
    (one,) = represented_by(account.person, TODAY)
    assert (one.principal.full_name, one.principal.birth_date) == ("Lou Clairelande", date(2018, 3, 12))
    assert list(guardians_of(one.principal, TODAY)) == [account.person]
    assert answer("accept", ask, person="new").status_code == 302  # a colleague was quicker: nothing more
    assert Person.objects.filter(given_names="Lou").count() == 1
    assert Household.objects.get().name == "Foyer de Julien Clairelande"


def test_a_known_child_joins_under_their_own_record(account: Account, browser: Client) -> None:
    lou = factories.person("Clairelande", "Lou", birth_date=date(2018, 3, 12), commune=factories.commune())
    home = operations.open_household(name="Chez Julien", **BY)
    assert account.person
    operations.add_member(home, account.person, role="other", starts=TODAY, **BY)
    ask = asked(browser, household=str(home.pk))
    answer("accept", ask, person=lou.pk)
    assert list(guardians_of(lou, TODAY)) == [account.person]
    again = asked(browser, household=str(home.pk))
    assert answer("accept", again, person=lou.pk).status_code == 409  # there already
    again.refresh_from_db()
    assert again.state == "waiting"


def test_a_refusal_says_why(browser: Client) -> None:
    ask = asked(browser)
    assert answer("refuse", ask, reason=" ").status_code == 422
    answer("refuse", ask, reason="Passez avec le livret de famille.")
    shown = page(browser.get(HOME))
    assert "Passez avec le livret de famille." in shown
    assert not Membership.objects.exists()


def test_the_form_says_what_is_missing_and_keeps_the_rest(browser: Client) -> None:
    response = browser.post(HOME, {"given_names": "Lou"})
    assert response.status_code == 422
    shown = page(response)
    assert "Indiquez le nom de naissance" in shown
    assert 'value="Lou"' in shown
    assert browser.post(HOME, {**LOU, "household": "999"}).status_code == 422


def test_leaving_is_done_at_once_when_no_right_hangs_on_it(account: Account, browser: Client) -> None:
    assert account.person
    home = operations.open_household(name="Chez Julien", **BY)
    part = operations.add_member(home, account.person, role="other", starts=TODAY - timedelta(days=9), **BY)
    browser.post(reverse("identity_household_leave", args=[part.pk]))
    part.refresh_from_db()
    assert part.ends == TODAY - timedelta(days=1)
    assert not HomeAsk.objects.exists()


def test_a_child_leaves_once_an_agent_agrees(account: Account, browser: Client) -> None:
    assert account.person
    lou = factories.person("Clairelande", "Lou")
    home = operations.open_household(name="Chez Julien", **BY)
    days = {"starts": TODAY - timedelta(days=9)}
    mine = operations.add_member(home, account.person, role="guardian", legal_authority=True, **days, **BY)
    part = operations.add_member(home, lou, role="child", **days, **BY)
    for _again in range(2):
        browser.post(reverse("identity_household_leave", args=[part.pk]))
    browser.post(reverse("identity_household_leave", args=[mine.pk]))
    assert HomeAsk.objects.filter(kind="leave").count() == 2  # asked once each
    answer("accept", HomeAsk.objects.get(membership=part))
    part.refresh_from_db()
    mine.refresh_from_db()
    assert part.ends is not None
    assert mine.ends is None


def test_what_one_no_longer_asks(browser: Client) -> None:
    ask = asked(browser)
    browser.post(reverse("identity_household_drop", args=[ask.pk]))
    ask.refresh_from_db()
    assert ask.state == "dropped"
    answer("accept", ask, person="new")
    assert not Membership.objects.exists()


def test_another_s_household_does_not_exist(account: Account, browser: Client) -> None:
    stranger = factories.person()
    home = operations.open_household(name="Ailleurs", **BY)
    part = operations.add_member(home, stranger, role="other", starts=TODAY, **BY)
    assert browser.post(reverse("identity_household_leave", args=[part.pk])).status_code == 404
    assert browser.post(HOME, {**LOU, "household": str(home.pk)}).status_code == 422
    assert account.person
    told: dict[str, Any] = {**LOU, "birth_date": date(2018, 3, 12), "legal_authority": True}
    with pytest.raises(ValidationError, match="pas le vôtre"):
        operations.ask_to_join(account.person, household=home, **told, **BY)


def test_an_agent_does_not_answer_themselves(account: Account, browser: Client) -> None:
    ask = asked(browser)
    factories.post(account, Role.RECEPTION, commune=factories.commune())
    mine = signed_in(account)
    response = mine.post(reverse("identity_home_asks:accept", args=[ask.pk]), {"person": "new"})
    assert response.status_code == 409
    assert "votre propre demande" in page(response)
    assert not Membership.objects.exists()


def test_nobody_fills_the_list_alone(account: Account) -> None:
    assert account.person
    told: dict[str, Any] = {**LOU, "birth_date": None, "legal_authority": False, "household": None}
    for _number in range(MOST):
        operations.ask_to_join(account.person, **told, **BY)
    with pytest.raises(ValidationError, match="en attente"):
        operations.ask_to_join(account.person, **told, **BY)


def test_answered_asks_are_forgotten_after_a_year(browser: Client) -> None:
    ask = asked(browser)
    answer("refuse", ask, reason="Non.")
    assert forget_home_asks(NOW + timedelta(days=365)) == 0
    assert forget_home_asks(NOW + timedelta(days=366)) == 1


def test_the_table_refuses_what_cannot_be(browser: Client) -> None:
    ask = asked(browser)
    for bad in ({"birth_name": ""}, {"kind": "leave"}, {"state": "accepted"}, {"state": "refused", "decided_at": NOW}):
        with pytest.raises(IntegrityError), transaction.atomic():
            HomeAsk.objects.filter(pk=ask.pk).update(**bad)
