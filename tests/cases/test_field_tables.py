"""The table of amounts: read, refused, added up, and shown wherever an answer is."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from bocage.cases.editing import conditions, edits
from bocage.cases.engine import FieldError, Moment, clean, evaluate_form
from bocage.cases.engine.tables import totals
from bocage.cases.exports.lines import Table
from bocage.cases.forms import posted_answers
from bocage.cases.models import Case
from bocage.cases.operations import save_answers
from bocage.cases.printing import blank_form_context, receipt_context
from bocage.cases.privacy import export
from bocage.cases.scenarios import run_all, tables
from bocage.cases.schema import FormField
from bocage.identity.models import Role
from bocage.identity.queries import scope_of
from tests.cases.desk import page, sit
from tests.cases.editor import Editor
from tests.cases.factories import ANSWERS, draft, filed
from tests.cases.more_fields import published, read, with_fields
from tests.cases.strategies import NASTY
from tests.identity import factories

BUDGET: dict[str, Any] = {
    "id": "budget",
    "kind": "amounts_table",
    "label": "Budget du projet",
    "columns": [{"id": "charges", "label": "Charges"}, {"id": "produits", "label": "Produits"}],
    "lines": [
        {"id": "achats", "label": "60 – Achats", "columns": ["charges"]},
        {"id": "ventes", "label": "70 – Ventes", "columns": ["produits"]},
        {"id": "report", "label": "Report"},
    ],
    "free_lines": 2,
}
UNEQUAL = {
    "when": {"op": "not", "args": [{"op": "eq", "args": [{"field": "budget.balanced"}, {"value": True}]}]},
    "then": "forbid",
    "reason": "Le total des charges et celui des produits doivent être égaux.",
}
TOLD = {
    "lines": {"achats": {"charges": "1 200,50"}, "ventes": {"produits": "1000"}},
    "free": [{"label": "Don", "amounts": {"produits": "200,50"}}],
}
KEPT = {
    "lines": {"achats": {"charges": 120050}, "ventes": {"produits": 100000}},
    "free": [{"label": "Don", "amounts": {"produits": 20050}}],
}
FIELD = FormField.model_validate(BUDGET)
TODAY = date(2026, 3, 10)
MOMENT = Moment(datetime(2026, 3, 10, 9, 30, tzinfo=UTC), TODAY)


def plain(text: str) -> str:
    return text.replace("\u202f", " ").replace("\xa0", " ")


# --- Reading -------------------------------------------------------------------------------------------------------
def test_a_table_is_read_into_cents_and_read_again_as_it_is_kept() -> None:
    assert clean(FIELD, TOLD, TODAY) == KEPT
    assert clean(FIELD, KEPT, TODAY) == KEPT
    assert totals(FIELD, KEPT) == {"charges": 120050, "produits": 120050}


@pytest.mark.parametrize(
    "raw", [None, "", {}, {"lines": {}, "free": []}, {"lines": {"achats": {"charges": " "}}, "free": [{"label": ""}]}]
)
def test_an_empty_table_is_no_answer(raw: Any) -> None:
    assert clean(FIELD, raw, TODAY) is None


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ("1200", "la forme attendue"),
        ({"lines": ["x"]}, "la forme attendue"),
        ({"lines": {"achats": "12"}}, "la forme attendue"),
        ({"lines": {"achats": {"charges": ["1"]}}}, "la forme attendue"),
        ({"lines": {"achats": {"charges": True}}}, "la forme attendue"),
        ({"free": [["Don", 12]]}, "la forme attendue"),
        ({"lines": {"achats": {"charges": "beaucoup"}}}, "« 60 – Achats », « Charges » : écrivez un montant"),
        ({"lines": {"achats": {"charges": "-5"}}}, "« 60 – Achats », « Charges » : écrivez un montant de 0"),
        ({"lines": {"achats": {"charges": 10**15}}}, "écrivez un montant de 0"),
        ({"lines": {"achats": {"produits": "5"}}}, "« 60 – Achats » ne prend pas de montant dans « Produits »"),
        ({"free": [{"label": "", "amounts": {"charges": "5"}}]}, "à quoi correspond le montant de la ligne 1"),
        ({"free": [{"label": "Don", "amounts": {}}]}, "Écrivez le montant de « Don »"),
        ({"free": [{"label": "x" * 161, "amounts": {"charges": 1}}]}, "trop long"),
        ({"free": [{"label": str(n), "amounts": {"charges": 1}} for n in range(3)]}, "Ajoutez 2 lignes au plus"),
    ],
)
def test_what_is_typed_wrong_or_forged_is_refused_in_words(raw: Any, words: str) -> None:
    with pytest.raises(FieldError) as refused:
        clean(FIELD, raw, TODAY)
    assert words in plain(str(refused.value))


@given(st.one_of(NASTY, st.fixed_dictionaries({"lines": NASTY, "free": NASTY})))
def test_nothing_breaks_the_reading(raw: Any) -> None:
    try:
        kept = clean(FIELD, raw, TODAY)
    except FieldError:
        return
    assert kept is None or clean(FIELD, kept, TODAY) == kept


def test_totals_and_unknown_lines_told_by_the_browser_are_not_kept() -> None:
    forged = {**TOLD, "totals": {"charges": 1}, "lines": {**TOLD["lines"], "nope": {"charges": 5}}}
    assert clean(FIELD, forged, TODAY) == KEPT


# --- In the engine --------------------------------------------------------------------------------------------------
def form_of(value: Any, **more: Any) -> Any:
    computed = {
        "id": "asked",
        "kind": "computed",
        "label": "Part des ventes",
        "result": "amount",
        "compute": {"op": "sub", "args": [{"field": "budget.charges"}, {"field": "budget.produits"}]},
    }
    document = read({**BUDGET, **more}, computed, rules=[UNEQUAL])
    return evaluate_form(document, {**ANSWERS, "proof": ["a" * 32], "budget": value}, MOMENT)


def test_a_budget_that_does_not_balance_is_stopped_by_its_rule() -> None:
    assert form_of(TOLD).forbidden == ()
    unequal = form_of({**TOLD, "free": []})
    assert unequal.forbidden == (UNEQUAL["reason"],)
    assert unequal.values["asked"] == 20050


def test_a_required_table_is_missing_until_something_is_in_it() -> None:
    assert form_of({"lines": {}, "free": []}).missing == ("budget",)
    assert form_of(TOLD).missing == ()


def test_the_table_of_a_hidden_field_is_dropped() -> None:
    form = form_of(TOLD, show={"op": "eq", "args": [{"field": "housing"}, {"value": "flat"}]})
    assert "budget" not in form.values


def test_totals_are_proposed_to_conditions_and_written_in_words() -> None:
    body = with_fields(BUDGET, rules=[UNEQUAL])
    proposed = conditions.subjects(body)
    assert "ge" in dict(proposed["budget.charges"].comparisons)
    made = conditions.line(proposed["budget.charges"], "gt", "23 000")
    assert made == {"op": "gt", "args": [{"field": "budget.charges"}, {"value": 2300000}]}
    words = conditions.told(made, conditions.names_of(body))
    assert plain(words) == "le total Charges de « Budget du projet » est supérieur à 23 000,00 €"
    unequal = conditions.line(proposed["budget.balanced"], "eq", "non")
    assert unequal == {"op": "eq", "args": [{"field": "budget.balanced"}, {"value": False}]}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"columns": []}, "de 1 à 4 colonnes"),
        ({"columns": [{"id": "balanced", "label": "Total"}], "lines": []}, "donnez un autre identifiant"),
        ({"lines": [], "free_lines": 0}, "a des lignes"),
        ({"lines": [{"id": "a", "label": "A", "columns": ["nope"]}]}, "une colonne qui n’existe pas"),
        ({"lines": [{"id": "a", "label": "A"}, {"id": "a", "label": "B"}]}, "même identifiant"),
        ({"kind": "text"}, "Seul un tableau de montants"),
    ],
)
def test_a_table_that_cannot_be_is_refused_with_the_mend(change: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        FormField.model_validate({**BUDGET, **change})


# --- Wherever an answer is -------------------------------------------------------------------------------------------
pages = pytest.mark.usefixtures("territory", "frozen")


@pages
@pytest.mark.django_db
def test_a_resident_fills_it_without_javascript(client: Any, now: Any) -> None:
    published(now, BUDGET, rules=[UNEQUAL])
    case = draft(now)
    client.force_login(factories.account())
    session = client.session
    session["cases"] = [case.reference]
    session.save()
    Case.objects.filter(pk=case.pk).update(account=client.session["_auth_user_id"])
    url = reverse("case_step", args=[case.reference, "more"])
    shown = page(client.get(url))
    assert 'name="budget.line.achats.charges"' in shown
    assert "budget.line.achats.produits" not in shown
    sent = {"_shown": ["budget"], "budget.line.achats.charges": "1 200,50", "budget.free.0.label": "Don"}
    answer = client.post(url, sent)
    assert answer.status_code == 422
    assert "Écrivez le montant de « Don »" in plain(page(answer))
    assert 'value="1 200,50"' in plain(page(answer))  # nothing typed is lost
    sent |= {"budget.line.ventes.produits": "1000", "budget.free.0.produits": "200,5", "_add": "budget"}
    assert client.post(url, sent)["Location"] == f"{url}#f-budget"
    assert plain(page(client.get(url))).count("<output>1 200,50 €</output>") == 2
    check = plain(page(client.get(reverse("case_check", args=[case.reference]))))
    assert '<td class="number" data-label="Produits">200,50 €</td>' in check


@pages
@pytest.mark.django_db
def test_agents_papers_and_files_show_it(now: Any) -> None:
    procedure = published(now, BUDGET)
    person = factories.person()
    case = filed(now, budget=TOLD)
    Case.objects.filter(pk=case.pk).update(applicant=person)
    client, account = sit(Role.MANAGER, service="waste")
    assert "<caption" in (shown := page(client.get(reverse("cases_desk", args=[case.reference]))))
    assert '<td class="number" data-label="Charges">1 200,50 €</td>' in plain(shown)
    words = "60 – Achats : Charges 1 200,50 € ; 70 – Ventes : Produits 1 000,00 € ; Don : Produits 200,50 € ; "
    words += "Total : Charges 1 200,50 €, Produits 1 200,50 €"
    told = [fact for part in receipt_context(case)["parts"] for fact in part["facts"] if fact["id"] == "budget"]
    assert plain(told[0]["value"]) == words
    answers = [
        part["Budget du projet"] for part in export(person)["demandes"][0]["reponses"] if "Budget du projet" in part
    ]
    assert [plain(one) for one in answers] == [words]
    table = Table([case.pk], scope=scope_of(account, TODAY), answers=True, sensitive=False)
    row = dict(zip(table.header, next(table.rows(lambda _count: None)), strict=True))
    assert row["Budget du projet, le total Charges"] == Decimal("1200.50")
    assert plain(str(row["Budget du projet"])) == words
    (paper,) = [
        field
        for step in blank_form_context(procedure, case.version.document)["steps"]
        for field in step["fields"]
        if field["field"].id == "budget"
    ]
    assert [line["cells"] for line in paper["table"]] == [[True, False], [False, True], [True, True]]


@pages
@pytest.mark.django_db
def test_a_protected_table_is_covered_whole(now: Any) -> None:
    published(now, {**BUDGET, "sensitive": True})
    case = filed(now, budget=TOLD)
    shown = plain(page(sit(Role.MANAGER, service="waste")[0].get(reverse("cases_desk", args=[case.reference]))))
    assert "1 200,50" not in shown
    told = [fact for part in receipt_context(case)["parts"] for fact in part["facts"] if fact["id"] == "budget"]
    assert "1 200,50" not in plain(str(told))


@pages
@pytest.mark.django_db
def test_an_agent_enters_it_from_paper(now: Any, rf: Any) -> None:
    procedure = published(now, BUDGET)
    client, _account = sit(Role.MANAGER, service="waste")
    started = client.post(
        reverse("cases_entry", args=[procedure.slug]), {"channel": "post", "received_on": "03/03/2026"}
    )
    shown = page(client.get(started["Location"]))
    assert 'name="budget.free.0.label"' in shown
    post = rf.post("/", {"_shown": ["budget"], "budget.line.report.charges": "3"}).POST
    case = Case.objects.get()
    assert save_answers(case, posted_answers(case.version.document, post), now=now) == {}
    case.refresh_from_db()
    assert case.answers["budget"] == {"lines": {"report": {"charges": 300}}, "free": []}


# --- In the editor ---------------------------------------------------------------------------------------------------
@pages
@pytest.mark.django_db
def test_a_manager_writes_the_table_on_its_page() -> None:
    editor = Editor().begin()
    editor.send("add", "steps/request/fields", label="Budget", kind="amounts_table", follow=True)
    place = "steps/request/fields/budget"
    editor.send("item", place, columns__0__label="Charges", columns__1__label="Produits", free_lines="2")
    editor.send("item", place, lines__0__label="60 – Achats", lines__0__columns="montant", lines__1__label="Report")
    field = edits.get(editor.body, place)
    assert field["columns"] == [{"id": "montant", "label": "Charges"}, {"id": "produits", "label": "Produits"}]
    assert field["lines"] == [
        {"id": "ligne_60_achats", "label": "60 – Achats", "columns": ["montant"]},
        {"id": "report", "label": "Report"},
    ]
    refused = editor.send("item", place, status=422, lines__0__label="", lines__1__label="", free_lines="0")
    assert "laissez la personne en ajouter" in refused
    assert "budget.balanced" in editor.send("add", "rules", _more="when", status=200)


def test_a_scenario_tells_a_table_on_one_line() -> None:
    told = tables.shown(BUDGET, KEPT)
    assert told == "60 – Achats, Charges = 1200,50 ; 70 – Ventes, Produits = 1000,00 ; Don, Produits = 200,50"
    assert clean(FIELD, tables.read(BUDGET, told), TODAY) == KEPT
    with pytest.raises(ValueError, match="écrivez l’intitulé"):
        tables.read(BUDGET, "60 – Achats = 12")


def test_a_scenario_fills_it() -> None:
    story = {
        "id": "unequal",
        "title": "Un budget en déséquilibre est refusé",
        "steps": [
            {"do": "fill", "values": {**ANSWERS, "budget": {**TOLD, "free": []}}},
            {"do": "attach", "field": "proof"},
            {"do": "submit"},
            {"do": "expect", "refused": "doivent être égaux"},
        ],
    }
    reports = run_all(read(BUDGET, rules=[UNEQUAL], scenarios=[story]))
    assert [one.reason for one in reports if one.scenario == "unequal"] == [""]
