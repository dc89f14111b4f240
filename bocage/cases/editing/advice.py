"""What is allowed and unwise in a procedure: warnings, in plain French, each with its place."""

import re
from collections.abc import Iterator
from functools import lru_cache

from django.utils.translation import gettext as _

from bocage.base.expressions import fields_of, tables_of
from bocage.cases.editing import readability
from bocage.cases.schema import FormField, ProcedureDocument, State
from bocage.cases.schema_parts import HOUSE_NOTICES
from bocage.cases.validation import Unread
from bocage.cases.validation.triggers import is_triggered
from bocage.messaging.texts import variables_in

HELD_ELSEWHERE: tuple[tuple[str, str], ...] = (
    (r"avis d['’ ]?(?:imposition|imp[oô]ts?)|revenu fiscal|taxe fonci[eè]re|taxe d['’]habitation", "les impôts"),
    (
        r"quotient familial|attestation (?:de la )?caf\b|allocations familiales|attestation (?:de la )?msa\b",
        "la CAF ou la MSA",
    ),
    (
        r"\bk-?bis\b|registre du commerce|situation au r[eé]pertoire sirene|avis de situation sirene",
        "l’INSEE et les greffes",
    ),
    (r"casier judiciaire", "le ministère de la Justice"),
    (r"acte de naissance|acte de mariage|acte de d[eé]c[eè]s|livret de famille", "l’état civil"),
    (r"attestation (?:de )?(?:p[oô]le emploi|france travail)|demandeur d['’]emploi", "France Travail"),
    (
        r"carte (?:mobilit[eé] inclusion|d['’]invalidit[eé])|\bcmi\b|notification (?:de la )?mdph|\bAAH\b",
        "le département",
    ),
    (
        r"attestation de droits|carte vitale|attestation (?:de )?s[eé]curit[eé] sociale|compl[eé]mentaire sant[eé]",
        "l’assurance maladie",
    ),
    (r"certificat de scolarit[eé]|statut (?:d['’])?[eé]tudiant boursier|bourse", "l’éducation nationale"),
    (r"carte grise|certificat d['’]immatriculation", "l’ANTS"),
    (
        r"r[eé]c[eé]piss[eé] (?:de d[eé]claration )?(?:d['’])?association|statuts de l['’]association"
        r"|parution au journal officiel",
        "le répertoire des associations",
    ),
    (r"justificatif de domicile", "l’administration fiscale, ou un fournisseur d’énergie par Justif’Adresse"),
)
"""Documents that a person may not be asked for when an administration can get them from the one that holds them.

CRPA L114-8: administrations exchange the information or data strictly necessary to deal with a request; the person is
told which, and is then not asked for it. Who may get what is set by decree (CRPA R114-9-1 and following): the list is a
reminder to look, not a ruling. Each: what the question says, who holds it.
"""

_HELD = tuple((re.compile(pattern, re.IGNORECASE), holder) for pattern, holder in HELD_ELSEWHERE)

IDENTITY_PAPER = re.compile(
    r"\b(?:carte|pi[eè]ce|papiers?) d['’ ]?identit[eé]\b|passeport|titre de s[eé]jour", re.IGNORECASE
)
NEVER_SHOWN = re.compile(
    r"\b(usag[eè]re?s?|t[eé]l[eé]services?|d[eé]mat[eé]rialis\w*|soumet\w*|soumis(?:e?s?|sions?))\b", re.IGNORECASE
)
PLAINER = {"usag": "habitant, personne", "tele": "démarche en ligne", "dema": "en ligne", "soum": "envoyer"}

_ASKS_NOTHING_BACK = {"statement", "note", "computed", "signatures", "appointment", "payment"}
_CLOSED = {"choice", "choices", "yesno", "number", "amount", "date"}


def advice(document: ProcedureDocument, unread: Unread) -> Iterator[tuple[str, str]]:
    """Warnings, as (place, text)."""
    yield from _asked_for_nothing(document, unread)
    yield from _said_twice(document)
    yield from _held_elsewhere(document)
    yield from _proved_already(document)
    if not unread.workflow:
        yield from _workflow(document)
        yield from _silence(document)
    yield from _unused(document, unread)
    yield from _reading(document)


def _used(document: ProcedureDocument) -> set[str]:
    """Fields that something rests on: a condition, a calculation, a rule, a notice, an effect."""
    used: set[str] = set()
    for where, condition in document.conditions():
        names = {name.split(".")[0] for name in fields_of(condition)}
        used |= names - ({where.split(" ")[0].rpartition("/")[2]} if where.endswith(" show") else set())
    for notice in document.notices.values():
        used |= variables_in(notice.title, notice.body)
    for told in document.documents.values():
        used |= {*told.facts} | variables_in(told.body)
    if listed := document.public_list:
        used |= {listed.place, listed.category, listed.consent, listed.photo or ""}
    for item in document.workflow.transitions:
        for effect in item.effects:
            used |= {*effect.fields, effect.due_of or ""}
            used |= {value for value in effect.params.values() if isinstance(value, str)}
    return used


def _asked_for_nothing(document: ProcedureDocument, unread: Unread) -> Iterator[tuple[str, str]]:
    """Closed questions that nothing uses, and that do not say what they are for. Free texts are there to be read."""
    if unread.names or unread.notices or unread.workflow:
        return  # what cannot be read may be what uses them
    used = _used(document)
    for step in document.steps:
        for field in step.fields:
            if field.id in used or field.kind in _ASKS_NOTHING_BACK or field.agent or field.role or field.used_for:
                continue
            if field.kind in _CLOSED or (field.kind == "file" and not field.required):
                text = _(
                    "« %(label)s » est demandé pour rien : aucune règle, aucun avis, aucun calcul, aucune décision ne "
                    "s’en sert. Enlevez la question, ou dites à quoi elle sert aux agents."
                )
                yield f"steps/{step.id}/fields/{field.id}", text % {"label": field.label}


def _said_twice(document: ProcedureDocument) -> Iterator[tuple[str, str]]:
    """A new procedure has its name for a sentence: the public page would say it twice."""
    if document.summary.strip() == document.title.strip():
        yield "settings", _("Sous le nom, rien ne dit encore ce que l’on obtient : écrivez-le en une phrase.")


def _held_elsewhere(document: ProcedureDocument) -> Iterator[tuple[str, str]]:
    text = _(
        "Une autre administration a déjà cette pièce (%(holder)s). Si vous pouvez l’obtenir d’elle, la loi vous "
        "demande de ne plus la réclamer à la personne (CRPA, art. L114-8)."
    )
    for step in document.steps:
        for field in step.fields:
            if field.agent:
                continue
            holder = held_elsewhere(f"{field.label} {field.hint}" if field.kind == "file" else field.label)
            if holder and field.kind in {"file", "text", "textarea", "number", "amount", "note"}:
                yield f"steps/{step.id}/fields/{field.id}", text % {"holder": holder}
    for sentence in document.prepare:
        if holder := held_elsewhere(sentence):
            yield "settings", f"« {sentence} » : " + text % {"holder": holder}


def _proved_already(document: ProcedureDocument) -> Iterator[tuple[str, str]]:
    """Papers that say who someone is, where the procedure has it proved."""
    if document.identity != "proved":
        return
    text = _("L’identité est prouvée par FranceConnect, ou vue à l’accueil : ne demandez plus cette pièce.")
    for step in document.steps:
        for field in step.fields:
            if field.kind == "file" and not field.agent and IDENTITY_PAPER.search(field.label):
                yield f"steps/{step.id}/fields/{field.id}", text


@lru_cache(maxsize=4096)
def held_elsewhere(text: str) -> str:
    """Who already holds the document that a text asks for; empty when nobody is known to."""
    return next((holder for pattern, holder in _HELD if pattern.search(text)), "")


def _workflow(document: ProcedureDocument) -> Iterator[tuple[str, str]]:
    workflow = document.workflow
    outcome = {"accept": "accepted", "reject": "rejected", "none": ""}[document.silence.effect]
    states = {state.id: state for state in workflow.states}
    alive = set()
    for item in workflow.transitions:
        place = f"workflow/transitions/{item.id}"
        target = states.get(item.target)
        pressed = set(item.roles) - {"system"}
        by_answer = is_triggered(item.id)
        by_silence = item.decision and target is not None and target.outcome == outcome != ""
        if not item.sources:
            yield place, _("« %(label)s » ne part d’aucun état : personne ne le verra.") % {"label": item.label}
        elif not pressed and not ("system" in item.roles and (by_answer or by_silence)):
            text = _("Personne ne peut appuyer sur « %(label)s », et rien ne le déclenche : dites qui, ou enlevez-le.")
            yield place, text % {"label": item.label}
        else:
            alive.add(item.id)
        if (
            item.decision
            and document.reasons_compulsory
            and target is not None
            and target.outcome == "rejected"
            and pressed
            and item.reason != "required"
        ):
            text = _(
                "« %(label)s » refuse : la loi veut souvent un motif écrit (CRPA, art. L211-2). Rendez-le obligatoire."
            )
            yield place, text % {"label": item.label}
    living = [item for item in workflow.transitions if item.id in alive]
    for state in workflow.states:
        led = state.id == workflow.initial or any(item.target == state.id for item in living)
        mentioned = any(item.target == state.id for item in workflow.transitions)
        left = any(state.id in item.sources for item in living)
        place = f"workflow/states/{state.id}"
        if mentioned and not led:
            yield place, _("« %(label)s » est un état mort : aucun bouton vivant n’y mène.") % {"label": state.label}
        elif not state.final and led and not left and any(state.id in item.sources for item in workflow.transitions):
            yield place, _("On reste dans « %(label)s » : aucun bouton vivant n’en sort.") % {"label": state.label}


def _silence(document: ProcedureDocument) -> Iterator[tuple[str, str]]:
    if document.silence.effect == "none":
        if any(item.decision for item in document.workflow.transitions):
            text = _(
                "La démarche reçoit une décision : le silence en vaut donc une, l’acceptation au bout de deux mois, "
                "sauf exceptions (CRPA, art. L231-1 et L231-4). Dites laquelle dans « Ce que vaut notre silence »."
            )
            yield "settings", text
        return
    outcome = {"accept": "accepted", "reject": "rejected"}[document.silence.effect]
    states = {state.id: state for state in document.workflow.states}
    takes = [
        item
        for item in document.workflow.transitions
        if "system" in item.roles and item.decision and item.target in states and states[item.target].outcome == outcome
    ]
    covered = {source for item in takes for source in item.sources}
    if not takes:
        text = _("Le silence vaut décision, mais aucun bouton du rôle « le temps » ne l’enregistre : ajoutez-en un.")
        yield "settings", text
        return
    for state in _awaiting_an_answer(document):
        if state.id not in covered:
            text = _("Dans l’état « %(label)s », le silence ne produit rien : ajoutez-le aux états de départ.")
            yield f"workflow/transitions/{takes[0].id}", text % {"label": state.label}
    for item in document.workflow.transitions:
        lifts = any(effect.kind == "close_deadline" and effect.deadline == "silence" for effect in item.effects)
        if lifts and not item.decision:
            text = _(
                "« %(label)s » lève le délai du silence sans rien décider : la loi le fait courir jusqu’à la réponse "
                "(CRPA, art. L231-1). Dites que c’est une décision, ou laissez courir ce délai."
            )
            yield f"workflow/transitions/{item.id}", text % {"label": item.label}


def _awaiting_an_answer(document: ProcedureDocument) -> Iterator[State]:
    """The states where the delay of silence runs: those that a case reaches before anything is decided.

    While an applicant is waited for, that to an implied acceptance is stopped (CRPA L114-5); that to an implied
    rejection runs again once the time they were given is over.
    """
    states = {state.id: state for state in document.workflow.states}
    reached, waiting = set(), [document.workflow.initial]
    while waiting:
        here = waiting.pop()
        if here in reached or here not in states or states[here].final:
            continue
        reached.add(here)
        waiting += [one.target for one in document.workflow.transitions if here in one.sources and not one.decision]
    stops = document.silence.effect == "accept"
    for state in document.workflow.states:
        if state.id in reached and not (stops and state.waiting_for == "applicant"):
            yield state


def _unused(document: ProcedureDocument, unread: Unread) -> Iterator[tuple[str, str]]:
    """Notices that nothing sends, documents that nothing issues, tables that nothing reads."""
    if not unread.workflow:
        sent = {effect.notice for item in document.workflow.transitions for effect in item.effects}
        for key in sorted(document.notices.keys() - sent - {"receipt", "correction"} - HOUSE_NOTICES):
            yield f"notices/{key}", _("Rien n’envoie cet avis : choisissez le bouton qui l’envoie, ou enlevez-le.")
        issued = {effect.document for item in document.workflow.transitions for effect in item.effects}
        for key in sorted(document.documents.keys() - issued):
            text = _("Rien ne délivre ce document : choisissez le bouton qui le délivre, ou enlevez-le.")
            yield f"documents/{key}", text
    if not unread.names:
        read = {name for _where, condition in document.conditions() for name in tables_of(condition)}
        for name in sorted(document.tables.keys() - read):
            yield f"tables/{name}", _("Rien ne lit cette table : servez-vous-en dans un calcul, ou enlevez-la.")


def _reading(document: ProcedureDocument) -> Iterator[tuple[str, str]]:
    for place, text in _shown(document):
        for told in _about(text):
            yield place, told


@lru_cache(maxsize=8192)
def _about(text: str) -> tuple[str, ...]:
    """What could be plainer in a text."""
    found = []
    never = NEVER_SHOWN.search(text)
    if never:
        folded = never[0].lower().replace("é", "e")
        plainer = next((words for begin, words in PLAINER.items() if folded.startswith(begin)), "")
        values = {"word": never[0], "plainer": plainer}
        found.append(_("« %(word)s » n’est pas un mot de tous les jours : écrivez plutôt « %(plainer)s ».") % values)
    reading = readability.measure(text)
    if reading.longest > readability.LONG_SENTENCE:
        told = _("Une phrase compte %(count)s mots : coupez-la, 20 mots se lisent d’une traite.")
        found.append(told % {"count": reading.longest})
    elif reading.ease is not None and reading.ease < readability.HARD:
        told = _(
            "Ce texte est difficile à lire (%(ease)s sur 100) : prenez des mots plus courts et des phrases plus brèves."
        )
        found.append(told % {"ease": max(round(reading.ease), 0)})
    return tuple(found)


def _shown(document: ProcedureDocument) -> Iterator[tuple[str, str]]:
    """Every text that residents read, with its place."""
    for text in (document.title, document.summary, document.intro, document.cost, *document.prepare):
        yield "settings", text
    for question in document.eligibility:
        for text in (question.label, question.hint, question.reason, question.instead):
            yield f"eligibility/{question.id}", text
    for step in document.steps:
        for text in (step.title, step.intro):
            yield f"steps/{step.id}", text
        for field in step.fields:
            if not field.agent:
                for text in _of_field(field):
                    yield f"steps/{step.id}/fields/{field.id}", text
    for index, rule in enumerate(document.rules):
        yield f"rules/{index}", rule.reason
    for state in document.workflow.states:
        yield f"workflow/states/{state.id}", state.public
    for key, notice in document.notices.items():
        yield f"notices/{key}", notice.title
        yield f"notices/{key}", notice.body


def _of_field(field: FormField) -> Iterator[str]:
    yield field.label
    yield field.hint
    for option in field.options:
        yield option.label
        yield option.hint
    for inner in field.fields:
        yield from _of_field(inner)
