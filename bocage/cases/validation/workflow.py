"""States and buttons: each exists, leads somewhere, and comes to an end."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from bocage.cases.validation import triggers
from bocage.cases.validation.problem import Problem

if TYPE_CHECKING:
    from bocage.cases.schema import ProcedureDocument, State, Transition


def workflow_problems(document: "ProcedureDocument") -> Iterator[Problem]:
    """What is wrong with the life of a case."""
    workflow = document.workflow
    states = {state.id: state for state in workflow.states}
    if workflow.initial not in states:
        yield Problem("workflow", f"L’état de départ « {workflow.initial} » n’existe pas : choisissez-en un autre.")
    for name, ids in (("states", workflow.states), ("transitions", workflow.transitions)):
        for key, count in Counter(item.id for item in ids).items():
            if count > 1:
                yield Problem(f"workflow/{name}/{key}", f"L’identifiant {key} sert deux fois : renommez l’un des deux.")
    for item in workflow.transitions:
        place = f"workflow/transitions/{item.id}"
        for state_id in dict.fromkeys((*item.sources, item.target)):
            if state_id not in states:
                text = f"« {item.label} » parle de l’état « {state_id} », qui n’existe pas : choisissez-en un autre."
                yield Problem(place, text)
        if item.algorithmic and document.algorithm is None:
            text = f"« {item.label} » décide par une règle ou un score : dites lequel dans « algorithm »."
            yield Problem(place, text)
        target = states.get(item.target)
        if target is None:
            continue
        if any(effect.kind == "ask_correction" for effect in item.effects):
            if target.final or target.waiting_for != "applicant":
                text = f"« {item.label} » demande une correction : son état d’arrivée attend la personne. Changez-le."
                yield Problem(place, text)
            if "system" in item.roles:
                yield Problem(place, f"« {item.label} » demande une correction : une personne le fait, pas le temps.")
        yield from _overdue(document, item, target)
        for effect in item.effects:
            for key in effect.fields:
                told = document.by_id.get(key)
                if effect.kind != "ask_correction" or told is None or told.agent or not told.asks:
                    text = f"« {item.label} » coche d’avance « {key} », que personne ne peut corriger : enlevez-le."
                    yield Problem(place, text)
            if effect.due_of and not _is_date(document, effect.due_of):
                text = f"« {item.label} » fixe une échéance à la date de « {effect.due_of} », qui n’est pas une date."
                yield Problem(place, f"{text} Choisissez une autre réponse, ou un nombre de jours.")
        for source in item.sources:
            if source in states and states[source].final:
                yield Problem(
                    place, f"« {item.label} » part de « {states[source].label} », où la demande est finie : enlevez-le."
                )
    yield from _roads(document, states)


def _overdue(document: "ProcedureDocument", item: "Transition", target: "State") -> Iterator[Problem]:
    """What a deadline that passes may take: nothing that decides. Silence alone does (CRPA L231-1, L231-4)."""
    if "system" not in item.roles or not item.id.startswith(triggers.OVERDUE):
        return
    place = f"workflow/transitions/{item.id}"
    if not triggers.overdue_kind(item.id, triggers.deadline_kinds(document)):
        text = f"« {item.label} » attend une échéance que rien ne fixe : ajoutez-la à un bouton, ou choisissez-en une."
        yield Problem(place, text)
    if item.decision or target.outcome in {"accepted", "rejected"}:
        text = f"« {item.label} » : une échéance qui passe n’accepte ni ne refuse. Menez à un état sans décision."
        yield Problem(place, text)


def _is_date(document: "ProcedureDocument", field_id: str) -> bool:
    field = document.by_id.get(field_id)
    return field is not None and (field.result if field.kind == "computed" else field.kind) == "date"


def _roads(document: "ProcedureDocument", states: Mapping[str, "State"]) -> Iterator[Problem]:
    """States that nothing leads to, or that nothing ends."""
    workflow = document.workflow
    onward: dict[str, set[str]] = {state_id: set() for state_id in states}
    back: dict[str, set[str]] = {state_id: set() for state_id in states}
    for item in workflow.transitions:
        for source in item.sources:
            if source in states and item.target in states:
                onward[source].add(item.target)
                back[item.target].add(source)
    reached = _spread(onward, [workflow.initial] if workflow.initial in states else [])
    ending = _spread(back, [state_id for state_id, state in states.items() if state.final])
    for state in states.values():
        place = f"workflow/states/{state.id}"
        if state.id not in reached:
            text = f"Aucun bouton ne mène à l’état « {state.label} » : ajoutez-en un, ou enlevez l’état."
            yield Problem(place, text)
        if not state.final and not onward[state.id]:
            yield Problem(
                place,
                f"On ne sort jamais de l’état « {state.label} » : ajoutez un bouton, ou dites que la demande y finit.",
            )
        elif state.id not in ending:
            text = (
                f"De l’état « {state.label} », aucun chemin ne mène à une fin : ajoutez un bouton vers un état final."
            )
            yield Problem(place, text)


def _spread(graph: Mapping[str, set[str]], begin: list[str]) -> set[str]:
    """All that can be reached."""
    reached, waiting = set(begin), list(begin)
    while waiting:
        for found in graph[waiting.pop()] - reached:
            reached.add(found)
            waiting.append(found)
    return reached
