"""Refusals that say which answer they mean and where it is mended, and that leave the page once it is."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from bocage.cases.engine import FieldError, clean
from bocage.cases.engine.form import named
from bocage.cases.models import Case
from bocage.cases.operations import save_answers
from bocage.cases.scenarios.runner import run
from bocage.cases.schema import FormField
from bocage.cases.schema_parts import Scenario
from tests.cases.desk import page
from tests.cases.factories import composter, document, draft
from tests.cases.more_fields import published
from tests.cases.test_field_places import LOCQUIGNOL, TODAY, WHERE
from tests.identity import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("territory", "frozen")]


def opened(client: Client, now: Any) -> Case:
    """A draft whose answers are there, opened by this browser."""
    case = draft(now)
    account = factories.account()
    client.force_login(account)
    Case.objects.filter(pk=case.pk).update(account=account)
    return case


# --- Which answer --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("Ce texte est trop long.", "« Prénom » : ce texte est trop long."),
        ("IBAN inconnu.", "« Prénom » : IBAN inconnu."),
        ("Répondez à « Prénom ».", "Répondez à « Prénom »."),
        ("", "« Prénom » : "),
    ],
)
def test_a_refusal_names_its_question_once(message: str, told: str) -> None:
    assert named("Prénom", message) == told


def test_two_answers_refused_alike_are_told_apart(client: Client, now: Any) -> None:
    composter(now)
    case = opened(client, now)
    sent = {"_shown": ["given_names", "birth_name"], "given_names": "x" * 400, "birth_name": "x" * 400}
    shown = page(client.post(reverse("case_step", args=[case.reference, "person"]), sent))
    summary = shown.partition("error-summary")[2].partition("</ul>")[0]
    assert "« Prénom » : ce texte compte 400 caractères" in summary
    assert "« Nom de naissance » : ce texte compte 400 caractères" in summary


def test_a_scenario_that_is_refused_says_which_answer(now: Any) -> None:
    steps = [{"do": "fill", "values": {"birth_date": "31/02/1950"}}, {"do": "submit"}]
    report = run(document(), Scenario.model_validate({"id": "s", "title": "S", "steps": steps}))
    assert "« Date de naissance » : ce jour n’existe pas" in report.reason


@pytest.mark.parametrize(
    ("field", "raw", "told"),
    [
        ({"kind": "amount"}, "999999999999", "Ce montant est trop grand."),
        ({"kind": "amount"}, "beaucoup", "Écrivez un montant en euros, par exemple 45 ou 45,50."),
        ({"kind": "number", "maximum": "100000"}, "100001", "Écrivez un nombre égal ou inférieur à 100\u202f000."),
        ({"kind": "number", "minimum": "2.5"}, "1", "Écrivez un nombre égal ou supérieur à 2,5."),
    ],
)
def test_what_is_too_large_is_not_called_badly_written(field: dict[str, str], raw: str, told: str) -> None:
    with pytest.raises(FieldError) as refused:
        clean(FormField.model_validate({"id": "n", "label": "N", **field}), raw, TODAY)
    assert str(refused.value) == told


# --- Where it is mended --------------------------------------------------------------------------------------------
def test_a_rule_that_stops_the_request_leads_to_the_answer_it_is_about(client: Client, now: Any) -> None:
    composter(now)
    case = opened(client, now)
    save_answers(case, {"model": "worms"}, now=now)  # in a house with a garden
    url = reverse("case_check", args=[case.reference])
    way = reverse("case_step", args=[case.reference, "composter"]) + "?revoir=1#f-model"
    for answer in (client.get(url), client.post(url)):
        shown = page(answer)
        assert shown.count(f'<a href="{way}">Le lombricomposteur est réservé') == 1


# --- Lines that repeat ---------------------------------------------------------------------------------------------
def test_a_line_of_choices_is_taken_away_and_no_more_are_offered_than_there_may_be(client: Client, now: Any) -> None:
    composter(now)
    case = opened(client, now)
    url = reverse("case_step", args=[case.reference, "composter"])
    first = page(client.get(url))
    assert "laissez vide si inutile" in first
    assert "Retirer la ligne" not in first
    assert "ajouter une ligne" in first
    two = {"_shown": ["bins"], "_add": "bins", "bins.0.colour": "green", "bins.1.colour": "grey"}
    full = page(client.post(url, two, follow=True))
    assert "Retirer la ligne 2" in full
    assert "ajouter une ligne" not in full  # two at most
    client.post(url, {**two, "bins.0.remove": "oui"})
    case.refresh_from_db()
    assert [row["colour"] for row in case.answers["bins"]] == ["grey"]


def test_the_first_line_of_what_is_required_is_not_called_needless(client: Client, now: Any) -> None:
    who = {"id": "heads", "kind": "signatures", "label": "Qui signe", "max_items": 2}
    published(now, who)
    case = opened(client, now)
    shown = page(client.get(reverse("case_step", args=[case.reference, "more"])))
    assert "Personne 1" in shown
    assert "laissez vide si inutile" not in shown


# --- While one writes ----------------------------------------------------------------------------------------------
def test_one_who_has_told_half_of_a_place_is_not_scolded(client: Client, now: Any) -> None:
    published(now, WHERE)
    case = opened(client, now)
    url = reverse("case_autosave", args=[case.reference])
    half = {"_shown": ["spot"], "_step": "more", "spot.commune": LOCQUIGNOL}
    assert "html" not in client.post(url, half).json()
    far = {**half, "spot.commune": "", "spot.lat": "48.85", "spot.lon": "2.35"}
    assert "en dehors de notre territoire" in client.post(url, far).json()["html"]  # a point is told at once


def test_a_refusal_leaves_the_page_as_soon_as_it_is_mended(client: Client, now: Any) -> None:
    published(now, WHERE)
    case = opened(client, now)
    step = reverse("case_step", args=[case.reference, "more"])
    refused = page(client.post(step, {"_shown": ["spot"], "spot.commune": LOCQUIGNOL}))
    assert '<input type="hidden" name="_refused" value="spot">' in refused
    mended = {"_shown": ["spot"], "_step": "more", "_refused": ["spot"], "spot.commune": LOCQUIGNOL}
    url = reverse("case_autosave", args=[case.reference])
    told = client.post(url, {**mended, "spot.description": "Devant l’école"}).json()
    assert "has-error" not in told["html"]
    assert "_refused" not in told["html"]
    assert "html" not in client.post(url, mended).json()  # still refused: the page says so already
