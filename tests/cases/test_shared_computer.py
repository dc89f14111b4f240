"""On a library's computer, in someone else's mailbox: what a code or a link opened opens for nobody else."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from bocage.cases import links
from bocage.cases.models import Case
from bocage.cases.operations import claim_draft, start_draft
from bocage.identity.models import Account, Person
from bocage.messaging.models import Notice
from tests.cases.factories import RESIDENT, composter, filed
from tests.cases.test_views import start

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("territory", "frozen")]


def page_of(case: Case) -> str:
    return reverse("case_page", args=[case.reference])


def test_a_code_opens_until_the_browser_closes_and_the_session_changes_its_key(client: Client, now: Any) -> None:
    client.get("/suivi/")
    session = client.session
    session["planted"] = 1
    session.save()
    before = session.session_key
    client.cookies["sessionid"] = before
    start(client, now)
    assert client.session.session_key != before
    assert client.session.get_expire_at_browser_close()


def test_a_button_closes_the_request(client: Client, now: Any) -> None:
    case, _code = start(client, now)
    step = client.get(reverse("case_resume", args=[case.reference]), follow=True).content.decode()
    close = reverse("case_close", args=[case.reference])
    assert close in step
    assert client.get(close).status_code == 405
    assert client.post(close).url == reverse("home")
    assert "tracking" not in client.session
    away = client.get(page_of(case))
    assert away.status_code == 302
    assert away.url.startswith("/suivi/")


def test_whoever_signs_in_next_does_not_open_it(client: Client, now: Any) -> None:
    case, _code = start(client, now)
    client.force_login(Account.objects.create(username="next", email="next@example.org"))
    assert client.get(page_of(case)).status_code == 404
    assert client.post(reverse("case_claim", args=[case.reference])).status_code == 404
    assert Case.objects.get().account is None


def test_whoever_started_it_keeps_it_once_signed_in(client: Client, now: Any) -> None:
    case, _code = start(client, now)
    account = Account.objects.create(username="m", email="M@example.org")
    client.force_login(account)
    assert client.post(reverse("case_claim", args=[case.reference])).status_code == 302
    assert Case.objects.get().account == account


def test_the_code_is_shown_until_it_is_noted_and_no_more(client: Client, now: Any) -> None:
    case, code = start(client, now)
    address = reverse("case_code", args=[case.reference])
    shown = f"{code[:4]} {code[4:]}"
    assert shown in client.get(address).content.decode()
    assert client.post(address).url == reverse("case_resume", args=[case.reference])
    assert shown not in client.get(address).content.decode()


def test_a_strangers_form_is_kept_a_few_times_only(client: Client) -> None:
    codes = []
    for _number in range(31):
        visitor = Client()
        visitor.post("/dossiers/K7QF-2M9X-A/message/", {"message": "x" * 30_000})
        codes.append("stash" in visitor.session)
    assert codes == [True] * 30 + [False]


def test_one_mailbox_is_written_to_a_few_times_only(now: Any) -> None:
    composter(now)
    told = {"_shown": ["lives_here", "already_has"], "lives_here": "oui", "already_has": "non"}
    answers = [
        Client().post("/demarches/composteur/commencer/", {**told, "email": email}).status_code
        for email in ["v@example.org", "V@example.org"] * 3
    ]
    assert answers == [302] * 5 + [429]
    assert Notice.objects.count() == 5


# --- Links ---------------------------------------------------------------------------------------------------------
def started(now: Any) -> Case:
    return start_draft(composter(now), actor=RESIDENT, now=now, contact_email="m@example.org")[0]


def test_a_link_opens_its_case(client: Client, now: Any) -> None:
    case = started(now)
    assert client.get(links.path_for(case)).url == reverse("case_resume", args=[case.reference])


def test_a_link_sent_to_a_former_address_opens_nothing(client: Client, now: Any) -> None:
    case = started(now)
    link = links.path_for(case)
    Case.objects.update(contact_email="right@example.org")
    assert client.get(link).status_code == 410
    assert client.get(page_of(case)).status_code == 302


def test_a_link_opens_nothing_once_an_account_has_the_case(client: Client, now: Any) -> None:
    case = started(now)
    link = links.path_for(case)
    claim_draft(case, Account.objects.create(username="m"), actor=RESIDENT, now=now)
    assert client.get(link).status_code == 410


def test_a_link_of_before_still_opens_until_an_account_has_the_case(client: Client, now: Any) -> None:
    from django.core import signing

    case = started(now)
    link = reverse("track_link", args=[signing.dumps(case.reference, salt="cases.track")])
    assert client.get(link).status_code == 302
    claim_draft(case, Account.objects.create(username="m"), actor=RESIDENT, now=now)
    assert Client().get(link).status_code == 410


def test_an_applicants_own_account_keeps_what_it_opened(client: Client, now: Any) -> None:
    case = filed(now)
    session = client.session
    session["cases"] = [case.reference]
    session.save()
    client.cookies["sessionid"] = session.session_key
    person = Person.objects.get(pk=case.applicant_id)
    client.force_login(Account.objects.create(username="marcelle", person=person))
    assert client.session["cases"] == [case.reference]
