"""The agents' letters: bounded by their posts, printed, posted, noted as returned, without JavaScript."""

import pytest
from django.core.files.storage import storages
from django.urls import reverse

from bocage.messaging import queries
from bocage.messaging.models import DeliveryState, Letter, LetterBatch
from bocage.messaging.operations.letters import draw
from tests.conftest import NOW
from tests.identity.factories import agent, commune
from tests.messaging import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen", "demonstration")]


@pytest.fixture
def here():
    return commune("Locquignol")


@pytest.fixture
def secretary(client, here):
    account = agent("agent", commune=here)
    client.force_login(account)
    return account


def test_an_agent_sees_the_letters_of_their_commune_only(client, secretary, here):
    mine = factories.letter(commune_id=here.pk, text=factories.Text("Pour Locquignol", "-"))
    other = factories.letter(commune_id=commune("Jolimetz").pk, text=factories.Text("Pour Jolimetz", "-"))
    page = client.get(reverse("messaging_desk:letters")).content.decode()
    assert "Pour Locquignol" in page
    assert "Pour Jolimetz" not in page
    client.post(reverse("messaging_desk:print"), {"letter": [mine.pk, other.pk]})
    assert list(LetterBatch.objects.get().letters.all()) == [mine]
    draw(other, NOW)
    assert client.get(reverse("messaging_desk:letter_pdf", args=[other.pk])).status_code == 404
    assert client.get(reverse("messaging_desk:returns"), {"reference": other.reference}).status_code == 200
    assert (
        "Aucun courrier de votre poste"
        in client.get(reverse("messaging_desk:returns"), {"reference": other.reference}).content.decode()
    )


def test_a_batch_with_a_letter_of_elsewhere_is_closed(client, secretary, here):
    letters = [factories.letter(commune_id=here.pk), factories.letter(commune_id=commune("Jolimetz").pk)]
    client.force_login(agent("administrator"))
    client.post(reverse("messaging_desk:print"), {"letter": [letter.pk for letter in letters]})
    batch = LetterBatch.objects.get()
    client.force_login(secretary)
    for name in ("batch", "batch_pdf"):
        assert client.get(reverse(f"messaging_desk:{name}", args=[batch.pk])).status_code == 404


def test_from_the_list_to_the_post_office_and_back(client, secretary, here):
    letter = factories.letter(commune_id=here.pk, registered=True)
    answer = client.post(reverse("messaging_desk:print"), {"letter": [letter.pk]})
    batch = LetterBatch.objects.get()
    assert answer.url == reverse("messaging_desk:batch", args=[batch.pk])
    assert "Noter le dépôt" in client.get(answer.url).content.decode()
    paper = client.get(reverse("messaging_desk:batch_pdf", args=[batch.pk]))
    assert b"".join(paper.streaming_content).startswith(b"%PDF")
    assert "no-store" in paper["Cache-Control"]

    refused = client.post(answer.url, {"posted_on": "2026-03-10", f"number_{letter.pk}": "12"})
    assert refused.status_code == 422
    assert "n’est pas un numéro de recommandé" in refused.content.decode()
    client.post(answer.url, {"posted_on": "10/03/2026", f"number_{letter.pk}": "1A 234 567 8901 2"})
    letter.refresh_from_db()
    assert letter.registered_number == "1A23456789012"

    found = f"{reverse('messaging_desk:returns')}?reference={letter.reference}"
    assert "Jeanne Lefebvre" in client.get(found).content.decode()
    assert client.post(found, {"returned_on": "2026-03-10"}).status_code == 422
    client.post(found, {"reason": "npai", "returned_on": "2026-03-10"})
    letter.refresh_from_db()
    assert letter.delivery.state == DeliveryState.RETURNED
    assert "Revenus depuis deux mois" in client.get(reverse("messaging_desk:returns")).content.decode()


def test_nothing_chosen_and_nonsense_are_told_not_obeyed(client, secretary, here):
    for chosen in ([], ["x"], ["99999999"], ["²"], ["٣"], ["9" * 18], ["9" * 30]):
        answer = client.post(reverse("messaging_desk:print"), {"letter": chosen}, follow=True)
        assert "Choisissez au moins un courrier" in answer.content.decode()
    for text in ("x" * 5000, "\x00", "<script>"):
        assert client.get(reverse("messaging_desk:returns"), {"reference": text}).status_code == 200
    assert (
        client.get(reverse("messaging_desk:letters"), {"commune": "x", "service": "x", "page": "x"}).status_code == 200
    )


def test_filters(client, secretary, here):
    factories.letter(commune_id=here.pk, service="waste", text=factories.Text("Composteur", "-"))
    factories.letter(commune_id=here.pk, text=factories.Text("Autre chose", "-"))
    page = client.get(reverse("messaging_desk:letters"), {"service": "waste"}).content.decode()
    assert "Composteur" in page
    assert "Autre chose" not in page


@pytest.mark.parametrize("role", ["elected", "editor"])
def test_those_who_see_no_case_see_no_letter(client, here, role):
    client.force_login(agent(role, commune=here))
    assert client.get(reverse("messaging_desk:letters")).status_code == 403


def test_lists_cost_the_same_for_many_letters(client, secretary, here, django_assert_max_num_queries):
    for _ in range(12):
        factories.letter(commune_id=here.pk)
    most = 20  # four of them read the territory's day, which is kept in the cache outside a test's transaction
    with django_assert_max_num_queries(most):
        client.get(reverse("messaging_desk:letters"))
    client.post(reverse("messaging_desk:print"), {"letter": list(Letter.objects.values_list("pk", flat=True))})
    with django_assert_max_num_queries(most):
        client.get(reverse("messaging_desk:batches"))
    with django_assert_max_num_queries(most):
        client.get(reverse("messaging_desk:batch", args=[LetterBatch.objects.get().pk]))


def test_a_page_of_a_printed_letter_past_its_time(client, secretary, here):
    letter = factories.letter(commune_id=here.pk)
    client.post(reverse("messaging_desk:print"), {"letter": [letter.pk]})
    batch = LetterBatch.objects.get()
    storages["private"].delete(batch.pdf)
    LetterBatch.objects.update(pdf="")
    assert client.get(reverse("messaging_desk:batch", args=[batch.pk])).status_code == 200
    assert client.get(reverse("messaging_desk:batch_pdf", args=[batch.pk])).status_code == 404
    assert queries.letters_to_print(_everything()).count() == 0


def _everything():
    from bocage.identity.queries import scope_of

    return scope_of(agent("administrator"), NOW.date())


def test_a_letter_missing_on_the_disk_is_not_found(client, secretary, here):
    letter = factories.letter(commune_id=here.pk)
    draw(letter, NOW)
    letter.refresh_from_db()
    storages["private"].delete(letter.pdf)
    assert client.get(reverse("messaging_desk:letter_pdf", args=[letter.pk])).status_code == 404
