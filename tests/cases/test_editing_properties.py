"""No sequence of edits breaks the checks, and none of edits, answers and commands breaks the engine (issue 3)."""

from copy import deepcopy
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bocage.cases.editing import conditions, files
from bocage.cases.editing.checks import Issue, errors, issues
from bocage.cases.editing.compare import changes
from bocage.cases.editing.edits import BadEdit, add, get, move, places, put, remove, rename
from bocage.cases.editing.skeleton import skeleton
from bocage.cases.engine import CaseState, Moment, Refused, Submit, apply, evaluate_form
from bocage.cases.scenarios import run_all
from bocage.cases.schema import EffectKind, FieldKind, ProcedureDocument
from bocage.cases.validation import NOTICE_VARIABLES
from tests.cases.factories import ANSWERS, body
from tests.cases.strategies import answers, histories

QUICK = settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
NEW = skeleton("broyeur", title="Réserver un broyeur", service="waste")
MOMENT = Moment(datetime(2026, 3, 10, 9, 30, tzinfo=UTC), date(2026, 3, 10))

KINDS = st.sampled_from(FieldKind.__args__)
IDS = st.sampled_from(["housing", "tenant", "model", "wish", "email", "bins", "fresh", "other", "received", "accepted"])
JUNK = st.one_of(st.none(), st.booleans(), st.integers(-3, 400), st.sampled_from(["", "oui", "today", "{{ nope }}"]))


def conditions_on():
    leaf = st.one_of(
        st.builds(lambda name: {"op": "is_filled", "args": [{"field": name}]}, IDS),
        st.builds(
            lambda name, value: {"op": "eq", "args": [{"field": name}, {"value": value}]},
            IDS,
            st.sampled_from(["house", "oui", True, 3]),
        ),
        st.builds(lambda name: {"op": "gt", "args": [{"field": name}, {"value": 3}]}, IDS),
        st.just({"value": True}),
        JUNK,
    )
    joined = st.builds(
        lambda op, args: {"op": op, "args": args}, st.sampled_from(["and", "or"]), st.lists(leaf, max_size=3)
    )
    return st.one_of(leaf, joined)


SOMETIMES = {
    "agent": [True],
    "sensitive": [True],
    "required": [False],
    "role": ["email", "address", "birth_date"],
    "was": [["tenant"], ["zzz"]],
}
SCENARIO_STEPS = [
    {"do": "submit"},
    {"do": "wait", "days": 3},
    {"do": "expect", "state": "received"},
    {"do": "fill", "values": {"wish": "Un broyeur"}},
    {"do": "press", "button": "gone"},
    {"do": "x"},
]


@st.composite
def items(draw, kind, known):
    """A part as an editor could make it: often sound, sometimes unfinished, sometimes nonsense."""
    if draw(st.integers(0, 12)) == 0:
        return draw(st.dictionaries(st.sampled_from(["id", "label", "fields", "kind", "when"]), JUNK, max_size=3))
    match kind:
        case "fields":
            field = {"kind": draw(KINDS), "label": draw(st.sampled_from(["Un champ", "Avis d’imposition", ""]))}
            if field["kind"] in {"choice", "choices"}:
                count = draw(st.integers(0, 3))
                field["options"] = [{"value": f"v{number}", "label": "Oui"} for number in range(count)]
            if field["kind"] == "group":
                field["fields"] = [{"id": "inner", "kind": draw(KINDS), "label": "Dedans"}]
            if field["kind"] == "computed":
                field |= {
                    "compute": draw(conditions_on()),
                    "result": draw(st.sampled_from(["yesno", "number", "text"])),
                }
            if draw(st.booleans()):
                field["show"] = draw(conditions_on())
            for key in ("minimum", "maximum"):
                if draw(st.integers(0, 4)) == 0:
                    field[key] = draw(
                        st.sampled_from(["3", "x", "today", "2026-01-31", "today-9999y", "1e9999", "NaN"])
                    )
            for key, values in SOMETIMES.items():
                if draw(st.integers(0, 5)) == 0:
                    field[key] = draw(st.sampled_from(values))
            return field
        case "steps":
            return {"title": "Étape", "fields": [], **({"show": draw(conditions_on())} if draw(st.booleans()) else {})}
        case "rules":
            then = draw(st.sampled_from(["show", "require", "forbid"]))
            return {
                "when": draw(conditions_on()),
                "then": then,
                "field": draw(IDS),
                "reason": draw(st.sampled_from(["", "Non"])),
            }
        case "eligibility":
            options = [{"value": "oui", "label": "Oui"}, {"value": "non", "label": "Non"}]
            return {"label": "Question", "options": options, "refuse": draw(conditions_on()), "reason": "Non"}
        case "states":
            waits = draw(st.sampled_from(["agent", "applicant", "other", "nobody"]))
            outcome = draw(st.sampled_from(["", "accepted", "rejected", "closed"]))
            return {"label": "État", "public": "État", "waiting_for": waits, "outcome": outcome}
        case "transitions":
            state = st.sampled_from([*known["states"], "gone"])
            effect = st.builds(
                lambda effect_kind, notice: {"kind": effect_kind, "notice": notice, "deadline": "silence", "days": 3},
                st.sampled_from(EffectKind.__args__),
                st.sampled_from(["receipt", "accepted", "gone"]),
            )
            roles = st.lists(
                st.sampled_from(["agent", "manager", "applicant", "system", "reception"]), max_size=3, unique=True
            )
            button = {
                "label": "Bouton",
                "sources": draw(st.lists(state, max_size=3)),
                "target": draw(state),
                "roles": draw(roles),
                "decision": draw(st.booleans()),
                "effects": draw(st.lists(effect, max_size=2)),
            }
            return button | ({"guard": draw(conditions_on())} if draw(st.booleans()) else {})
        case "notices":
            name = draw(st.sampled_from([*sorted(NOTICE_VARIABLES), "wish", "gone"]))
            return {"title": "Avis", "body": draw(st.sampled_from([f"{{{{ {name} }}}}", "{{ x", "Les usagers."]))}
        case "tables":
            return {"columns": {"price": "number"}, "rows": {"a": {"price": draw(JUNK)}}}
        case "scenarios":
            step = st.sampled_from(SCENARIO_STEPS)
            return {"title": "Histoire", "steps": draw(st.lists(step, max_size=4))}
    return {draw(st.sampled_from(["title", "minutes", "announced_days", "colour", "initial"])): draw(JUNK)}


COLLECTIONS = ["eligibility", "steps", "steps/request/fields", "steps/home/fields", "rules", "workflow/states",
               "workflow/transitions", "notices", "tables", "scenarios"]  # fmt: skip


@st.composite
def edited(draw, size=10):
    """A body after some edits, those that make no sense refused."""
    told = deepcopy(draw(st.sampled_from([NEW, body()])))
    for _number in range(draw(st.integers(1, size))):
        here = places(told)
        known = {"states": [place.rpartition("/")[2] for place in here if place.startswith("workflow/states/")]}
        place = draw(st.sampled_from(here))
        kind = place.split("/")[-2] if "/" in place else place
        act = draw(st.sampled_from(["add", "add", "put", "put", "key", "remove", "move", "rename"]))
        try:
            if act == "add":
                where = draw(st.sampled_from(COLLECTIONS))
                where += "" if where == "rules" else f"/{draw(IDS)}"
                told = add(told, where, draw(items((where.split("/")[-2] if "/" in where else where), known)))
            elif act == "put":
                told = put(told, place, draw(items(kind, known)))
            elif act == "key":
                told = put(told, place, {**get(told, place), **draw(items(kind, known))})
            elif act == "remove":
                told = remove(told, place)
            elif act == "move":
                told = move(told, place, draw(st.integers(-3, 3)))
            else:
                told = rename(told, place, draw(IDS))
        except BadEdit:
            continue
    return told


@pytest.mark.slow
@QUICK
@given(edited())
def test_no_sequence_of_edits_breaks_the_checks(told):
    found = issues(told)
    assert all(isinstance(issue, Issue) and issue.text and issue.place for issue in found)
    sound = not [issue for issue in found if issue.level == "error"]
    try:
        document = ProcedureDocument.model_validate(told)
    except ValueError:
        assert not sound, "the checks see every error that keeps it from being published"
    else:
        assert sound, [issue for issue in found if issue.level == "error"]
        assert all(report.reason or report.passed for report in run_all(document))
    # What the pages of the editor show bears any body.
    changes(NEW, told)
    changes(told, body())
    for rule in told.get("rules", []):
        names, known = conditions.names_of(told), conditions.subjects(told)
        assert conditions.told(rule.get("when"), names) or rule.get("when") is None
        conditions.read(rule.get("when"), known)
    kept = files.storable(told)
    assert files.write(kept) == files.write(files.storable(kept))


def sound_changes():
    """Bodies that were edited and could be published."""
    return edited(size=4).filter(lambda told: not errors(told))


def invariants(document, case):
    states = {state.id: state for state in document.workflow.states}
    if case.is_draft:
        return
    state = states[case.state]
    running = [item for item in case.deadlines if not item.closed]
    assert len({item.kind for item in running}) == len(running)
    assert case.correction is None or state.waiting_for == "applicant"
    assert not (state.final and running)
    assert not any(document.by_id[key].agent for key in case.answers if key in document.by_id)
    assert case.received_on is not None


@pytest.mark.slow
@settings(QUICK, max_examples=60)
@given(st.data())
def test_no_sequence_of_edits_answers_and_commands_breaks_the_engine(data):
    document = ProcedureDocument.model_validate(data.draw(sound_changes()))
    typed = data.draw(answers(document))
    form = evaluate_form(document, typed, MOMENT)
    assert evaluate_form(document, form.values, MOMENT).values == form.values
    case = CaseState()
    wanted = {**ANSWERS, "proof": ["a" * 32], "wish": "Un broyeur", **typed}
    try:
        case = apply(document, case, Submit(wanted, MOMENT.today, allow_incomplete=True), MOMENT).case
    except Refused:
        return
    invariants(document, case)
    for number, command in enumerate(data.draw(histories(document, size=6))):
        later = timedelta(days=9 * number)
        moment = Moment(MOMENT.now + later, MOMENT.today + later)
        before = case
        try:
            result = apply(document, case, command, moment)
        except Refused:
            continue
        case = result.case
        final = not before.is_draft and document.workflow.state(before.state).final
        assert not final or case.state == before.state, "a closed case never moves"
        invariants(document, case)


@pytest.mark.parametrize("start", [NEW, body()], ids=["new", "composter"])
def test_a_body_renamed_all_over_is_the_same_procedure(start):
    """Every field under another name: the same scenarios pass."""
    told = deepcopy(start)
    for place in [place for place in places(told) if "/fields/" in place and place.count("/fields/") == 1]:
        told = rename(told, place, f"{place.rpartition('/')[2]}_x"[:40])
    assert errors(told) == []
    document = ProcedureDocument.model_validate(told)
    assert [report for report in run_all(document) if not report.passed] == []
