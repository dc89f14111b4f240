"""One real object of each kind that the desk's addresses name, with an agent who reaches it and one who does not."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.db import transaction
from django.test import Client

from bocage.agenda.models import Session
from bocage.base import outbox
from bocage.base.models import Outbox, OutboxState
from bocage.cases.editing.edits import add
from bocage.cases.exports.operations import ask_export
from bocage.cases.helping.operations import ask_consent, consent_on_paper
from bocage.cases.models import CannedAnswer, Case, SavedView
from bocage.cases.operations import pass_on, prepare_decision
from bocage.cases.operations.editor import edit_procedure, save_draft
from bocage.cases.queries import Filters
from bocage.identity.models import Account, MandateAsk, Role
from bocage.identity.operations import (
    add_organisation_member,
    ask_to_join,
    merge_people,
    propose,
    record_representation,
    register_site,
    set_absence,
)
from bocage.messaging.models import Delivery, Letter, LetterBatch
from bocage.messaging.operations.letters import draw
from bocage.privacy.operations import ask_erasure, open_breach
from bocage.territory.models import Closure, Organisation, Place
from tests.agenda import factories as agenda
from tests.cases.desk import commune, signed_in, sit
from tests.cases.entrusted import agreed, town_hall
from tests.cases.factories import composter, draft, filed
from tests.cases.issued import accept, cards, requested
from tests.cases.legal import filed as papers
from tests.cases.legal import rejected_by_silence
from tests.conftest import NOW
from tests.identity import factories
from tests.messaging import factories as letters

HERE, ELSEWHERE = "59353", "59481"  # Locquignol, Le Quesnoy

Found = tuple[tuple[Any, ...], dict[str, Any]]
"""The arguments of the address, and what is posted to it."""


def _person() -> Found:
    case = filed(NOW)
    return (case.applicant_id,), {"case": case.reference, "note": "Rappeler", "assignee": "0"}


def _case() -> Found:
    return (filed(NOW).reference,), {}


def _incomplete() -> Found:
    return (papers(NOW, "none", lacking=("proof",)).reference,), {}


def _entrusted() -> Found:
    """Passed to the community, which may give it back."""
    agreed(town_hall(), "counter", "all", HERE)
    case, admin = filed(NOW), factories.agent(Role.ADMINISTRATOR)
    pass_on(case, "", agent=admin, actor=factories.SYSTEM, now=NOW)
    return (case.reference,), {}


def _document() -> Found:
    case = filed(NOW)
    case.documents.update(scan_state="clean")
    return (case.reference, case.documents.all()[0].key), {}


def _transition() -> Found:
    return (filed(NOW).reference, "reject"), {}


def _decidable() -> Found:
    case = filed(NOW)
    Case.objects.filter(pk=case.pk).update(agent_answers={"pickup_on": "2026-03-21"})
    return (case.reference,), {}


def _proposal() -> Found:
    case, agent = filed(NOW), factories.agent(Role.AGENT, service="waste")
    return (prepare_decision(case, "reject", agent=agent, actor=factories.SYSTEM, now=NOW, reason="Non.").pk,), {}


def _issued() -> Found:
    agent = factories.agent(Role.AGENT, service="waste")
    return (accept(requested(NOW), agent, factories.SYSTEM, NOW).number,), {}


def _reasons() -> Found:
    return (rejected_by_silence(NOW, asked=True).reference,), {}


def _entered() -> Case:
    case = draft(NOW)
    person = factories.person("Delattre", "Marcelle", commune=commune(HERE))
    changes = {"entered_by": factories.account(), "applicant": person, "commune": commune(HERE), "channel": "post"}
    Case.objects.filter(pk=case.pk).update(received_on=date(2026, 3, 3), **changes)
    return case


def _draft() -> Found:
    return ("composteur", _entered().reference), {}


def _draft_document() -> Found:
    case = _entered()
    case.documents.update(scan_state="clean")
    return (case.reference, case.documents.all()[0].key), {}


def _procedure() -> Found:
    composter(NOW)
    return ("composteur",), {}


def _published() -> Found:
    composter(NOW)
    return ("composteur",), {"open": "no"}


def _procedure_draft() -> Found:
    procedure = composter(NOW)
    made = edit_procedure(procedure, actor=factories.SYSTEM, now=NOW)
    story = {"id": "story", "title": "Une demande", "steps": [{"do": "submit"}]}
    save_draft(made, add(made.body, "scenarios/story", story), seen_revision=0, actor=factories.SYSTEM, now=NOW)
    return ("composteur",), {"move": "steps/home:-1"}


def _procedure_place() -> Found:
    _procedure_draft()
    return ("composteur", "steps/home/fields/tenant"), {}


def _procedure_collection() -> Found:
    _procedure_draft()
    return ("composteur", "rules"), {}


def _procedure_scenario() -> Found:
    _procedure_draft()
    return ("composteur", "story"), {}


def _procedure_document() -> Found:
    procedure = cards(NOW)
    edit_procedure(procedure, actor=factories.SYSTEM, now=NOW)
    return (procedure.slug, "card"), {}


def _helper() -> Account:
    """The agent within reach, whom ``agents`` finds again by name."""
    helper = factories.agent(Role.MANAGER, commune=commune(HERE))
    Account.objects.filter(pk=helper.pk).update(last_name="Aidante")
    return helper


def _mandate_ask() -> Found:
    helper = _helper()
    hall = Organisation.objects.get(kind="commune", commune=commune(HERE))
    person = factories.person("Delattre", "Marcelle", commune=commune(HERE))
    told = {"scopes": ["*"], "days": 1, "way": "paper", "asked_by": helper, "actor": factories.SYSTEM, "now": NOW}
    return (ask_consent(person, hall, helper=helper, **told).pk,), {}


def _mandate() -> Found:
    (pk,), _data = _mandate_ask()
    ask = MandateAsk.objects.get(pk=pk)
    return (consent_on_paper(ask, evidence="", actor=factories.SYSTEM, now=NOW).pk,), {}


def _letter() -> Found:
    letter = letters.letter(commune_id=commune(HERE).pk)
    draw(letter, NOW)
    return (letter.pk,), {}


def _batch() -> Found:
    letter = letters.letter(commune_id=commune(HERE).pk)
    client, _account = sit(Role.ADMINISTRATOR)
    client.post("/bureau/courriers/imprimer/", {"letter": [letter.pk]})
    return (LetterBatch.objects.get().pk,), {}


def _town_hall() -> Place:
    return Place.objects.get(commune__insee=HERE, kind="town_hall")


def _place() -> Found:
    return (_town_hall().pk,), {}


def _closure() -> Found:
    place = _town_hall()
    closure = Closure.objects.create(place=place, starts=date(2026, 5, 1), ends=date(2026, 5, 2), reason="Pont")
    return (place.pk, closure.pk), {}


def _organisation() -> Found:
    return (Organisation.objects.get(kind="epci").pk,), {}


def _service() -> Found:
    return ("waste",), {"enabled": "no"}


def _session() -> Found:
    return (agenda.session(place=_town_hall()).pk,), {"pool": "seats", "capacity": "9"}


def _registration() -> Found:
    (pk,), _data = _session()
    return (pk, agenda.enrol(Session.objects.get(pk=pk)).pk), {}


def _returned() -> Found:
    (pk,), _data = _letter()
    Letter.objects.filter(pk=pk).update(returned_on=date(2026, 3, 9), return_reason="npai")
    Delivery.objects.filter(pk=pk).update(state="returned")
    return (pk,), {}


def _absence() -> Found:
    """Of the agent within reach, whom ``agents`` finds again by name."""
    away = factories.agent(Role.AGENT, service="waste")
    Account.objects.filter(pk=away.pk).update(last_name="Absente")
    other = factories.agent(Role.AGENT, service="waste")
    days = {"starts": date(2026, 3, 9), "ends": date(2026, 3, 20)}
    return (set_absence(away, substitute=other, actor=factories.SYSTEM, now=NOW, **days).pk,), {}


def _export() -> Found:
    """Of the agent within reach, whom ``agents`` finds again by name."""
    owner = factories.agent(Role.AGENT, service="waste")
    Account.objects.filter(pk=owner.pk).update(last_name="Exporte")
    filed(NOW)
    export = ask_export(owner, Filters(), format_="csv", sensitive=False, actor=factories.SYSTEM, now=NOW)
    outbox.drain(NOW, queue_names=["exports"])
    return (export.pk,), {}


def _view() -> Found:
    """Shared with the service of the manager within reach."""
    fields = {"service": "waste", "name": "Composteurs", "query": "situation=open", "created_at": NOW}
    return (SavedView.objects.create(account=factories.account(), **fields).pk,), {}


def _canned() -> Found:
    fields = {"service": "waste", "title": "Pièce", "body": "Bonjour", "changed_at": NOW}
    return (CannedAnswer.objects.create(changed_by=factories.account(), **fields).pk,), {}


def _failure() -> Found:
    with transaction.atomic():
        outbox.enqueue("event", "matrix", {"event": 1, "subscriber": "none"}, now=NOW)
    Outbox.objects.update(state=OutboxState.DEAD)
    return (Outbox.objects.get().pk,), {}


def _colleague() -> Found:
    colleague = factories.agent(Role.AGENT, service="waste")
    Account.objects.filter(pk=colleague.pk).update(email="collegue@example.org")
    return (colleague.pk,), {}


def _site() -> Found:
    site, _secret = register_site(
        name="Médiathèque",
        redirect_uris=["https://media.example.org/retour"],
        logout_uris=[],
        scopes=["profile"],
        actor=factories.SYSTEM,
        now=NOW,
    )
    return (site.pk,), {}


def _twice() -> list[Any]:
    told = {"birth_date": date(1980, 1, 2), "commune": commune(HERE)}
    return [factories.person("Delattre", "Marcelle", **told) for _ in range(2)]


def _duplicate() -> Found:
    return (propose(*_twice(), actor=factories.SYSTEM, now=NOW).pk,), {}


def _merge() -> Found:
    return (merge_people(*_twice(), actor=factories.SYSTEM, now=NOW).pk,), {}


def _member() -> Found:
    body = Organisation.objects.get(kind="epci")
    told = {"role": "Déléguée", "starts": factories.TODAY, "actor": factories.SYSTEM, "now": NOW}
    return (body.pk, add_organisation_member(body, factories.person(), **told).pk), {}


def _protection() -> Found:
    adult = factories.person("Delattre", "Marcelle", commune=commune(HERE))
    told = {"kind": "tutelle", "decision": "Jugement n° 1", "decided_on": date(2026, 3, 1), "starts": date(2026, 3, 1)}
    told |= {"ends": date(2030, 3, 1), "actor": factories.SYSTEM, "now": NOW}
    return (adult.pk, record_representation(adult, factories.person(), **told).pk), {}


def _home_ask() -> Found:
    asker = factories.person("Delattre", "Marcelle", commune=commune(HERE))
    told = {"birth_name": "Delattre", "given_names": "Lou", "birth_date": date(2018, 1, 1), "role": "child"}
    told |= {"household": None, "legal_authority": True, "actor": factories.SYSTEM, "now": NOW}
    return (ask_to_join(asker, **told).pk,), {}


def _colleagues_post() -> Found:
    colleague = factories.agent(Role.AGENT, service="waste")
    return (colleague.pk, colleague.posts.get().pk), {}


def _erasure() -> Found:
    """Asked by someone of Locquignol."""
    person = factories.person(commune=commune(HERE))
    return (ask_erasure(person, actor=factories.SYSTEM, now=NOW).pk,), {}


def _breach() -> Found:
    admin = factories.agent(Role.ADMINISTRATOR)
    told = {"title": "Vol", "drill": True, "known_at": NOW, "references": [filed(NOW).reference]}
    return (open_breach(**told, opened_by=admin, actor=factories.SYSTEM, now=NOW).pk,), {}


MAKERS: dict[str, Callable[[], Found]] = {
    "person": _person,
    "case": _case,
    "incomplete": _incomplete,
    "document": _document,
    "transition": _transition,
    "decidable": _decidable,
    "proposal": _proposal,
    "reasons": _reasons,
    "issued": _issued,
    "draft": _draft,
    "draft_document": _draft_document,
    "procedure": _procedure,
    "published": _published,
    "procedure_draft": _procedure_draft,
    "procedure_place": _procedure_place,
    "procedure_collection": _procedure_collection,
    "procedure_scenario": _procedure_scenario,
    "procedure_document": _procedure_document,
    "mandate_ask": _mandate_ask,
    "mandate_used": _mandate,
    "mandate_of_person": _mandate,
    "letter": _letter,
    "batch": _batch,
    "place": _place,
    "closure": _closure,
    "organisation": _organisation,
    "entrusted": _entrusted,
    "agreement": lambda: ((agreed(town_hall(), "counter", "all", HERE).pk,), {}),
    "service": _service,
    "returned": _returned,
    "session": _session,
    "registration": _registration,
    "absence": _absence,
    "commune": lambda: ((HERE,), {}),
    "view": _view,
    "canned": _canned,
    "export": _export,
    "failure": _failure,
    "colleague": _colleague,
    "site": _site,
    "erasure": _erasure,
    "breach": _breach,
    "colleagues_post": _colleagues_post,
    "duplicate": _duplicate,
    "home_ask": _home_ask,
    "member": _member,
    "protection": _protection,
    "merge": _merge,
}

ADMINISTRATED = {"organisation", "service", "failure", "colleague", "colleagues_post", "site", "member", "breach"}


def agents(kind: str) -> tuple[Client, Client]:
    """One within reach of such an object, one out of it: by commune, or by service for a procedure."""
    if kind == "procedure":
        return sit(Role.AGENT, service="waste")[0], sit(Role.AGENT, service="libraries")[0]
    if kind in {"published", "agreement"} or kind.startswith("procedure_"):
        return sit(Role.MANAGER, service="waste")[0], sit(Role.MANAGER, service="libraries")[0]
    if kind in ADMINISTRATED:
        return sit(Role.ADMINISTRATOR)[0], sit(Role.MANAGER, service="waste")[0]
    if kind in {"view", "canned"}:
        return sit(Role.MANAGER, service="waste")[0], sit(Role.MANAGER, service="libraries")[0]
    if kind == "export":
        return signed_in(Account.objects.get(last_name="Exporte")), sit(Role.AGENT, service="waste")[0]
    if kind in {"mandate_ask", "mandate_used"}:
        return signed_in(Account.objects.get(last_name="Aidante")), sit(Role.MANAGER, commune=commune(HERE))[0]
    if kind == "absence":
        return signed_in(Account.objects.get(last_name="Absente")), sit(Role.AGENT, service="waste")[0]
    role = Role.RECEPTION if kind in {"place", "closure"} else Role.MANAGER
    return sit(role, commune=commune(HERE))[0], sit(role, commune=commune(ELSEWHERE))[0]
