"""What is wrong with a procedure being written, or unwise, and where: for the pages of the editor.

Parts are read one by one, each remembered by its text: a mistake in one field neither hides those of the others nor
makes the whole document be read again at each save.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Literal

from django.utils.translation import gettext as _
from pydantic import BaseModel, ValidationError, create_model

from bocage.base.expressions import parse
from bocage.cases.editing import Body
from bocage.cases.editing.advice import advice
from bocage.cases.editing.places import COMPOUND, ID
from bocage.cases.editing.sentences import sentence
from bocage.cases.schema import (
    DataTable,
    FormField,
    NoticeText,
    ProcedureDocument,
    PublicList,
    Question,
    Rule,
    Silence,
    State,
    Step,
    Transition,
    Workflow,
)
from bocage.cases.schema_parts import MAX_SCENARIOS, DocumentText, Scenario, Strict
from bocage.cases.validation import Unread, problems
from bocage.cases.validation.effects import effect_problems

_FALSE = parse({"value": False})
Level = Literal["error", "warning"]


@dataclass(frozen=True)
class Issue:
    """Something to mend (``error``: not published) or to think about (``warning``), in French, at its place."""

    place: str
    level: Level
    text: str


def issues(body: Body, *, effects: Collection[str] | None = None, warnings: bool = True) -> list[Issue]:
    """Every problem of a body, errors first, in the order of the document; never raises, whatever the body.

    ``effects``: the effects that the installed apps perform (``operations.effects.known_effects()``); others are then
    errors, and what they need is asked. A body without errors is one that ``ProcedureDocument`` accepts.
    """
    return examine(body, effects=effects, warnings=warnings)[0]


def examine(
    body: Body, *, effects: Collection[str] | None = None, warnings: bool = True
) -> tuple[list[Issue], ProcedureDocument]:
    """The issues, and the document as far as it can be read (see ``readable``), in one reading."""
    reading = _Reading()
    document = reading.document(body)
    found = list(reading.found)
    seen = {(issue.place, issue.text) for issue in found}
    for problem in problems(document, reading.unread):
        if (problem.place, problem.text) not in seen:
            seen.add((problem.place, problem.text))
            found.append(Issue(problem.place, "error", problem.text))
    if effects is not None:
        found += [Issue(one.place, "error", one.text) for one in effect_problems(document, effects)]
    if warnings:
        found += [Issue(place, "warning", text) for place, text in advice(document, reading.unread)]
    return found, document


def errors(body: Body, *, effects: Collection[str] | None = None) -> list[Issue]:
    """Only what keeps it from being published."""
    return issues(body, effects=effects, warnings=False)


def readable(body: Body) -> ProcedureDocument:
    """The document as far as it can be read: unreadable parts are left out.

    Preview it only where ``errors`` finds none: the engine rests on what they say (fields in a circle, states gone).
    """
    return _Reading().document(body)


def damages(body: Body) -> list[Issue]:
    """What no editor makes: unknown keys and words, wrong shapes. Not what is merely unfinished."""
    reading = _Reading()
    reading.document(body)
    return reading.damaged


@cache
def _settings_model() -> type[BaseModel]:
    """The keys of a document that have no place of their own, with the types the schema gives them."""
    fields: Any = {
        name: (info.rebuild_annotation(), info)
        for name, info in ProcedureDocument.model_fields.items()
        if name not in COMPOUND
    }
    made: type[BaseModel] = create_model("Settings", __base__=Strict, **fields)
    return made


_MODELS: Mapping[str, type[BaseModel]] = {
    "eligibility": Question,
    "steps": Step,
    "fields": FormField,
    "rules": Rule,
    "workflow": Workflow,
    "states": State,
    "transitions": Transition,
    "notices": NoticeText,
    "tables": DataTable,
    "documents": DocumentText,
    "public_list": PublicList,
    "scenarios": Scenario,
}


_UNFINISHED = {"value_error", "missing", "string_too_short", "too_short", "string_too_long"}
"""What pydantic finds in a part that is only being written."""


@lru_cache(maxsize=20_000)
def _part(kind: str, text: str) -> tuple[Any, tuple[tuple[str, bool], ...]]:
    """A part read from its JSON: the model, or None and what is wrong with it, in French; true where it is damage."""
    model = _settings_model() if kind == "settings" else _MODELS[kind]
    try:
        return model.model_validate(json.loads(text)), ()
    except ValidationError as error:
        told = error.errors(include_url=False)
        return None, tuple(dict.fromkeys((sentence(item), item["type"] not in _UNFINISHED) for item in told))
    except RecursionError:
        return None, ((_("Cette partie est trop imbriquée pour être lue. Récrivez-la plus simplement."), True),)


class _Reading:
    """One reading of a body: what could be read, and what was found wrong on the way."""

    def __init__(self) -> None:
        self.found: list[Issue] = []
        self.damaged: list[Issue] = []
        self.names: set[str] = set()
        self.tables: set[str] = set()
        self.notices: set[str] = set()
        self.documents: set[str] = set()
        self.workflow = False

    @property
    def unread(self) -> Unread:
        return Unread(
            frozenset(self.names),
            frozenset(self.tables),
            frozenset(self.notices),
            self.workflow,
            frozenset(self.documents),
        )

    def wrong(self, place: str, text: str, *, damage: bool = False) -> None:
        self.found.append(Issue(place, "error", text))
        if damage:
            self.damaged.append(self.found[-1])

    def part(self, kind: str, value: Any, place: str) -> Any:
        try:
            text = json.dumps(value, sort_keys=True, ensure_ascii=False)
        except (TypeError, ValueError, RecursionError):
            self.wrong(place, _("Cette partie n’est pas lisible. Récrivez-la."), damage=True)
            return None
        made, told = _part(kind, text)
        for words, damage in told:
            self.wrong(place, words, damage=damage)
        return made

    def document(self, body: Body) -> ProcedureDocument:
        if not isinstance(body, dict):
            self.wrong("settings", _("Une démarche est un objet, avec ses clés."), damage=True)
            body = {}
        settings = self.part("settings", {key: body[key] for key in body if key not in COMPOUND}, "settings")
        told = {name: getattr(settings, name) for name in type(settings).model_fields} if settings is not None else {}
        told.setdefault("silence", Silence(effect="none"))
        for name in ("slug", "title", "summary", "service", "remedies", "intro", "cost", "legal_basis"):
            told.setdefault(name, "")
        listed = body.get("public_list")
        questions = self.items("eligibility", body.get("eligibility", []), "eligibility", self.names)
        steps = tuple(self.steps(body.get("steps", [])))
        if not steps and not self.found_at("steps"):
            self.wrong("steps", _("Une démarche a au moins une étape : ajoutez-en une."))
        return ProcedureDocument.model_construct(
            **told,
            eligibility=tuple(made for made in questions if made is not None),
            steps=steps,
            rules=self.rules(body.get("rules", [])),
            workflow=self.flow(body.get("workflow")),
            notices=self.mapping("notices", body.get("notices", {}), self.notices),
            tables=self.mapping("tables", body.get("tables", {}), self.tables),
            documents=self.mapping("documents", body.get("documents", {}), self.documents),
            public_list=self.part("public_list", listed, "public_list") if listed is not None else None,
            scenarios=self.scenarios(body.get("scenarios", [])),
        )

    def found_at(self, place: str) -> bool:
        return any(issue.place == place or issue.place.startswith(f"{place}/") for issue in self.found)

    def listed(self, value: Any, place: str) -> list[Any]:
        if isinstance(value, list):
            return value
        self.wrong(place, _("Une liste est attendue ici."), damage=True)
        return []

    def items(self, kind: str, value: Any, place: str, unread: set[str] | None = None) -> list[Any]:
        """The parts of a list, None where one cannot be read."""
        made = []
        for index, item in enumerate(self.listed(value, place)):
            key = item.get("id") if isinstance(item, dict) else None
            part = self.part(kind, item, f"{place}/{key}" if isinstance(key, str) and key else f"{place}/{index}")
            if part is None and unread is not None and isinstance(key, str):
                unread.add(key)
            made.append(part)
        return made

    def steps(self, value: Any) -> Iterator[Step]:
        for index, item in enumerate(self.listed(value, "steps")):
            key = item.get("id") if isinstance(item, dict) else None
            place = f"steps/{key}" if isinstance(key, str) and key else f"steps/{index}"
            if not isinstance(item, dict):
                self.part("steps", item, place)
                continue
            shell = self.part("steps", {**item, "fields": []}, place)
            if "fields" not in item:
                self.wrong(place, _("Il manque ici la liste des champs : écrivez-la, même vide."))
            fields = self.items("fields", item.get("fields", []), f"{place}/fields", self.names)
            kept = tuple(field for field in fields if field is not None)
            if shell is None:
                self.names |= {field.id for field in kept}
                continue
            yield Step.model_construct(id=shell.id, title=shell.title, intro=shell.intro, show=shell.show, fields=kept)

    def rules(self, value: Any) -> tuple[Rule, ...]:
        made = []
        for index, item in enumerate(self.listed(value, "rules")):
            rule = self.part("rules", item, f"rules/{index}")
            # A rule that cannot be read keeps its number: those after it are told of at their own place.
            made.append(rule or Rule.model_construct(when=_FALSE, then="forbid", field=None, reason=""))
        return tuple(made)

    def flow(self, value: Any) -> Workflow:
        if not isinstance(value, dict):
            text = _("Il manque la vie du dossier : ses états et ses boutons.")
            self.wrong("workflow", text, damage=value is not None)
            self.workflow = True
            value = {"initial": "", "states": [], "transitions": []}
        shell = self.part("workflow", {**value, "states": [], "transitions": []}, "workflow")
        for key, words in (("states", _("les états")), ("transitions", _("les boutons"))):
            if key not in value:
                self.wrong("workflow", _("Il manque ici %(what)s.") % {"what": words})
        states = self.items("states", value.get("states", []), "workflow/states")
        transitions = self.items("transitions", value.get("transitions", []), "workflow/transitions")
        if shell is None or None in states or None in transitions:
            self.workflow = True
        return Workflow.model_construct(
            initial=shell.initial if shell is not None else "",
            states=tuple(item for item in states if item is not None),
            transitions=tuple(item for item in transitions if item is not None),
        )

    def mapping(self, kind: str, value: Any, unread: set[str]) -> dict[str, Any]:
        if not isinstance(value, dict):
            self.wrong(kind, _("Un objet est attendu ici, avec un nom pour chaque partie."), damage=True)
            return {}
        made = {}
        for key in sorted(value):
            part = self.part(kind, value[key], f"{kind}/{key}")
            if kind == "documents" and not ID.fullmatch(key):
                text = _("« %(name)s » : un nom s’écrit en minuscules sans accent. Exemple : carte")
                self.wrong(kind, text % {"name": key[:60]}, damage=True)
            if part is None:
                unread.add(key)
            else:
                made[key] = part
        return made

    def scenarios(self, value: Any) -> tuple[Scenario, ...]:
        made = tuple(item for item in self.items("scenarios", value, "scenarios") if item is not None)
        limit = MAX_SCENARIOS
        if isinstance(value, list) and len(value) > limit:
            self.wrong("scenarios", _("Une démarche a %(count)s scénarios au plus : enlevez-en.") % {"count": limit})
        return made
