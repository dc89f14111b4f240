"""Editing a procedure's body: parts by their place, what is wrong with it, what changed, conditions by choices."""

import json
from copy import deepcopy

import pytest

from bocage.cases.editing import conditions, readability
from bocage.cases.editing.advice import NEVER_SHOWN, held_elsewhere
from bocage.cases.editing.checks import errors, issues
from bocage.cases.editing.compare import changes
from bocage.cases.editing.edits import BadEdit, NoSuchPlace, add, get, move, places, put, remove, rename
from bocage.cases.editing.skeleton import skeleton
from bocage.cases.operations.effects import known_effects
from bocage.cases.schema import ProcedureDocument
from tests.cases.factories import body

NEW = skeleton("broyeur", title="Réserver un broyeur", service="waste")


def changed(place, **keys):
    return put(body(), place, {**get(body(), place), **keys})


def told(found, level="error"):
    return {issue.place: issue.text for issue in found if issue.level == level}


# --- Places and edits -----------------------------------------------------------------------------------------------
def test_a_new_procedure_is_sound_and_is_told_what_its_name_alone_cannot_say():
    assert told(issues(NEW)) == {}
    advised = [issue.text for issue in issues(NEW) if issue.level == "warning"]
    assert len(advised) == 2
    assert "écrivez-le en une phrase" in advised[0]
    assert "CRPA, art. L231-1" in advised[1]  # what silence is worth
    said = {**NEW, "summary": "Un broyeur", "silence": {"effect": "none", "months": 2, "source": ""}}
    no_decision = [{**item, "decision": False} for item in NEW["workflow"]["transitions"]]
    assert issues({**said, "workflow": {**NEW["workflow"], "transitions": no_decision}}) == []
    ProcedureDocument.model_validate(NEW)


def test_every_place_is_read_and_put_back():
    before = deepcopy(body())
    for place in places(body()):
        assert put(body(), place, get(body(), place)) == before, place
    assert body() == before


def test_edits_leave_the_body_they_were_given():
    before = deepcopy(NEW)
    put(NEW, "steps/request", {"title": "Autre", "fields": []})
    add(NEW, "steps/request/fields/size", {"kind": "text", "label": "Taille"}, after="wish")
    remove(NEW, "notices/accepted")
    move(NEW, "steps/request", -1)
    rename(NEW, "steps/request/fields/wish", "need")
    assert before == NEW


def test_items_are_added_where_they_are_asked():
    step = {"id": "when", "title": "Quand", "fields": []}
    assert [item["id"] for item in add(NEW, "steps", step, after="person")["steps"]] == ["person", "when", "request"]
    assert [item["id"] for item in add(NEW, "steps/when", step)["steps"]] == ["person", "request", "when"]
    rule = {"when": {"value": True}, "then": "forbid", "reason": "Non"}
    assert add(body(), "rules", rule, after="0")["rules"][1] == rule
    assert add(NEW, "notices/ready", {"title": "Prêt", "body": "Venez."})["notices"]["ready"]["title"] == "Prêt"
    group = add(body(), "steps/composter/fields/bins/fields/size", {"kind": "text", "label": "Taille"})
    assert get(group, "steps/composter/fields/bins/fields/size")["label"] == "Taille"


@pytest.mark.parametrize(
    ("place", "item"),
    [
        ("steps/home/fields/email", {"kind": "text", "label": "Un"}),  # taken, in another step
        ("steps/home/fields/lives_here", {"kind": "text", "label": "Un"}),  # taken by a question
        ("eligibility/email", {}),
        ("steps/home/fields/Bad-Id", {"kind": "text", "label": "Un"}),
        ("notices/receipt", {}),
        ("settings", {}),
        ("workflow", {}),
        ("steps", {"title": "Sans identifiant"}),
        ("steps/home/fields/one", "un texte"),
    ],
)
def test_what_makes_no_sense_is_not_added(place, item):
    with pytest.raises(BadEdit):
        add(body(), place, item)


@pytest.mark.parametrize(
    "place",
    [
        "",
        "nowhere",
        "steps/nowhere",
        "steps/home/fields/nope",
        "rules/99",
        "rules/-1",
        "rules/x",
        "notices/nope",
        "steps/home/fields/address/fields/x/fields/y",
        "__class__",
        "steps//fields/x",
        "settings/title",
    ],
)
def test_a_place_that_is_gone_is_said(place):
    for act in (get, remove):
        with pytest.raises(BadEdit):
            act(body(), place)
    with pytest.raises(NoSuchPlace):
        put(body(), place, {})


def test_the_address_and_the_ids_never_change_by_putting():
    assert put(body(), "settings", {"slug": "autre", "title": "T"})["slug"] == "composteur"
    assert get(put(body(), "steps/home", {"id": "other", "fields": []}), "steps/home")["id"] == "home"


def test_order_is_changed_within_bounds_and_between_steps():
    assert move(body(), "steps/pickup", -99)["steps"][0]["id"] == "pickup"
    moved = move(body(), "steps/home/fields/tenant", 0, into="steps/person/fields")
    assert get(moved, "steps/person/fields/tenant") == get(body(), "steps/home/fields/tenant")
    for place, into in (("notices/receipt", ""), ("settings", ""), ("steps/home/fields/tenant", "rules"),
                        ("steps/composter/fields/bins/fields/colour", "steps/home/fields")):  # fmt: skip
        with pytest.raises(BadEdit):
            move(body(), place, 1, into)


@pytest.mark.parametrize("place", [p for p in places(body()) if p.split("/")[0] not in {"settings", "rules"}])
def test_whatever_is_renamed_takes_its_references_along(place):
    if place == "workflow" or place in {"notices/receipt", "notices/correction"}:
        with pytest.raises(BadEdit):
            rename(body(), place, "fresh")
        return
    if place.endswith("correction_answered"):
        return  # the engine looks for this beginning
    after = rename(body(), place, "fresh_name")
    assert errors(after) == []
    assert f'{{"field": "{place.rpartition("/")[2]}"' not in json.dumps(after) or "/fields/" not in place


def test_columns_of_groups_are_renamed_in_expressions_on_their_rows_only():
    each = {
        "op": "any",
        "args": [{"each": "bins", "expr": {"op": "eq", "args": [{"item": "colour"}, {"value": "green"}]}}],
    }
    start = add(body(), "rules", {"when": each, "then": "forbid", "reason": "Non"})
    after = rename(start, "steps/composter/fields/bins/fields/colour", "paint")
    assert after["rules"][-1]["when"]["args"][0]["expr"]["args"][0] == {"item": "paint"}
    assert errors(after) == []
    named = rename(after, "steps/composter/fields/bins", "buckets")
    assert named["rules"][-1]["when"]["args"][0]["each"] == "buckets"
    assert errors(named) == []


def test_a_field_renamed_back_is_its_own_again():
    back = rename(rename(body(), "steps/home/fields/tenant", "rents"), "steps/home/fields/rents", "tenant")
    assert get(back, "steps/home/fields/tenant")["was"] == ["rents"]
    assert errors(back) == []


# --- Checks ---------------------------------------------------------------------------------------------------------
def test_a_reference_to_a_removed_field_is_told_where_it_stands():
    found = told(errors(remove(body(), "steps/home/fields/housing")))
    assert {"steps/home/fields/garden_size", "steps/home/fields/owner_agrees", "rules/0", "rules/1"} <= found.keys()
    assert "housing" in found["rules/0"]


SIZE = "steps/home/fields/household_size"


def eq(field, value):
    return {"op": "eq", "args": [{"field": field}, {"value": value}]}


def test_a_circle_is_told_by_its_labels():
    found = errors(changed("steps/home/fields/tenant", show={"op": "is_filled", "args": [{"field": "owner_agrees"}]}))
    assert any("en rond" in issue.text and "Êtes-vous locataire" in issue.text for issue in found)


@pytest.mark.parametrize(
    ("edit", "place", "word"),
    [
        (lambda: remove(body(), "workflow/transitions/silence_accepts"), "workflow/states/implied", "ne mène"),
        (lambda: put(body(), "workflow", {"initial": "nowhere"}), "workflow", "n’existe pas"),
        (lambda: remove(body(), "notices/accepted"), "workflow/transitions/accept", "n’existe pas"),
        (lambda: remove(body(), "notices/receipt"), "notices/receipt", "manque"),
        (lambda: remove(body(), "tables/models"), "steps/composter/fields/price", "n’existe pas"),
        (lambda: changed("steps/home/fields/housing", options=[]), "steps/home/fields/housing", "au moins deux"),
        (lambda: changed(SIZE, minimum="beaucoup"), SIZE, "pas lisible"),
        (lambda: changed(SIZE, minimum="21"), SIZE, "dépasse"),
        (lambda: changed("steps/person/fields/email", kind="address"), "steps/person/fields/email", "genre"),
        (lambda: changed("steps/home/fields/tenant", label=None), "steps/home/fields/tenant", "Intitulé"),
        (lambda: changed("steps/home/fields/tenant", colour="red"), "steps/home/fields/tenant", "colour"),
        (lambda: changed("rules/2", field="nope"), "rules/2", "nope"),
        (lambda: changed("rules/2", when=eq("email", 3)), "rules/2", "La condition de la règle"),
        (lambda: changed("rules/2", when={"field": "address"}), "rules/2", "vrai ou faux"),
        (lambda: changed("rules/2", when={}), "rules/2", "Condition"),
        (lambda: changed("eligibility/lives_here", refuse=eq("nope", "non")), "eligibility/lives_here", "nope"),
        (lambda: changed("notices/accepted", body="{{ nope }}"), "notices/accepted", "nope"),
        (lambda: changed("notices/accepted", body="{{ pickup_on"), "notices/accepted", "{{"),
        (lambda: changed("workflow/transitions/ask", target="studying"), "workflow/transitions/ask", "attend la"),
        (lambda: changed("workflow/transitions/study", sources=["rejected"]), "workflow/transitions/study", "finie"),
        (lambda: changed("settings", announced_days=0), "settings", "égal ou supérieur"),
        (lambda: changed("settings", title=""), "settings", "Titre"),
        (lambda: changed("steps/person/fields/email", was=["phone"]), "steps/person/fields/email", "ancien nom"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_at_its_place(edit, place, word):
    found = errors(edit())
    assert any(issue.place == place and word in issue.text for issue in found), found
    with pytest.raises(ValueError, match=r"."):
        ProcedureDocument.model_validate(edit())


@pytest.mark.parametrize(
    ("effect", "word"),
    [
        ({"kind": "ask_opinion"}, "adresse électronique"),
        ({"kind": "ask_opinion", "params": {"email": 3}}, "adresse électronique"),
        ({"kind": "ask_opinion", "params": {"email": "parc"}}, "adresse électronique"),
        ({"kind": "ask_opinion", "params": {"email": "parc@example.org", "days": 0}}, "jours"),
        ({"kind": "ask_opinion", "params": {"email": "parc@example.org", "days": "dix"}}, "jours"),
        ({"kind": "ask_opinion", "params": {"email": "parc@example.org", "days": True}}, "jours"),
        ({"kind": "ask_opinion", "params": {"email": "parc@example.org", "question": "é" * 5_001}}, "5000"),
        ({"kind": "ask_opinion", "params": {"email": "parc@example.org", "mail": "x"}}, "de trop"),
        ({"kind": "assign"}, "actor"),
        ({"kind": "assign", "params": {"to": "someone"}}, "actor"),
        ({"kind": "call_webhook"}, "adresse"),
        ({"kind": "call_webhook", "params": {"url": "ftp://example.org"}}, "adresse"),
        ({"kind": "call_webhook", "params": {"url": "http://[::"}}, "adresse"),
        ({"kind": "set_deadline", "days": 3}, "sans nom"),
        ({"kind": "set_deadline", "deadline": "retour"}, "combien de jours"),
        ({"kind": "close_deadline"}, "sans nom"),
        ({"kind": "open_booking"}, "rien ne sait faire"),
    ],
)
def test_an_effect_that_does_not_say_all_it_needs_is_not_published(effect, word):
    wrong = changed("workflow/transitions/study", effects=[effect])
    (issue,) = errors(wrong, effects=known_effects())
    assert issue.place == "workflow/transitions/study"
    assert word in issue.text
    ProcedureDocument.model_validate(wrong)  # a version published before it was asked is still read


@pytest.mark.parametrize(
    "effect",
    [
        {"kind": "ask_opinion", "params": {"email": "parc@example.org"}},
        {"kind": "ask_opinion", "params": {"email": "parc@example.org", "name": "Parc", "question": "?", "days": 90}},
        {"kind": "assign", "params": {"to": "actor"}},
        {"kind": "call_webhook", "params": {"url": "https://example.org/cases"}},
        {"kind": "set_deadline", "deadline": "retour", "days": 1},
        {"kind": "close_deadline", "deadline": "silence"},
    ],
)
def test_an_effect_that_says_all_it_needs_is_published(effect):
    assert errors(changed("workflow/transitions/study", effects=[effect]), effects=known_effects()) == []


def test_a_loop_without_exit_is_an_error():
    start = changed("workflow/transitions/accept", target="studying")
    for gone in ("reject", "withdraw", "silence_accepts", "deliver"):
        start = remove(start, f"workflow/transitions/{gone}")
    assert "aucun chemin" in told(errors(start))["workflow/states/studying"]


def test_one_mistake_hides_no_other_and_accuses_nobody():
    start = changed("steps/home/fields/housing", kind="nonsense")  # conditions on it are not judged
    assert set(told(errors(start))) == {"steps/home/fields/housing"}
    again = put(start, "rules/2", {**get(start, "rules/2"), "field": "nope"})
    assert set(told(errors(again))) == {"steps/home/fields/housing", "rules/2"}
    flow = changed("workflow/states/studying", public=3)
    assert set(told(errors(flow))) == {"workflow/states/studying"}


NONSENSE = [
    None,
    3,
    [],
    "texte",
    {},
    {"steps": [3, None, {"fields": [3]}]},
    {"workflow": 3},
    {"rules": {}},
    {"notices": [1]},
    {"workflow": {"states": [[]], "transitions": "a"}},
]


@pytest.mark.parametrize("bad", NONSENSE)
def test_no_body_whatever_makes_the_checks_fail(bad):
    found = issues(bad)
    assert found
    assert all(issue.text and issue.level in {"error", "warning"} for issue in found)
    changes(bad, body())


def warnings(told_body):
    return told(issues(told_body), "warning")


def test_a_question_that_nothing_uses_is_asked_for_nothing():
    start = add(NEW, "steps/request/fields/colour", {"kind": "yesno", "label": "Aimez-vous le vert ?"})
    assert "demandé pour rien" in warnings(start)["steps/request/fields/colour"]
    used = put(start, "notices/accepted", {"title": "Oui", "body": "{{ colour }}"})
    assert "steps/request/fields/colour" not in warnings(used)
    said = put(start, "steps/request/fields/colour", {**get(start, "steps/request/fields/colour"), "used_for": "Stock"})
    assert "steps/request/fields/colour" not in warnings(said)


@pytest.mark.parametrize(
    ("text", "holder"),
    [
        ("Votre avis d’imposition", "impôts"),
        ("Avis d'impôt 2025", "impôts"),
        ("Justificatif de domicile", "Justif"),
        ("Extrait Kbis de moins de trois mois", "INSEE"),
        ("Extrait de casier judiciaire", "Justice"),
        ("Attestation CAF", "CAF"),
        ("Photo du jardin", ""),
        ("Avis du conseil municipal", ""),
    ],
)
def test_documents_that_another_administration_has(text, holder):
    assert holder in held_elsewhere(text)
    assert bool(held_elsewhere(text)) == bool(holder)


def test_documents_held_elsewhere_are_told():
    start = add(NEW, "steps/request/fields/tax", {"kind": "file", "label": "Avis d’imposition"})
    assert "L114-8" in warnings(start)["steps/request/fields/tax"]


def test_dead_states_and_buttons_nobody_presses():
    start = add(NEW, "workflow/states/lost", {"label": "Perdue", "public": "Perdue", "outcome": "closed"})
    button = {"label": "Perdre", "sources": ["received"], "target": "lost", "roles": ["system"]}
    start = add(start, "workflow/transitions/lose", button)
    assert errors(start) == []
    found = warnings(start)
    assert "état mort" in found["workflow/states/lost"]
    assert "Personne" in found["workflow/transitions/lose"]


def test_silence_that_nothing_records():
    start = put(
        NEW, "settings", {**get(NEW, "settings"), "silence": {"effect": "accept", "months": 2, "source": "CRPA"}}
    )
    assert "le silence" in warnings(start)["settings"].lower()


HARD = (
    "La présentation concomitante des justificatifs réglementaires conditionne irrévocablement l’instruction "
    "administrative approfondie préalablement à la contractualisation définitive des engagements réciproques, "
    "nonobstant dispositions contraires."
)


def test_reading_level_and_words_never_shown():
    found = warnings(put(NEW, "steps/request", {**get(NEW, "steps/request"), "intro": HARD}))
    assert "difficile" in found["steps/request"]
    for word in ("Les usagers", "ce téléservice", "dossier dématérialisé", "soumettre", "Soumis"):
        assert NEVER_SHOWN.search(word), word
    assert not NEVER_SHOWN.search("usage, usages, sous, somme")
    intro = "L’usager envoie sa demande."
    assert (
        "usager" in warnings(put(NEW, "steps/request", {**get(NEW, "steps/request"), "intro": intro}))["steps/request"]
    )


def test_the_index_of_plain_text_is_higher():
    plain = (
        "Le chat dort sur le lit. Il fait beau et chaud. Les enfants jouent dans la cour. Papa lit son journal. "
        "Maman chante dans la rue."
    )
    assert readability.measure(plain).ease > 80 > 30 > readability.measure(HARD).ease
    assert [readability.syllables(word) for word in ("chat", "porte", "habitant", "les", "école", "demandent")] == [
        1, 1, 3, 1, 2, 2,
    ]  # fmt: skip


# --- Comparing ------------------------------------------------------------------------------------------------------
def test_the_same_body_has_not_changed():
    assert changes(body(), deepcopy(body())) == []


def test_changes_are_told_in_words():
    after = rename(body(), "steps/home/fields/housing", "lodging")
    after = move(after, "steps/pickup/fields/remarks", -2)
    after = move(after, "steps/home/fields/tenant", 0, into="steps/person/fields")
    after = remove(after, "workflow/transitions/stop_waiting")
    after = add(after, "rules", {"when": eq("tenant", True), "then": "require", "field": "remarks"})
    after = put(after, "settings", {**get(after, "settings"), "announced_days": 15, "cost": ""})
    garden = "steps/home/fields/garden_size"
    after = put(after, garden, {**get(after, garden), "show": eq("tenant", False)})
    found = {(change.place, change.kind, change.what): (change.was, change.now) for change in changes(body(), after)}
    assert found == {
        ("settings", "changed", "délai annoncé"): ("10", "15"),
        ("settings", "changed", "cost"): ("De 15 € à 30 € selon le modèle, à payer au retrait.", ""),
        ("steps/home/fields/lodging", "changed", "identifiant"): ("housing", "lodging"),
        ("steps/home/fields/garden_size", "changed", "condition pour afficher"): (
            "« Type de logement » est « Maison avec jardin »",
            "« Êtes-vous locataire ? » est non",
        ),
        ("steps/person/fields/tenant", "moved", "étape"): ("Votre logement", "Vous"),
        ("steps/pickup/fields/remarks", "moved", ""): ("", ""),
        ("workflow/transitions/stop_waiting", "removed", ""): ("Reprendre sans attendre la réponse", ""),
        ("rules/3", "added", ""): (
            "",
            "Si « Êtes-vous locataire ? » est oui : « Quelque chose à ajouter ? » devient obligatoire",
        ),
    }


def test_a_scenario_that_changed_is_named_and_not_recited():
    after = deepcopy(body())
    told = after["scenarios"][0]
    told["starts_on"] = "2026-02-02"
    removed = after["scenarios"].pop()
    found = [(change.place, change.kind, change.title, change.what, change.now) for change in changes(body(), after)]
    assert found == [
        (f"scenarios/{removed['id']}", "removed", removed["title"], "", ""),
        (f"scenarios/{told['id']}", "changed", told["title"], "", ""),
    ]


# --- Conditions by choices ------------------------------------------------------------------------------------------
KNOWN = conditions.subjects(body(), communes=[("59360", "Locquignol"), ("59010", "Aulnoye-Aymeries")])
LINES = [
    ("housing", "eq", "house", "« Type de logement » est « Maison avec jardin »"),
    ("housing", "ne", "flat", "« Type de logement » n’est pas « Appartement »"),
    ("housing", "in", "house\nflat", "« Type de logement » fait partie de « Maison avec jardin » ou « Appartement »"),
    ("lives_here", "eq", "oui", ""),
    ("wishes", "contains", "start", ""),
    ("wishes", "lacks", "use", ""),
    ("tenant", "eq", "oui", "« Êtes-vous locataire ? » est oui"),
    ("tenant", "eq", "non", "« Êtes-vous locataire ? » est non"),
    ("garden_size", "ge", "12,5", ""),
    ("price", "lt", "20,5", "« À payer au retrait » est inférieur à 20,50 €"),
    ("price", "eq", "-0,5", "« À payer au retrait » est −0,50 €"),
    ("birth_date", "lt", "31/01/2000", "« Date de naissance » est avant le 31/01/2000"),
    ("birth_date", "le", "aujourd’hui", ""),
    ("birth_date", "gt", "aujourd’hui - 18 ans", ""),
    ("birth_date", "older", "18", ""),
    ("birth_date", "younger", "18", ""),
    ("bins", "lines_ge", "2", ""),
    ("bins", "lines_lt", "2", ""),
    ("proof", "is_filled", "", ""),
    ("address.commune", "eq", "59360", ""),
    ("address.commune", "in", "59360\n59010", ""),
    ("address.postcode", "eq", "59530", ""),
    ("remarks", "is_empty", "", ""),
    (
        "garden_size",
        "ge_of",
        "household_size",
        "« Surface du jardin, en mètres carrés » est au moins « Nombre de personnes au foyer »",
    ),
    ("birth_date", "gt_of", "pickup_on", ""),
]


@pytest.mark.parametrize(("name", "comparison", "typed", "said"), LINES)
def test_a_line_becomes_an_expression_and_comes_back(name, comparison, typed, said):
    made = conditions.line(KNOWN[name], comparison, typed, KNOWN)
    assert conditions.read(made, KNOWN) == ("all", [{"field": name, "op": comparison, "value": typed}])
    assert errors(changed("rules/2", when=made)) == []
    sentence = conditions.told(made, conditions.names_of(body()))
    assert not said or sentence.replace("\xa0", " ") == said
    assert sentence.startswith(("« ", "la commune de « ", "le code postal de « ", "l’âge", "le nombre", "il est faux"))


def test_every_comparison_that_is_proposed_is_tried():
    tried = {(KNOWN[name].kind, comparison) for name, comparison, *_rest in LINES}
    common = {"eq", "ne", "lt", "le", "gt", "ge", "is_filled", "is_empty"}
    proposed = {(one.kind, name) for one in KNOWN.values() for name, _words in one.comparisons if name not in common}
    with_another = {(kind, name) for kind, name in proposed if conditions.is_of_another(name)}
    assert proposed - with_another <= tried
    assert {kind for kind, _name in with_another} == {"number", "amount", "date"}


@pytest.mark.parametrize("comparison", [name for name in conditions.COMPARISONS if conditions.is_of_another(name)])
def test_every_comparison_with_another_answer_comes_back(comparison):
    made = conditions.line(KNOWN["birth_date"], comparison, "pickup_on", KNOWN)
    assert conditions.read(made, KNOWN) == (
        "all",
        [{"field": "birth_date", "op": comparison, "value": "pickup_on"}],
    )


@pytest.mark.parametrize("other", ["", "nope", "price", "birth_date"])
def test_one_compares_with_another_answer_of_the_same_kind(other):
    with pytest.raises(conditions.BadLine, match="autre réponse"):
        conditions.line(KNOWN["birth_date"], "lt_of", other, KNOWN)


@pytest.mark.parametrize(("mode", "op"), [("all", "and"), ("any", "or")])
def test_lines_are_joined(mode, op):
    made = conditions.expression(
        mode, [conditions.line(KNOWN[name], how, typed, KNOWN) for name, how, typed, _said in LINES]
    )
    assert made["op"] == op
    assert conditions.read(made, KNOWN) == (mode, [{"field": n, "op": o, "value": v} for n, o, v, _said in LINES])


@pytest.mark.parametrize(
    ("name", "comparison", "typed"),
    [
        ("housing", "gt", "house"),
        ("housing", "eq", "castle"),
        ("housing", "eq", "house\nflat"),
        ("housing", "in", ""),
        ("housing", "in", "house\ncastle"),
        ("garden_size", "ge", "beaucoup"),
        ("garden_size", "ge", "1e400"),
        ("garden_size", "ge", "nan"),
        ("garden_size", "ge", "-Infinity"),
        ("garden_size", "ge", "9" * 30),
        ("price", "ge", "-"),
        ("price", "ge", "Infinity"),
        ("birth_date", "lt", "31/02/2026"),
        ("birth_date", "lt", "31/12/1500"),
        ("birth_date", "older", "1e3"),
        ("bins", "lines_ge", "nan"),
        ("remarks", "eq", " "),
        ("remarks", "eq", "a\0b"),
        ("proof", "eq", "a"),
    ],
)
def test_a_line_that_says_nothing_is_refused_in_a_sentence(name, comparison, typed):
    with pytest.raises(conditions.BadLine, match=r"\w+ \w+"):
        conditions.line(KNOWN[name], comparison, typed)


def test_only_what_is_answered_may_be_chosen():
    assert {"big_garden", "nope"}.isdisjoint(KNOWN)


@pytest.mark.parametrize(
    "expr",
    [
        3,
        {"op": "and", "args": 3},
        {"op": "eq", "args": [None, None]},
        {"op": "eq", "args": [{"field": "housing"}, "house"]},
        {"op": "ge", "args": [{"op": "age", "args": [3]}, {"value": 18}]},
        {"op": "ge", "args": [{"op": "age", "args": ["birth_date"]}, 18]},
        {"op": "is_filled", "args": [{"field": ["housing"]}]},
        {"op": "date_add", "args": [{"today": True}]},
        {"op": "not", "args": [{"op": "or", "args": [{"field": "tenant"}, {"field": "proof"}]}]},
        {"op": "eq", "args": [{"field": "nope"}, {"value": 3}]},
        {"op": "eq", "args": [{"field": "remarks"}, {"value": 3}]},  # a number is not a text
        {"op": "eq", "args": [{"field": "price"}, {"value": 45.5}]},  # half a cent cannot be typed
        {"op": "lt", "args": [{"field": "birth_date"}, {"field": "price"}]},
    ],
)
def test_what_lines_cannot_say_is_left_alone_and_told(expr):
    assert conditions.read(expr, KNOWN) is None
    assert conditions.told(expr, conditions.names_of(body()))


def test_an_answer_that_is_gone_stays_to_be_mended():
    gone = {"op": "eq", "args": [{"field": "housing"}, {"value": "castle"}]}
    assert conditions.read(gone, KNOWN) == ("all", [{"field": "housing", "op": "eq", "value": "castle"}])


def test_an_answer_is_known_by_its_key_before_the_words_of_another():
    crossed = conditions.Subject("x", "X", "choice", (("b", "A"), ("a", "B")))
    assert conditions.line(crossed, "eq", "a")["args"][1] == {"value": "a"}
    assert conditions.line(crossed, "eq", "À")["args"][1] == {"value": "b"}


@pytest.mark.parametrize("bad", NONSENSE)
def test_no_body_whatever_makes_conditions_fail(bad):
    assert conditions.subjects(bad).keys() <= {"None"}
    assert conditions.told({"field": "x"}, conditions.names_of(bad)) == "x"
