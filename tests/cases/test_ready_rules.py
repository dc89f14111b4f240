"""Rules offered ready, conditions between two answers, fields ticked beforehand, differences told in words."""

from copy import deepcopy
from typing import Any

import pytest
from pydantic import ValidationError

from bocage.cases.editing import checks, conditions, edits
from bocage.cases.editing.compare import changes
from bocage.cases.editing.ready_rules import ready_rules
from bocage.cases.editor_views import telling
from bocage.cases.engine import Moment, evaluate_form
from bocage.cases.models import ProcedureDraft
from bocage.cases.schema import ProcedureDocument
from tests.cases.desk import page
from tests.cases.editor import Editor
from tests.cases.factories import body
from tests.cases.more_fields import with_fields

SPENT: dict[str, Any] = {
    "id": "spent",
    "kind": "amounts_table",
    "label": "Dépenses",
    "columns": [{"id": "charges", "label": "Charges"}],
    "free_lines": 3,
}
INCOME: dict[str, Any] = {**SPENT, "id": "income", "label": "Recettes", "columns": [{"id": "got", "label": "Produits"}]}
BOTH: dict[str, Any] = {**SPENT, "id": "both", "label": "Budget", "columns": [*SPENT["columns"], *INCOME["columns"]]}
ASKED = {"id": "asked", "kind": "amount", "label": "Montant demandé"}
FIRST = {"id": "first", "kind": "date", "label": "Premier jour"}
LAST = {"id": "last", "kind": "date", "label": "Dernier jour"}


def sums(column: str, *amounts: str) -> dict[str, Any]:
    return {"lines": {}, "free": [{"label": f"L{n}", "amounts": {column: one}} for n, one in enumerate(amounts)]}


def forbidden(document: ProcedureDocument, now: Any, **values: Any) -> tuple[str, ...]:
    return evaluate_form(document, values, Moment(now, now.date())).forbidden


# --- Rules offered ---------------------------------------------------------------------------------------------------
def test_two_tables_of_amounts_must_have_the_same_total(now: Any) -> None:
    told = with_fields(SPENT, INCOME)
    rule = next(one for one in ready_rules(told) if one.key == "equilibre-spent-income")
    document = ProcedureDocument.model_validate(edits.add(told, "rules", rule.rule))
    answers = {"spent": sums("charges", "100", "50"), "income": sums("got", "150")}
    assert not [one for one in forbidden(document, now, **answers) if "budget" in one]
    answers["income"] = sums("got", "149,99")
    assert [one for one in forbidden(document, now, **answers) if "« Dépenses » et « Recettes »" in one]


def test_columns_of_one_table_must_have_the_same_total(now: Any) -> None:
    told = with_fields(BOTH)
    rule = next(one for one in ready_rules(told) if one.key == "equilibre-both")
    document = ProcedureDocument.model_validate(edits.add(told, "rules", rule.rule))
    uneven = {"lines": {}, "free": [{"label": "A", "amounts": {"charges": "10", "got": "9"}}]}
    assert [one for one in forbidden(document, now, both=uneven) if "n’est pas équilibré" in one]


def test_every_rule_offered_is_sound_and_its_lines_can_be_changed() -> None:
    told = with_fields(SPENT, INCOME, BOTH, ASKED, FIRST, LAST)
    found = ready_rules(told)
    assert {one.key for one in found} >= {"plafond-asked", "ordre-first-last", "majeur"}
    known = conditions.subjects(told)
    for one in found:
        made = edits.add(told, "rules", one.rule)
        assert [issue for issue in checks.errors(made) if issue.place.startswith("rules")] == [], one.title
        read = conditions.read(one.rule["when"], known)
        assert read is not None, one.title
        assert conditions.line(known[read[1][0]["field"]], read[1][0]["op"], read[1][0]["value"], known)


def test_a_rule_that_is_there_is_not_offered_again() -> None:
    told = with_fields(BOTH)
    rule = next(one for one in ready_rules(told) if one.key == "equilibre-both")
    assert rule.key not in {one.key for one in ready_rules(edits.add(told, "rules", rule.rule))}


@pytest.mark.parametrize("broken", [{}, {"steps": 3}, {"rules": 3, "steps": [{"fields": [{"kind": "date"}, 7]}]}])
def test_no_body_whatever_makes_it_fail(broken: Any) -> None:
    assert ready_rules(broken) == []


# --- In the editor ---------------------------------------------------------------------------------------------------
@pytest.fixture
def editor(db: None, territory: Any, frozen: Any) -> Editor:
    made = Editor().begin()
    told = made.body
    told["steps"][-1]["fields"] += [deepcopy(one) for one in (SPENT, INCOME, ASKED)]
    ProcedureDraft.objects.update(body=told)
    return made


def test_a_ready_rule_fills_the_page_and_is_added_as_read(editor: Editor) -> None:
    shown = editor.get("add", "rules")
    assert "Budget équilibré : « Dépenses » et « Recettes » ont le même total" in shown
    url = editor.url("add", "rules") + "?prete=equilibre-spent-income"
    before = editor.body
    shown = page(editor.client.get(url))
    assert "diffère de (autre réponse)" in shown
    assert editor.body == before  # looking writes nothing
    from tests.cases.editor import filled

    assert editor.client.post(url, filled(shown)).status_code == 302
    assert editor.body["rules"][-1]["when"] == {
        "op": "ne",
        "args": [{"field": "spent.charges"}, {"field": "income.got"}],
    }
    assert "« Dépenses » et « Recettes » doivent" in editor.get("outline")


def test_an_answer_is_compared_with_another_of_its_kind(editor: Editor) -> None:
    chosen = {"when__0__field": "asked", "when__0__op": "gt_of", "then": "forbid", "reason": "C’est trop."}
    shown = editor.send("add", "rules", status=200, _more="when", **chosen)
    assert "Autre réponse" in shown
    assert 'value="spent.charges"' in shown
    told = editor.send("add", "rules", status=422, **chosen, when__0__value="given_names")
    assert "Choisissez à quelle autre réponse comparer" in told
    editor.send("add", "rules", **chosen, when__0__value="spent.charges")
    assert editor.body["rules"][-1]["when"] == {
        "op": "gt",
        "args": [{"field": "asked"}, {"field": "spent.charges"}],
    }
    editor.send("item", "rules/0")  # read back and kept
    assert editor.body["rules"][-1]["when"]["op"] == "gt"


def test_a_button_ticks_beforehand_what_is_to_be_completed(editor: Editor) -> None:
    place = "workflow/transitions/ask"
    editor.send("item", place, effects__0__fields=["spent", "income"])
    assert edits.get(editor.body, place)["effects"][0] == {"kind": "ask_correction", "fields": ["spent", "income"]}
    assert "demande de compléter ou de corriger : « Dépenses », « Recettes »" in editor.get("outline")
    editor.send("item", place)
    assert edits.get(editor.body, place)["effects"][0]["fields"] == ["spent", "income"]
    assert "coche d’avance « spent »" in editor.get("remove", "steps/request/fields/spent")
    renamed = edits.rename(editor.body, "steps/request/fields/spent", "costs")
    assert edits.get(renamed, place)["effects"][0]["fields"] == ["costs", "income"]


@pytest.mark.parametrize(
    "effect",
    [
        {"kind": "ask_correction", "fields": ["nothing"]},
        {"kind": "ask_correction", "fields": ["pickup_on"]},  # the service fills it in
        {"kind": "assign", "params": {"to": "actor"}, "fields": ["model"]},
    ],
)
def test_what_nobody_can_correct_is_not_ticked_beforehand(effect: Any) -> None:
    told = deepcopy(body())
    ask = next(one for one in told["workflow"]["transitions"] if one["id"] == "ask")
    ask["effects"] = [effect]
    with pytest.raises(ValidationError, match="coche d’avance"):
        ProcedureDocument.model_validate(told)


# --- Differences in words --------------------------------------------------------------------------------------------
def test_differences_are_told_without_the_words_of_the_machine() -> None:
    after = deepcopy(body())
    accept = next(one for one in after["workflow"]["transitions"] if one["id"] == "accept")
    accept["roles"] = ["manager"]
    accept["effects"] = [*accept["effects"], {"kind": "assign", "params": {"to": "actor"}}]
    after["silence"] = {"effect": "none"}
    after["workflow"]["states"][0]["waiting_for"] = "other"
    after["contact"] = "optional"
    after["steps"][0]["fields"][0]["required"] = False
    told = " | ".join(f"{one.was} {one.now}" for one in changes(body(), after, telling.value))
    for words in ("confie le dossier à qui appuie", "la ou le responsable", "Une acceptation", "Quelqu’un d’autre"):
        assert words in told, words
    found = {one.what: (one.was, one.now) for one in changes(body(), after, telling.value)}
    assert found["adresse ou téléphone à donner"][0].startswith("Oui : nous devons")  # what was never written
    assert found["sens du silence"][1].startswith("Rien : le silence ne décide pas")
    assert "mois" not in found["sens du silence"][1]
    for machine in ("send_notice", "manager", "assign", "optional", "other"):
        assert machine not in told, machine
