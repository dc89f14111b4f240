"""Someone of the household: chosen among its members by who may know them, or told; never another's child."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from bocage.cases.editing import edits
from bocage.cases.engine import FieldError, Moment, clean, evaluate_form
from bocage.cases.engine.members import Member
from bocage.cases.exports.lines import Table
from bocage.cases.forms import members
from bocage.cases.models import Case
from bocage.cases.operations import move_case, save_answers
from bocage.cases.opinions import shown_facts
from bocage.cases.printing import receipt_context
from bocage.cases.privacy import export
from bocage.cases.schema import FormField
from bocage.identity import operations
from bocage.identity.models import Membership, Role
from bocage.identity.queries import scope_of
from tests.cases.desk import page, sit
from tests.cases.editor import Editor
from tests.cases.factories import ANSWERS, draft, filed
from tests.cases.more_fields import published, read
from tests.cases.strategies import NASTY
from tests.identity import factories

CHILD: dict[str, Any] = {
    "id": "child",
    "kind": "household_person",
    "label": "Pour quel enfant ?",
    "members": "children",
}
FIELD = FormField.model_validate(CHILD)
TODAY = date(2026, 3, 10)
TOLD = {"choice": "", "given_names": "Léa", "birth_name": "Martin", "birth_date": "03/05/2017"}
KEPT = {"name": "Léa Martin", "given_names": "Léa", "birth_name": "Martin", "birth_date": "2017-05-03"}
HOUSEHOLD = {
    "12": Member({**KEPT, "person": 12}, is_child=True),
    "13": Member({**KEPT, "name": "Paul Martin", "person": 13}),
}


# --- Reading -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("household", [None, HOUSEHOLD])
def test_someone_told_is_read_and_stays_as_read(household: Any) -> None:
    assert clean(FIELD, TOLD, TODAY, None, household) == KEPT
    assert clean(FIELD, KEPT, TODAY, None, household) == KEPT


def test_someone_chosen_is_kept_as_they_are_with_their_id() -> None:
    kept = clean(FIELD, {**TOLD, "choice": "12"}, TODAY, None, HOUSEHOLD)
    assert kept == {**KEPT, "person": 12}
    assert clean(FIELD, kept, TODAY) == kept


@pytest.mark.parametrize(
    ("raw", "household", "words"),
    [
        ("Léa", None, "la forme attendue"),
        ({"choice": "99"}, HOUSEHOLD, "n’est pas dans votre foyer"),
        ({"choice": "12"}, None, "n’est pas dans votre foyer"),
        ({"choice": "13"}, HOUSEHOLD, "n’est pas dans votre foyer"),  # an adult, where children are asked for
        ({"choice": "other"}, HOUSEHOLD, "Écrivez son prénom et son nom"),
        ({**TOLD, "birth_name": ""}, None, "Écrivez son prénom et son nom"),
        ({**TOLD, "given_names": "x" * 121}, None, "trop long"),
        ({**TOLD, "birth_date": ""}, None, "Exemple : 31/01/2015"),
        ({**TOLD, "birth_date": "31/02/2015"}, None, "n’existe pas dans le calendrier"),
        ({**TOLD, "birth_date": "03/05/2027"}, None, "n’est pas possible"),
        ({**TOLD, "birth_date": "03/05/1817"}, None, "n’est pas possible"),
    ],
)
def test_what_is_wrong_or_forged_is_refused_in_words(raw: Any, household: Any, words: str) -> None:
    with pytest.raises(FieldError) as refused:
        clean(FIELD, raw, TODAY, None, household)
    assert words in str(refused.value)


@given(st.one_of(NASTY, st.fixed_dictionaries(dict.fromkeys(members.PARTS, NASTY))))
def test_nothing_breaks_the_reading(raw: Any) -> None:
    try:
        kept = clean(FIELD, raw, TODAY, None, HOUSEHOLD)
    except FieldError:
        return
    assert kept is None or clean(FIELD, kept, TODAY) == kept


def test_a_rule_reads_the_age_and_a_hidden_person_is_dropped() -> None:
    young = {"op": "lt", "args": [{"op": "age", "args": [{"field": "child.birth_date"}]}, {"value": 9}]}
    moment = Moment(datetime(2026, 3, 10, 9, 30, tzinfo=UTC), TODAY)
    answers = {**ANSWERS, "proof": ["a" * 32], "child": TOLD}
    rule = {"when": young, "then": "forbid", "reason": "À partir de neuf ans."}
    assert evaluate_form(read(CHILD, rules=[rule]), answers, moment).forbidden == ("À partir de neuf ans.",)
    older = {**answers, "child": {**TOLD, "birth_date": "03/05/2010"}}
    assert evaluate_form(read(CHILD, rules=[rule]), older, moment).forbidden == ()
    hidden = {**CHILD, "show": {"op": "eq", "args": [{"field": "housing"}, {"value": "flat"}]}}
    assert "child" not in evaluate_form(read(hidden), answers, moment).values


def test_only_someone_of_the_household_is_chosen_among_children() -> None:
    with pytest.raises(ValueError, match="Seule une personne du foyer"):
        FormField.model_validate({**CHILD, "kind": "text"})


# --- Wherever an answer is -------------------------------------------------------------------------------------------
pages = pytest.mark.usefixtures("territory", "frozen")


class Home:
    """A mother with her child, and a neighbour's child."""

    def __init__(self, now: datetime) -> None:
        self.account = factories.resident()
        self.mother = self.account.person
        self.child = factories.person("Martin", "Léa", birth_date=date(2017, 5, 3))
        self.other = factories.person("Durand", "Noé", birth_date=date(2018, 1, 2))
        for one, people in enumerate(((self.mother, self.child), (self.other,))):
            home = operations.open_household(name=f"Foyer {one}", actor=factories.SYSTEM, now=now)
            for person in people:
                role = Membership.Role.GUARDIAN if person == self.mother else Membership.Role.CHILD
                operations.add_member(home, person, role=role, starts=date(2020, 1, 1), actor=factories.SYSTEM, now=now)

    def draft(self, now: datetime) -> Case:
        case = draft(now)
        Case.objects.filter(pk=case.pk).update(account=self.account, applicant=self.mother)
        case.refresh_from_db()
        return case


@pages
@pytest.mark.django_db
def test_a_resident_chooses_a_child_of_theirs_and_no_other(client: Any, now: Any) -> None:
    published(now, CHILD)
    home = Home(now)
    case = home.draft(now)
    client.force_login(home.account)
    url = reverse("case_step", args=[case.reference, "more"])
    shown = page(client.get(url))
    assert f'name="child.choice" value="{home.child.pk}"' in shown
    assert "Durand" not in shown
    assert f'name="child.choice" value="{home.mother.pk}"' not in shown  # children are asked for
    forged = client.post(url, {"_shown": ["child"], "child.choice": str(home.other.pk)})
    assert forged.status_code == 422
    assert "n’est pas dans votre foyer" in page(forged)
    assert "Noé" not in page(forged)
    assert client.post(url, {"_shown": ["child"], "child.choice": str(home.child.pk)}).status_code == 302
    case.refresh_from_db()
    assert case.answers["child"] == {**KEPT, "person": home.child.pk}
    assert f'value="{home.child.pk}" checked' in page(client.get(url))


@pages
@pytest.mark.django_db
def test_a_correction_chooses_like_the_form_did(client: Any, now: Any, waste_manager: Any) -> None:
    published(now, CHILD)
    home = Home(now)
    case = filed(now, child=TOLD)
    case = move_case(
        case,
        "ask",
        agent=waste_manager.account,
        actor=waste_manager.actor,
        now=now,
        fields=("child",),
        message="Lequel ?",
    )
    Case.objects.filter(pk=case.pk).update(account=home.account, applicant=home.mother)
    client.force_login(home.account)
    url = reverse("case_correct", args=[case.reference])
    assert f'name="child.choice" value="{home.child.pk}"' in page(client.get(url))
    forged = client.post(url, {"_shown": ["child"], "child.choice": str(home.other.pk)})
    assert "n’est pas dans votre foyer" in page(forged)
    assert client.post(url, {"_shown": ["child"], "child.choice": str(home.child.pk)}).status_code == 302
    case.refresh_from_db()
    assert case.answers["child"]["person"] == home.child.pk


@pages
@pytest.mark.django_db
def test_who_holds_a_link_neither_reads_nor_chooses_the_household(now: Any) -> None:
    published(now, CHILD)
    home = Home(now)
    case = home.draft(now)
    errors = save_answers(case, {"child": {"choice": str(home.child.pk)}}, now=now)
    assert "n’est pas dans votre foyer" in errors["child"]
    assert save_answers(case, {"child": TOLD}, now=now) == {}


@pages
@pytest.mark.django_db
def test_agents_papers_and_files_show_who_it_is(now: Any) -> None:
    published(now, CHILD)
    case = filed(now, child=TOLD)
    person = factories.person()
    Case.objects.filter(pk=case.pk).update(applicant=person)
    client, account = sit(Role.MANAGER, service="waste")
    words = "Léa Martin, naissance le 3\xa0mai 2017"
    assert words.split(",")[0] in page(client.get(reverse("cases_desk", args=[case.reference])))
    (fact,) = [fact for part in receipt_context(case)["parts"] for fact in part["facts"] if fact["id"] == "child"]
    assert fact["value"] == words
    told = {label: value for part in export(person)["demandes"][0]["reponses"] for label, value in part.items()}
    assert told["Pour quel enfant ?"] == words
    table = Table([case.pk], scope=scope_of(account, TODAY), answers=True, sensitive=False)
    row = dict(zip(table.header, next(table.rows(lambda _count: None)), strict=True))
    assert row["Pour quel enfant ?, la date de naissance"] == date(2017, 5, 3)
    assert all("Léa" not in one["value"] for one in shown_facts(case, now))  # a partner reads no name


@pages
@pytest.mark.django_db
def test_an_agent_enters_it_and_a_manager_sets_it(now: Any) -> None:
    procedure = published(now, CHILD)
    home = Home(now)
    client, _account = sit(Role.MANAGER, service="waste")
    begun = client.post(reverse("cases_entry", args=[procedure.slug]), {"channel": "post", "received_on": "03/03/2026"})
    Case.objects.update(applicant=home.mother)
    assert f'value="{home.child.pk}"' in page(client.get(begun["Location"]))
    editor = Editor().begin()
    editor.send("add", "steps/request/fields", label="Enfant", kind="household_person", follow=True)
    editor.send("item", "steps/request/fields/enfant", members="children")
    assert edits.get(editor.body, "steps/request/fields/enfant")["members"] == "children"
