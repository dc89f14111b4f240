"""A helper sees no more than the mandate: every address that names a request, with the session of a helper."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from bocage.base.models import Event
from bocage.cases.models import Case
from bocage.identity.models import Account, Mandate, Person
from bocage.identity.operations import add_organisation_member, give_mandate, revoke_mandate
from bocage.territory.models import Organisation
from tests.conftest import NOW
from tests.identity import factories
from tests.test_addresses import OWN, SECRETS, Own, browser, mormal, text_of

__all__ = ["mormal"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen", "mormal")]
TODAY = NOW.date()
ACTING = "Vous agissez pour <strong>Marcelle Delattre"
REQUESTS = sorted(name for name in OWN if name.startswith("case_"))


def mandate(principal: Person, holder: Any, **told: Any) -> Mandate:
    dates = {"starts": TODAY, "ends": TODAY + timedelta(days=30), "consent": "paper", **told}
    return give_mandate(principal, holder, actor=factories.SYSTEM, now=NOW, **dates)


def helping(account: Account, given: Mandate) -> Client:
    """A browser that acts for the principal."""
    client = browser(account)
    assert client.post(reverse("helping_take", args=[given.pk])).status_code == 302
    return client


def helpers(principal: Person) -> list[tuple[str, Client]]:
    """Those who help, but not with this: each has some right over someone, none over this request."""
    found = []
    narrow, other, over, ended = (factories.resident(birth_name=f"Aidante{n}") for n in range(4))
    given = mandate(principal, narrow.person, scopes=["bac-roulant", "service:libraries"])
    found += [("another procedure, acting", helping(narrow, given)), ("another procedure", browser(narrow))]
    somebody = factories.person("Somme", "Body")
    found += [("another person, acting", helping(other, mandate(somebody, other.person)))]
    revoked = mandate(principal, over.person)
    revoke_mandate(revoked, actor=factories.SYSTEM, now=NOW)
    found += [("revoked", browser(over))]
    mandate(principal, ended.person, starts=TODAY - timedelta(days=9), ends=TODAY - timedelta(days=1))
    found += [("ended yesterday", browser(ended))]
    house = Organisation.objects.create(name="Association A", kind="association")
    theirs = Organisation.objects.create(name="Association B", kind="association")
    one, colleague, stranger = (factories.resident(birth_name=f"Membre{n}") for n in range(3))
    for body, member in ((house, one), (house, colleague), (theirs, stranger)):
        told = {"role": "médiatrice", "starts": TODAY, "actor": factories.SYSTEM, "now": NOW}
        add_organisation_member(body, member.person, **told)
    mandate(principal, house, helper=one)
    found += [("a colleague of the named helper", browser(colleague)), ("of another association", browser(stranger))]
    return found


def of_principal(own: Own) -> Case:
    case = Case.objects.get(reference=own.args[0])
    if case.applicant is None:
        Case.objects.filter(pk=case.pk).update(applicant=factories.person("Delattre", "Marcelle"))
        case.refresh_from_db()
    return case


@pytest.mark.slow
@pytest.mark.parametrize("name", REQUESTS)
def test_a_request_outside_the_mandate_does_not_exist(name: str) -> None:
    method, make = OWN[name]
    own = make()
    case = of_principal(own)
    assert case.applicant is not None
    others, events = helpers(case.applicant), Event.objects.count()
    address, nothing = reverse(name, args=own.args), reverse(name, args=["K7RF-2M9X-C", *own.args[1:]])
    for who, client in others:
        response = getattr(client, method)(address, own.data)
        assert response.status_code == 404, who
        assert not [secret for secret in SECRETS if secret in text_of(response).replace(ACTING, "")], who
    assert getattr(others[0][1], method)(nothing, own.data).status_code == 404
    assert Event.objects.count() == events, "a helper wrote something"

    # With the mandate that is wanted, it opens, says for whom, and the journal names both.
    account = factories.resident(birth_name="Aidante")
    client = helping(account, mandate(case.applicant, account.person, scopes=[case.procedure.slug]))
    response = getattr(client, method)(address, own.data)
    text = text_of(response)
    assert response.status_code in {200, 302, 400, 409, 422}, response.status_code
    assert response.status_code != 200 or "<html" not in text or ACTING in text
    for event in Event.objects.filter(actor=f"account:{account.pk}", stream="cases"):
        assert event.on_behalf_of == f"person:{case.applicant_id}"
