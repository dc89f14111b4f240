"""Letters that came back: found by name, and sent again once their address is corrected."""

from datetime import date
from typing import Any

import pytest
from django.urls import reverse

from bocage.base.models import Event
from bocage.identity.models import Person
from bocage.identity.operations import update_person
from bocage.identity.scope import Bounds, Scope
from bocage.messaging import queries
from bocage.messaging.models import Delivery, DeliveryState, Letter, LetterBatch, Notice
from bocage.messaging.operations import Recipient, send_again
from bocage.messaging.operations.letters import LetterProblem
from tests.conftest import NOW
from tests.identity.factories import SYSTEM, agent, commune, person
from tests.messaging import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen", "demonstration")]
BY: dict[str, Any] = {"actor": SYSTEM, "now": NOW}
SEARCH = "messaging_desk:returns"
EVERYTHING = Scope((Bounds("administrator"),))


def printed(someone: Person | None = None, name: str = "Hélène Delattre", **values: Any) -> Letter:
    lines = ("12 rue de l’Église", "59530 Locquignol")
    recipient = Recipient(name=name, address_lines=lines, person_id=someone.pk if someone else None)
    letter = factories.letter(recipient, **values)
    batch = LetterBatch.objects.create(created_by=agent("agent"), printed_at=NOW, posted_on=date(2026, 3, 9), pages=1)
    Letter.objects.filter(pk=letter.pk).update(batch=batch, posted_on=date(2026, 3, 9))
    letter.refresh_from_db()
    return letter


def came_back(letter: Letter, reason: str = "npai") -> Letter:
    Letter.objects.filter(pk=letter.pk).update(returned_on=date(2026, 3, 10), return_reason=reason)
    Delivery.objects.filter(pk=letter.pk).update(state=DeliveryState.RETURNED)
    letter.refresh_from_db()
    return letter


@pytest.fixture
def here(client: Any) -> Any:
    here = commune("Locquignol")
    client.force_login(agent("agent", commune=here))
    return here


def test_a_letter_is_found_by_its_recipients_name_within_reach(client: Any, here: Any) -> None:
    mine = printed(person("Delattre", "Hélène"), commune_id=here.pk)
    printed(person("Delattre", "Hélène"), commune_id=commune("Jolimetz").pk)
    answer = client.get(reverse(SEARCH), {"reference": "delattre helene"})
    assert f"?reference={mine.reference}" in answer.content.decode()  # the only one: its form is there at once
    assert "Motif écrit sur l’enveloppe" in answer.content.decode()
    other = printed(None, "Hélène Delattre", commune_id=here.pk)
    answer = client.get(reverse(SEARCH), {"reference": "Delattre"})
    assert "Lequel est revenu\u00a0?" in answer.content.decode()
    for letter in (mine, other):
        assert f"?reference={letter.reference}" in answer.content.decode()
    assert "ni ce nom" in client.get(reverse(SEARCH), {"reference": "Inconnu"}).content.decode()


def test_a_letter_not_printed_yet_cannot_have_come_back(here: Any) -> None:
    factories.letter(Recipient(name="Jeanne Lefebvre", address_lines=("1 rue", "59530 X")), commune_id=here.pk)
    assert queries.find_letters("Lefebvre", EVERYTHING) == []


def test_from_the_return_to_the_letter_sent_again(client: Any, here: Any) -> None:
    letter = printed(person("Delattre", "Hélène"), commune_id=here.pk, remedies="Deux mois pour contester.")
    noted = client.post(
        f"{reverse(SEARCH)}?reference={letter.reference}", {"reason": "npai", "returned_on": "10/03/2026"}
    )
    address = reverse("messaging_desk:send_again", args=[letter.pk])
    assert noted["Location"] == address
    assert "Ouvrir la fiche de Hélène Delattre" in client.get(address).content.decode()
    assert queries.letters_to_take_up(EVERYTHING, date(2026, 3, 1)).get() == letter
    same = client.post(address, {"address": "12, RUE DE L'EGLISE\n59530 locquignol"})
    assert same.status_code == 422
    assert "Corrigez-la d’abord" in same.content.decode()
    assert client.post(address, {"address": "8 impasse du Moulin\n59550 Landrecies"}).status_code == 302
    again = Delivery.objects.get(notice__key=queries.again_key(letter))
    assert again.address == "8 impasse du Moulin\n59550 Landrecies"
    assert again.state == DeliveryState.QUEUED
    assert again.letter.reference != letter.reference
    old, new = letter.delivery.notice, again.notice
    assert (new.title, new.body, new.remedies, new.subject) == (old.title, old.body, old.remedies, old.subject)
    assert new.created_at == NOW
    assert Event.objects.get(kind="messaging.letter_sent_again").subject == old.subject
    assert not queries.letters_to_take_up(EVERYTHING, date(2026, 3, 1)).exists()
    assert "a déjà été renvoyé" in client.get(address).content.decode()
    client.post(address, {"address": "1 autre rue\n59550 Landrecies"})
    assert Notice.objects.count() == 2


def test_the_address_of_a_file_corrected_since_is_proposed(client: Any, here: Any) -> None:
    someone = person("Delattre", "Hélène")
    letter = came_back(printed(someone, commune_id=here.pk))
    address = reverse("messaging_desk:send_again", args=[letter.pk])
    assert "12 rue de l’Église\n59530" in client.get(address).content.decode()
    update_person(someone, address="8 impasse du Moulin", postcode="59550", locality="Landrecies", **BY)
    assert "8 impasse du Moulin\n59550 Landrecies</textarea>" in client.get(address).content.decode()


def test_a_letter_nobody_fetched_may_go_to_the_same_address(here: Any) -> None:
    letter = came_back(printed(commune_id=here.pk, registered=True), "unclaimed")
    again = send_again(letter, address_lines=letter.delivery.address.split("\n"), **BY)
    assert again.letter.registered


def test_a_letter_that_did_not_come_back_is_not_sent_again(client: Any, here: Any) -> None:
    letter = printed(commune_id=here.pk)
    assert client.get(reverse("messaging_desk:send_again", args=[letter.pk])).status_code == 404
    with pytest.raises(LetterProblem):
        send_again(letter, address_lines=["8 impasse", "59550 Landrecies"], **BY)
    with pytest.raises(LetterProblem):
        send_again(came_back(letter), address_lines=["8 impasse"], **BY)
