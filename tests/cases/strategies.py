"""Random answers and commands for the engine: well-formed, mistaken and hostile alike."""

from datetime import date
from typing import Any

from hypothesis import strategies as st

from bocage.cases.engine import AnswerCorrection, Clock, Command, Move, Submit, Withdraw
from bocage.cases.engine.tables import columns_of
from bocage.cases.schema import FormField, ProcedureDocument, Transition

NASTY = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=40),
    st.lists(st.text(max_size=5), max_size=4),
    st.dictionaries(st.text(max_size=8), st.one_of(st.text(max_size=8), st.integers(), st.none()), max_size=4),
)


def good(field: FormField) -> st.SearchStrategy[Any]:
    """Answers that a person could well give."""
    if field.kind in {"choice", "choices"}:
        one = st.sampled_from([option.value for option in field.options])
        return one if field.kind == "choice" else st.lists(one, max_size=3)
    by_kind: dict[str, st.SearchStrategy[Any]] = {
        "number": st.integers(0, 1000).map(str),
        "amount": st.integers(0, 100_000),
        "date": st.dates(date(1900, 1, 1), date(2027, 1, 1)).map(lambda day: day.strftime("%d/%m/%Y")),
        "email": st.just("marcelle@example.org"),
        "phone": st.just("03 53 01 00 12"),
        "yesno": st.sampled_from(["oui", "non"]),
        "statement": st.sampled_from(["oui", ""]),
        "address": st.just({"line": "1 rue des Haies", "commune": "59353"}),
        "organisation": st.just({"name": "Les Amis du bocage", "number": ""}),
        "file": st.lists(st.sampled_from(["a" * 32, "b" * 32]), max_size=2),
        "group": st.lists(st.fixed_dictionaries({inner.id: good(inner) for inner in field.fields}), max_size=2),
        "appointment": st.just({"way": "call", "details": ""}),
        "payment": st.just({"way": "counter", "details": ""}),
        "signatures": st.just([{"name": "Paul Martin", "email": "paul@example.org", "phone": ""}]),
        "household_person": st.just({"given_names": "Léa", "birth_name": "Martin", "birth_date": "03/05/2017"}),
        "place": st.fixed_dictionaries({"commune": st.sampled_from(["59353", ""]), "description": st.just("Ici")}),
        "amounts_table": tables(field),
    }
    return by_kind.get(field.kind, st.text("abcdé ", min_size=1, max_size=30))


def tables(field: FormField) -> st.SearchStrategy[dict[str, Any]]:
    """Tables of amounts, most of them readable."""
    cents = st.one_of(st.integers(0, 10**6), st.just(""), st.just("12,50"))
    amounts = st.fixed_dictionaries({column.id: cents for column in field.columns})
    free = st.fixed_dictionaries({"label": st.sampled_from(["", "Divers"]), "amounts": amounts})
    lines = {line.id: st.fixed_dictionaries(dict.fromkeys(columns_of(field, line), cents)) for line in field.lines}
    return st.fixed_dictionaries({"lines": st.fixed_dictionaries(lines), "free": st.lists(free, max_size=2)})


def answers(document: ProcedureDocument) -> st.SearchStrategy[dict[str, Any]]:
    """Answers to some of the fields, some of them nonsense, with forged ids among them."""
    known: dict[str, st.SearchStrategy[Any]] = {
        field.id: st.one_of(good(field), good(field), good(field), NASTY) for field in document.by_id.values()
    }
    known |= {q.id: st.sampled_from([o.value for o in q.options] + ["?"]) for q in document.eligibility}
    return st.builds(
        lambda told, forged: told | forged,
        st.fixed_dictionaries({}, optional=known),
        st.dictionaries(st.text("abc_", min_size=1, max_size=6), NASTY, max_size=2),
    )


def commands(document: ProcedureDocument) -> st.SearchStrategy[Command]:
    """Any command, possible or not."""
    ids = st.sampled_from([*document.by_id, "nope"])
    return st.one_of(
        st.builds(
            Submit,
            answers(document),
            st.dates(date(2026, 1, 1), date(2026, 4, 1)),
            st.booleans(),
        ),
        st.builds(
            Move,
            st.sampled_from([*(item.id for item in document.workflow.transitions), "nope"]),
            st.sampled_from(["agent", "manager", "applicant", "system"]),
            reason=st.text(max_size=10),
            agent_values=answers(document),
            fields=st.lists(ids, max_size=3).map(tuple),
            message=st.text(max_size=10),
            due_days=st.integers(-10, 10_000),
        ),
        st.builds(AnswerCorrection, answers(document)),
        st.builds(Withdraw, st.text(max_size=10)),
        st.just(Clock()),
    )


def fitting_move(document: ProcedureDocument, transition: Transition) -> st.SearchStrategy[Move]:
    """A button pressed by someone who may, with what it asks for: reason, message, what to correct, agents' fields."""
    askable = [key for key, field in document.by_id.items() if field.asks and not field.agent]
    soon = st.dates(date(2026, 3, 10), date(2026, 12, 31)).map(date.isoformat)
    agents = {
        key: soon if field.kind == "date" else good(field)
        for key, field in document.by_id.items()
        if field.agent and field.asks
    }
    return st.builds(
        Move,
        st.just(transition.id),
        st.sampled_from(transition.roles),
        reason=st.just("Parce que."),
        agent_values=st.fixed_dictionaries(agents),
        fields=st.lists(st.sampled_from(askable), min_size=1, max_size=3, unique=True).map(tuple)
        if askable
        else st.just(()),
        message=st.just("Voyez cette réponse."),
        due_days=st.integers(1, 60),
    )


@st.composite
def histories(draw: st.DrawFn, document: ProcedureDocument, size: int = 8) -> list[Command]:
    """Commands to a case just filed, most of them possible where the one before leads: a walk through the workflow.

    Drawn one by one, commands hardly ever follow one another two roads deep (ask, then stop waiting for the answer).
    """
    state, history = document.workflow.initial, []
    for _ in range(draw(st.integers(1, size))):
        roads = [item for item in document.workflow.transitions if state in item.sources and item.roles != ("system",)]
        if roads and draw(st.sampled_from([True, True, True, True, True, True, True, False])):
            taken = draw(st.sampled_from(roads))
            history.append(draw(fitting_move(document, taken)))
            state = taken.target
        else:
            history.append(draw(commands(document)))
    return history
