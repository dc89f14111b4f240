"""Whoever signed has signed what they signed, and nothing else; nobody is sent links without end."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import caches
from django.test import Client
from django.urls import reverse

from bocage.base.models import Event
from bocage.cases import signers
from bocage.cases.engine import AnswerCorrection, Correction, Decision, Refused, apply, blocked_decision
from bocage.cases.engine.signatures import MARKS, digest, read_digest
from bocage.cases.models import Case
from bocage.cases.operations import answer_correction, move_case, publish
from bocage.cases.operations.signers import ask_again, remind_signers, sign
from bocage.cases.operations.store import moment, state_of
from bocage.cases.schema import ProcedureDocument
from bocage.cases.timeline import public_timeline
from bocage.cases.views import limits
from bocage.identity.models import Role
from bocage.messaging.models import Notice
from tests.cases.desk import page, sit
from tests.cases.factories import RESIDENT, draft, filed
from tests.cases.more_fields import with_fields
from tests.cases.signing import KEPT, PARENTS, PAUL, ZOE, body, links
from tests.identity import factories

pages = pytest.mark.usefixtures("territory", "frozen")


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """Counts of links start from nothing, and end so."""
    caches["default"].clear()
    yield
    caches["default"].clear()


@pytest.fixture
def case(territory: Any, frozen: Any, now: Any) -> Case:
    publish(body(), actor=factories.SYSTEM, now=now)
    return filed(now, parents=[PAUL, ZOE], given_names="Marcelle")


# --- What was signed -------------------------------------------------------------------------------------------------
@pytest.fixture
def signed(case: Case, now: Any) -> Case:
    """Both have signed."""
    for row in case.answers["parents"]:
        sign(case, "parents", digest(row), name=row["name"], channel="web", actor=RESIDENT, now=now)
    return case


def corrected(case: Case, manager: Any, now: Any, wanted: str = "garden_size", **answers: Any) -> Case:
    """The case, whose applicant was asked about one answer and gave these."""
    who = {"agent": manager.account, "actor": manager.actor, "now": now}
    case = move_case(case, "ask", fields=(wanted,), message="Vérifiez.", **who)
    return answer_correction(case, answers, actor=RESIDENT, now=now)


def latest_notice() -> int:
    return Notice.objects.latest("pk").pk


def fallen(case: Case) -> list[str]:
    told = Event.objects.filter(subject=case.subject, kind="cases.signature_fallen").order_by("pk")
    return [event.payload.body["name"] for event in told]


@pytest.mark.django_db
def test_a_correction_of_what_was_signed_asks_for_another_signature(
    signed: Case, client: Any, now: Any, waste_manager: Any
) -> None:
    last = latest_notice()
    later = now + timedelta(days=20)
    case = corrected(signed, waste_manager, later, garden_size="300")
    assert case.answers["parents"] == [{**row, "changed_on": "2026-03-30"} for row in KEPT]
    assert fallen(case) == ["Paul Martin", "Zoé Petit"]
    told = list(Notice.objects.filter(template="cases.signature", pk__gt=last).order_by("pk"))
    assert [notice.body.split(",")[0] for notice in told] == ["Bonjour Paul Martin", "Bonjour Zoé Petit"]
    assert {notice.title for notice in told} == {f"La demande a changé, signez de nouveau : {case.procedure.title}"}
    assert "votre signature ne vaut plus" in told[0].body
    assert case.deadlines.get(kind="signatures", closed=False).due_on == later.date() + timedelta(days=30)
    words = "a signé, puis la demande a changé le 30\xa0mars 2026 : une nouvelle signature est demandée"
    assert f"Paul Martin {words}" in {item["text"] for item in public_timeline(case, later)}
    desk, _account = sit(Role.MANAGER, service="waste")
    shown, words = page(desk.get(reverse("cases_desk", args=[case.reference]))), words.replace("\xa0", " ")
    assert f"<strong>Paul Martin</strong> {words}" in shown
    assert f"Paul Martin {words}" in shown.partition("Nouvelle signature demandée")[2]
    first, second = links(case)
    shown = page(client.get(first))
    assert "relisez-la avant de signer de nouveau" in shown
    assert "300" in shown
    sent = {"name": "P. Martin", "statement": "oui", "read": signers.read_of(case)}
    client.post(first, sent)
    client.post(second, sent)
    case.refresh_from_db()
    assert [set(row) - {"name", "email", "phone"} for row in case.answers["parents"]] == [set(MARKS)] * 2


@pages
@pytest.mark.django_db
def test_who_signed_twice_is_named_once_and_asked_for_each(client: Client, now: Any, waste_manager: Any) -> None:
    made = body()
    made["steps"][-1]["fields"].append({**PARENTS, "id": "witnesses", "label": "Qui en témoigne ?"})
    publish(made, actor=factories.SYSTEM, now=now)
    case = filed(now, parents=[PAUL], witnesses=[PAUL], given_names="Marcelle")
    for field in ("parents", "witnesses"):
        sign(case, field, digest(PAUL), name="P", channel="web", actor=RESIDENT, now=now)
    who = {"agent": waste_manager.account, "actor": waste_manager.actor, "now": now}
    case = move_case(case, "ask", fields=("garden_size",), message="Vérifiez.", **who)
    session = client.session
    session["cases"] = [case.reference]
    session.save()
    address = reverse("case_correct", args=[case.reference])
    assert "Ont signé cette demande : Paul Martin. Si" in page(client.get(address))
    last = latest_notice()
    case = answer_correction(case, {"garden_size": "300"}, actor=RESIDENT, now=now)
    assert fallen(case) == ["Paul Martin"]
    told = Notice.objects.filter(template="cases.signature", pk__gt=last).order_by("pk")
    assert [notice.title.rpartition(" (")[2] for notice in told] == ["Qui signe avec vous ?)", "Qui en témoigne ?)"]
    desk, _account = sit(Role.MANAGER, service="waste")
    shown = page(desk.get(reverse("cases_desk", args=[case.reference])))
    assert "<strong>Paul Martin</strong> (Qui en témoigne ?) a signé, puis" in shown
    assert "Signatures attendues" in shown


@pytest.mark.django_db
def test_a_correction_that_changes_nothing_keeps_every_signature(signed: Case, now: Any, waste_manager: Any) -> None:
    before = Notice.objects.filter(template="cases.signature").count()
    rows = signed.answers["parents"]
    case = corrected(signed, waste_manager, now + timedelta(days=20), garden_size=signed.answers["garden_size"])
    assert case.answers["parents"] == rows
    assert fallen(case) == []
    assert Notice.objects.filter(template="cases.signature").count() == before
    assert not case.deadlines.filter(kind="signatures", closed=False).exists()


@pytest.mark.django_db
def test_a_signature_given_before_digests_were_kept_stands(signed: Case, now: Any, waste_manager: Any) -> None:
    rows = [{key: value for key, value in row.items() if key != "signed_what"} for row in signed.answers["parents"]]
    Case.objects.filter(pk=signed.pk).update(answers={**signed.answers, "parents": rows})
    signed.refresh_from_db()
    case = corrected(signed, waste_manager, now, garden_size="300")
    assert case.answers["parents"] == rows
    assert fallen(case) == []


@pytest.mark.django_db
def test_while_others_are_waited_for_a_correction_asks_again_only_who_had_signed(
    case: Case, now: Any, waste_manager: Any
) -> None:
    sign(case, "parents", digest(KEPT[0]), name="P", channel="paper", actor=RESIDENT, now=now)
    last = latest_notice()
    Case.objects.filter(pk=case.pk).update(state="received")  # where the composter lets agents ask
    case.refresh_from_db()
    case = corrected(case, waste_manager, now, garden_size="300")
    assert fallen(case) == ["Paul Martin"]
    told = Notice.objects.filter(template="cases.signature", pk__gt=last)
    assert [notice.body.split(",")[0] for notice in told] == ["Bonjour Paul Martin"]
    sign(case, "parents", digest(KEPT[0]), name="P", channel="web", actor=RESIDENT, now=now)
    case = corrected(case, waste_manager, now, garden_size="350")  # a second time, the same day
    assert fallen(case) == ["Paul Martin"] * 2
    assert told.all().count() == 2


@pytest.mark.django_db
def test_nobody_signs_what_they_have_not_read(case: Case, client: Any, now: Any, waste_manager: Any) -> None:
    first, _second = links(case)
    read = signers.read_of(case)
    Case.objects.filter(pk=case.pk).update(state="received")
    case.refresh_from_db()
    case = corrected(case, waste_manager, now, garden_size="300")
    shown = client.post(first, {"name": "P. Martin", "statement": "oui", "read": read})
    assert shown.status_code == 422
    assert "La demande a changé depuis que vous l’avez lue" in page(shown)
    assert 'value="P. Martin"' in page(shown)
    assert f'name="read" value="{signers.read_of(case)}"' in page(shown)
    case.refresh_from_db()
    assert "signed_at" not in case.answers["parents"][0]


@pytest.mark.django_db
def test_what_comes_after_the_decision_makes_no_signature_fall(signed: Case, now: Any, waste_manager: Any) -> None:
    document = signed.version.document
    held = state_of(signed)
    asked = Correction(("garden_size",), "Le compte rendu", now.date(), now.date())
    decided = replace(held, correction=asked, decision=Decision("accepted", "", now.date()))
    kept = apply(document, decided, AnswerCorrection({"garden_size": "300"}), moment(now)).case
    assert kept.answers["garden_size"] == "300"
    assert kept.answers["parents"] == held.answers["parents"]
    again = apply(document, replace(kept, correction=asked), AnswerCorrection({"garden_size": "310"}), moment(now))
    assert again.case.answers["parents"] == held.answers["parents"]
    fell = apply(document, replace(decided, decision=None), AnswerCorrection({"garden_size": "300"}), moment(now))
    assert [event.kind for event in fell.events if event.kind == "signature_fallen"] == ["signature_fallen"] * 2


@pytest.mark.django_db
def test_no_decision_but_a_refusal_is_taken_until_the_new_signature(signed: Case, now: Any, waste_manager: Any) -> None:
    who = {"agent": waste_manager.account, "actor": waste_manager.actor, "now": now}
    given = {"pickup_on": now.date().isoformat()}
    case = corrected(signed, waste_manager, now, garden_size="300")
    with pytest.raises(Refused, match="La demande a changé après une signature"):
        move_case(case, "accept", agent_values=given, **who)
    refuses = blocked_decision(case.version.document, state_of(case), "reject", moment(now))
    assert refuses == ""
    for row in KEPT:
        sign(case, "parents", digest(row), name=row["name"], channel="paper", actor=RESIDENT, now=now)
    assert move_case(case, "accept", agent_values=given, **who).state == "accepted"


@pytest.mark.django_db
def test_a_workflow_that_waits_for_no_signature_goes_on(signed: Case, now: Any, waste_manager: Any) -> None:
    case = corrected(signed, waste_manager, now, garden_size="300")
    made = body()
    made["workflow"]["transitions"] = [item for item in made["workflow"]["transitions"] if item["id"] != "all_signed"]
    made["workflow"]["states"] = [item for item in made["workflow"]["states"] if item["id"] != "waiting_signs"]
    made["workflow"]["initial"] = "received"
    held = replace(state_of(case), agent_answers={"pickup_on": now.date().isoformat()})
    plain, waits = ProcedureDocument.model_validate(made), signed.version.document
    assert blocked_decision(plain, held, "accept", moment(now)) == ""
    assert "après une signature" in str(blocked_decision(waits, held, "accept", moment(now)))


@pages
@pytest.mark.django_db
def test_what_is_settled_computed_or_covered_is_not_what_was_signed(now: Any) -> None:
    made = with_fields(
        PARENTS,
        {"id": "visit", "kind": "appointment", "label": "Quand ?", "required": False},
        {"id": "secret", "kind": "text", "label": "Secret", "sensitive": True, "required": False},
        {"id": "free", "kind": "text", "label": "Libre", "required": False},
    )
    document = ProcedureDocument.model_validate(made)
    says = {"garden_size": "250", "visit": {"way": "call", "label": "Appel", "details": ""}, "secret": "1"}

    def same(**more: Any) -> bool:
        return read_digest(document, {**says, **more}) == read_digest(document, says)

    assert same(parents=KEPT)
    assert same(secret="2")
    assert same(lives_here="non")  # an eligibility question: the page to sign does not show it
    assert same(visit={**says["visit"], "settled": {"on": "2026-03-12", "at": "9 h", "where": ""}})
    assert not same(visit={**says["visit"], "way": "morning"})
    assert not same(garden_size="251")
    assert not same(free="x")
    assert read_digest(document, {key: says[key] for key in ("garden_size", "visit")}) != read_digest(document, says)
    assert read_digest(document, dict(reversed(says.items()))) == read_digest(document, says)


@pytest.mark.django_db
def test_taking_out_the_last_who_had_not_signed_moves_the_case(case: Case, now: Any) -> None:
    sign(case, "parents", digest(KEPT[0]), name="P", channel="web", actor=RESIDENT, now=now)
    asked = Correction(("parents",), "Qui ?", now.date(), now.date())
    held = replace(state_of(case), correction=asked)
    result = apply(case.version.document, held, AnswerCorrection({"parents": [KEPT[0]]}), moment(now))
    assert result.case.state == "received"
    assert result.case.deadline("signatures") is None


@pytest.mark.django_db
def test_the_applicant_is_told_before_they_correct(signed: Case, client: Any, now: Any, waste_manager: Any) -> None:
    who = {"agent": waste_manager.account, "actor": waste_manager.actor, "now": now}
    move_case(signed, "ask", fields=("garden_size",), message="Vérifiez.", **who)
    session = client.session
    session["cases"] = [signed.reference]
    session.save()
    shown = page(client.get(reverse("case_correct", args=[signed.reference])))
    assert "Ont signé cette demande : Paul Martin, Zoé Petit." in shown


# --- How many links --------------------------------------------------------------------------------------------------
def send(client: Client, now: Any, **named: Any) -> tuple[Case, str]:
    """A draft sent from its last page, by whoever holds it; with what the page then says."""
    case = draft(now, given_names="Marcelle", **named)
    session = client.session
    session["cases"] = [*session.get("cases", []), case.reference]
    session.save()
    shown = page(client.post(reverse("case_check", args=[case.reference]), follow=True))
    case.refresh_from_db()
    return case, shown


@pages
@pytest.mark.django_db
def test_nobody_floods_a_stranger_with_links_to_sign(client: Client, now: Any) -> None:
    publish(body(), actor=factories.SYSTEM, now=now)
    waiting = [filed(now, parents=[PAUL]) for _number in range(signers.LINKS_A_DAY)]
    kept, shown = send(client, now, parents=[{**PAUL, "name": "Autre nom", "email": "PAUL@example.org"}, ZOE])
    assert kept.is_draft
    assert "paul@example.org a déjà reçu beaucoup de demandes de signature aujourd’hui" in shown
    assert "Votre demande est gardée" in shown
    assert kept.answers["parents"][0]["name"] == "Autre nom"
    other, _shown = send(client, now, parents=[ZOE])
    assert other.state == "waiting_signs", "somebody else may still be named"
    landline, _shown = send(client, now, parents=[{**ZOE, "phone": "03 27 00 00 12"}])
    assert landline.state == "waiting_signs", "no link leaves for a landline"
    before = Notice.objects.filter(template="cases.signature").count()
    assert ask_again(waiting[0], actor=RESIDENT, now=now) == 1, "an agent may: they know whom they speak with"
    for case in waiting:
        case.deadlines.filter(kind="signatures").update(due_on=now.date() + timedelta(days=3))
    assert remind_signers(now) == 0
    assert Notice.objects.filter(template="cases.signature").count() == before + 1
    caches["default"].clear()  # tomorrow
    assert remind_signers(now + timedelta(days=1)) == len(waiting)


@pages
@pytest.mark.django_db
def test_one_sender_asks_for_so_many_signatures_in_a_day(
    client: Client, now: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(body(), actor=factories.SYSTEM, now=now)
    monkeypatch.setitem(limits._FROM, "limit", 2)
    first, _shown = send(client, now, parents=KEPT)
    assert first.state == "waiting_signs"
    kept, shown = send(client, now, parents=[{**PAUL, "email": "autre@example.org"}])
    assert kept.is_draft
    assert "beaucoup de signatures en un jour" in shown
    _none, shown = send(client, now, parents=None)
    assert "beaucoup de signatures" not in shown
    own = factories.resident()
    client.force_login(own)
    theirs, _shown = send(client, now, parents=[{**PAUL, "email": "autre@example.org"}])
    assert theirs.state == "waiting_signs", "an account is counted by itself"


@pages
@pytest.mark.django_db
def test_reminders_go_on_where_a_run_stopped(now: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(body(), actor=factories.SYSTEM, now=now)
    monkeypatch.setattr("bocage.cases.operations.signers.SLICE", 2)
    cases = [filed(now, parents=[{**PAUL, "email": f"paul{number}@example.org"}]) for number in range(3)]
    later = now + timedelta(days=24)
    cases[2].deadlines.filter(kind="signatures").update(due_on=later.date())  # it ends first
    broken = filed(now, parents=[PAUL])
    broken.deadlines.filter(kind="signatures").update(due_on=later.date())
    unreachable = {**broken.answers, "parents": [{**PAUL, "email": "nulle part"}]}
    Case.objects.filter(pk=broken.pk).update(answers=unreachable)
    assert [remind_signers(later), remind_signers(later), remind_signers(later)] == [2, 1, 0]
    told = Notice.objects.filter(template="cases.signature", key__contains="reminder").order_by("pk")
    assert [notice.subject for notice in told] == [case.subject for case in (cases[2], cases[0], cases[1])]
