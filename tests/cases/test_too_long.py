"""What is longer than its column, or names a step that does not exist, is told and loses nothing else."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from bocage.cases.models import Case
from bocage.cases.operations import save_answers
from bocage.cases.views import drafts
from tests.cases.factories import composter, draft

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("territory", "frozen")]

LINE = {"line": "x" * 241, "postcode": "59530", "commune": "59353", "locality": ""}
TOWN = {"line": "1 rue Haute", "postcode": "59530", "commune": "", "locality": "y" * 121}


@pytest.fixture
def visitor() -> Client:
    """A browser that is told of our errors as people are."""
    return Client(raise_request_exception=False)


def opens(client: Client, case: Case) -> None:
    """Let a browser open a case, as after its tracking code."""
    session = client.session
    session["cases"] = [case.reference]
    session.save()


@pytest.mark.parametrize("step", ["a" * 60, "nowhere"])
def test_an_unknown_step_saves_nothing(visitor: Client, now: Any, step: str) -> None:
    case = draft(now)
    opens(visitor, case)
    data = {"_shown": ["given_names"], "given_names": "Autre"}
    assert visitor.post(reverse("case_step", args=[case.reference, step]), data).status_code == 404
    case.refresh_from_db()
    assert case.answers["given_names"] == "Marcelle"
    assert case.step != step


@pytest.mark.parametrize("email", ["m" * 250 + "@example.org", "m" * 20 + "@" + ".".join(["a" * 60] * 4) + ".org"])
def test_an_address_longer_than_mail_allows_is_told(visitor: Client, now: Any, email: str) -> None:
    composter(now)
    told = {"_shown": ["lives_here", "already_has"], "lives_here": "oui", "already_has": "non"}
    told |= {"email": email, "phone": ""}
    assert visitor.post("/demarches/composteur/commencer/", told).status_code == 422
    assert not Case.objects.exists()


@pytest.mark.parametrize(
    ("key", "value"),
    [("address", LINE), ("address", TOWN), ("birth_name", "x" * 121), ("given_names", "x" * 161)],
)
def test_what_a_record_cannot_hold_is_told_at_its_field(visitor: Client, now: Any, key: str, value: Any) -> None:
    case = draft(now)
    assert "caractères" in save_answers(case, {key: value}, now=now)[key]
    assert case.pending[key] == value, "what was typed is kept, to be shortened"
    opens(visitor, case)
    assert visitor.post(reverse("case_check", args=[case.reference])).status_code == 422
    case.refresh_from_db()
    assert case.is_draft


def test_a_draft_moved_on_by_another_window_is_saved_all_the_same(
    visitor: Client, now: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = draft(now)
    opens(visitor, case)
    lost = iter([drafts.Conflict])

    def quicker(moved: Case, **told: Any) -> bool:
        for error in lost:
            raise error
        return False

    monkeypatch.setattr(drafts, "upgrade_draft", quicker)
    data = {"_shown": ["given_names"], "given_names": "Autre"}
    visitor.post(reverse("case_step", args=[case.reference, "person"]), data)
    case.refresh_from_db()
    assert case.answers["given_names"] == "Autre"
