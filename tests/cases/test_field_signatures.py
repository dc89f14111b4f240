"""Several people sign: named, told, each once, by link or on paper; the last signature moves the case."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import caches
from django.test import Client
from django.urls import reverse
from hypothesis import given

from bocage.base.models import Event
from bocage.cases import signers
from bocage.cases.engine import FieldError, Refused, clean
from bocage.cases.engine.signatures import digest
from bocage.cases.models import Case
from bocage.cases.operations import answer_correction, move_case, publish
from bocage.cases.operations.signers import ask_again, remind_signers, sign
from bocage.cases.opinions import shown_facts
from bocage.cases.printing import blank_form_context, receipt_context
from bocage.cases.privacy import export
from bocage.cases.scenarios import run_all
from bocage.cases.schema import FormField, ProcedureDocument
from bocage.identity.models import Role
from bocage.messaging.models import Notice
from tests.cases.desk import page, sit
from tests.cases.editor import Editor
from tests.cases.factories import ANSWERS, RESIDENT, draft, filed
from tests.cases.signing import CHANGED, KEPT, PARENTS, PAUL, SIGNED, ZOE, body, links
from tests.cases.strategies import NASTY
from tests.identity import factories

FIELD = FormField.model_validate(PARENTS)


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """Counts of links start from nothing, and end so."""
    caches["default"].clear()
    yield
    caches["default"].clear()


# --- Reading -------------------------------------------------------------------------------------------------------
def test_signers_are_read_and_keep_what_they_signed() -> None:
    assert clean(FIELD, [PAUL, {"name": "", "email": "", "phone": ""}, ZOE], None) == KEPT  # type: ignore[arg-type]
    for marks in (SIGNED, SIGNED | {"signed_what": "0" * 64}, CHANGED):
        assert clean(FIELD, [{**PAUL, **marks}], None) == [{**PAUL, **marks}]  # type: ignore[arg-type]
    assert clean(FIELD, [{**PAUL, **SIGNED, **CHANGED}], None) == [{**PAUL, **SIGNED}]  # type: ignore[arg-type]
    assert clean(FIELD, [{"name": "", "email": "", "phone": ""}], None) is None  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ("Paul", "la forme attendue"),
        (["Paul"], "la forme attendue"),
        ([{**PAUL, "name": ""}], "Personne 1 : écrivez le prénom et le nom"),
        ([PAUL, {**ZOE, "phone": ""}], "Personne 2 : écrivez une adresse électronique ou un téléphone"),
        ([{**PAUL, "email": "paul@"}], "Personne 1 : écrivez une adresse électronique entière"),
        ([{**ZOE, "phone": "12"}], "Personne 1 : écrivez un téléphone complet"),
        ([PAUL, PAUL], "deux fois"),
        ([{**PAUL, "name": f"Paul {n}"} for n in range(4)], "Ajoutez 3 personnes au plus"),
    ],
)
def test_what_is_wrong_is_refused_in_words(raw: Any, words: str) -> None:
    with pytest.raises(FieldError) as refused:
        clean(FIELD, raw, None)  # type: ignore[arg-type]
    assert words in str(refused.value)


@given(NASTY)
def test_nothing_breaks_the_reading(raw: Any) -> None:
    try:
        kept = clean(FIELD, raw, None)  # type: ignore[arg-type]
    except FieldError:
        return
    assert kept is None or clean(FIELD, kept, None) == kept  # type: ignore[arg-type]


def test_agents_do_not_name_who_signs() -> None:
    with pytest.raises(ValueError, match="nomment les signataires"):
        FormField.model_validate({**PARENTS, "agent": True})


def test_who_receives_a_mail_is_not_sealed_away() -> None:
    with pytest.raises(ValueError, match="reçoivent un lien"):
        FormField.model_validate({**PARENTS, "sensitive": True})


def test_a_scenario_signs_and_the_case_moves() -> None:
    fill = {"do": "fill", "values": {**ANSWERS, "parents": [PAUL, ZOE]}}
    story = {
        "id": "signed",
        "title": "Tout le monde signe",
        "steps": [
            fill,
            {"do": "attach", "field": "proof"},
            {"do": "submit"},
            {"do": "expect", "state": "waiting_signs", "deadline": "signatures", "due_on": "2026-02-04"},
            {"do": "sign", "field": "parents"},
            {"do": "expect", "state": "received"},
        ],
    }
    late = {"id": "late", "title": "Trop tard", "steps": [*story["steps"][:3], {"do": "wait", "days": 31}]}
    late["steps"] += [{"do": "sign", "field": "parents"}, {"do": "expect", "refused": "Le délai pour signer"}]
    document = ProcedureDocument.model_validate({**body(), "scenarios": [story, late]})
    assert [report.reason for report in run_all(document)] == ["", ""]


# --- From the request to the last signature ---------------------------------------------------------------------------
pages = pytest.mark.usefixtures("territory", "frozen")


@pytest.fixture
def case(territory: Any, frozen: Any, now: Any) -> Case:
    publish(body(), actor=factories.SYSTEM, now=now)
    return filed(now, parents=[PAUL, ZOE], given_names="Marcelle")


@pages
@pytest.mark.django_db
def test_whoever_has_a_landline_alone_is_sent_no_link_and_signs_on_paper(now: Any) -> None:
    publish(body(), actor=factories.SYSTEM, now=now)
    case = filed(now, parents=[{**ZOE, "phone": "03 27 00 00 12"}], given_names="Marcelle")
    assert case.state == "waiting_signs"
    assert not Notice.objects.filter(subject=case.subject, template="cases.signature").exists()
    (asked,) = signers.asked_of(case)
    sign(case, asked.field, asked.key, name="Zoé Petit", channel="paper", actor=RESIDENT, now=now)
    assert Case.objects.get(pk=case.pk).state == "received"


@pages
@pytest.mark.django_db
def test_someone_named_twice_receives_a_link_for_each_that_says_what_for(now: Any, client: Any) -> None:
    made = body()
    made["steps"][-1]["fields"].append({**PARENTS, "id": "witnesses", "label": "Qui en témoigne ?"})
    publish(made, actor=factories.SYSTEM, now=now)
    case = filed(now, parents=[PAUL], witnesses=[PAUL], given_names="Marcelle")
    told = Notice.objects.filter(subject=case.subject, template="cases.signature").order_by("pk")
    assert len({notice.link for notice in told}) == len(links(case)) == 2
    for notice, question in zip(told, ("Qui signe avec vous ?", "Qui en témoigne ?"), strict=True):
        assert notice.title.endswith(f"({question})")
        assert f"Celui-ci est pour « {question} »" in notice.body
    first, second = links(case)
    assert "vous signez pour « Qui signe avec vous ? »" in page(client.get(first))
    sent = {"name": "P. Martin", "statement": "oui", "read": signers.read_of(case)}
    client.post(first, sent)
    assert "La demande vous nomme encore ailleurs" in page(client.get(first))
    client.post(second, sent)
    assert "Vous n’avez plus rien à faire" in page(client.get(first))


@pages
@pytest.mark.django_db
def test_someone_named_once_is_told_nothing_more(case: Case, client: Any) -> None:
    told = Notice.objects.filter(subject=case.subject, template="cases.signature")
    assert all("plusieurs fois" not in notice.body and "Qui signe" not in notice.title for notice in told)
    assert "plusieurs fois" not in page(client.get(links(case)[0]))


@pages
@pytest.mark.django_db
def test_the_applicant_names_them_without_javascript(client: Any, now: Any) -> None:
    publish(body(), actor=factories.SYSTEM, now=now)
    case, account = draft(now), factories.account()
    client.force_login(account)
    Case.objects.filter(pk=case.pk).update(account=account)
    url = reverse("case_step", args=[case.reference, "more"])
    forged = {"parents.0.signed_at": SIGNED["signed_at"], "parents.0.signed_as": "x", "parents.0.channel": "web"}
    sent = {"_shown": ["parents"], "parents.0.name": "Paul Martin"}
    assert client.post(url, {**sent, "_add": "parents"}).status_code == 302
    assert "Personne 1 : écrivez une adresse électronique ou un téléphone" in page(client.post(url, sent))
    assert client.post(url, {**sent, "parents.0.email": "paul@example.org", **forged}).status_code == 302
    case.refresh_from_db()
    assert case.answers["parents"] == [PAUL]
    shown = page(client.get(url))
    assert 'name="parents.1.email"' in shown
    assert "pas encore signé" in page(client.get(reverse("case_check", args=[case.reference])))


@pytest.mark.django_db
def test_each_receives_a_link_signs_once_and_the_last_one_moves_the_case(case: Case, client: Any, now: Any) -> None:
    assert case.state == "waiting_signs"
    assert Notice.objects.filter(template="cases.signature").count() == 2
    first, second = links(case)
    shown = page(client.get(first))
    assert "Marcelle" in shown
    refused = client.post(first, {"name": "P. Martin"})
    assert refused.status_code == 422
    assert "Cochez la case pour signer" in page(refused)
    assert 'value="P. Martin"' in page(refused)
    assert f'name="read" value="{signers.read_of(case)}"' in shown
    sent = {"name": "P. Martin", "statement": "oui", "read": signers.read_of(case)}
    assert client.post(first, sent).status_code == 302
    assert "votre signature est gardée" in page(client.get(first))
    assert "votre signature est gardée" in page(client.post(first, sent))  # twice: the same thanks, nothing more
    case.refresh_from_db()
    assert case.state == "waiting_signs"
    assert case.answers["parents"][0] == {**PAUL, **SIGNED, "signed_what": sent["read"]}
    client.post(second, {**sent, "name": "Zoé Petit"})
    case.refresh_from_db()
    assert case.state == "received"
    assert not case.deadlines.filter(kind="signatures", closed=False).exists()
    signed = Event.objects.filter(subject=case.subject, kind="cases.signed")
    assert [event.payload.body["channel"] for event in signed.order_by("pk")] == ["web", "web"]


@pages
@pytest.mark.django_db
def test_the_applicant_reads_who_has_still_to_sign(case: Case, client: Any, now: Any) -> None:
    account = factories.account()
    Case.objects.filter(pk=case.pk).update(account=account)
    mine = Client()
    mine.force_login(account)
    url = reverse("case_page", args=[case.reference])
    assert "Signatures attendues : Paul Martin, Zoé Petit." in page(mine.get(url))
    first, second = links(case)
    sent = {"name": "P. Martin", "statement": "oui", "read": signers.read_of(case)}
    client.post(first, sent)
    assert "Signature attendue : Zoé Petit." in page(mine.get(url))
    client.post(second, {**sent, "name": "Zoé Petit"})
    assert "attendue :" not in page(mine.get(url))


@pytest.mark.django_db
def test_a_link_too_late_cut_or_of_someone_no_longer_named_is_told(case: Case, client: Any, now: Any) -> None:
    first, second = links(case)
    assert client.get(first[:-4] + "/").status_code == 404
    answers = {**case.answers, "parents": [{**PAUL, "email": "autre@example.org"}, case.answers["parents"][1]]}
    Case.objects.filter(pk=case.pk).update(answers=answers)
    assert client.get(first).status_code == 404
    case.deadlines.filter(kind="signatures").update(due_on=now.date() - timedelta(days=1))
    late = client.get(second)
    assert late.status_code == 410
    assert "Il est trop tard pour signer" in page(late)
    assert "Marcelle" not in page(late)
    client.post(second, {"name": "Zoé", "statement": "oui", "read": signers.read_of(case)})
    case.refresh_from_db()
    assert "signed_at" not in case.answers["parents"][1]


@pytest.mark.django_db
def test_an_agent_notes_a_paper_and_sends_links_again(case: Case, now: Any) -> None:
    client, _account = sit(Role.MANAGER, service="waste")
    shown = page(client.get(reverse("cases_desk", args=[case.reference])))
    assert "Noter sa signature sur papier" in shown
    url = reverse("cases_signers", args=[case.reference])
    case.deadlines.filter(kind="signatures").update(due_on=now.date() - timedelta(days=1))
    signer = f"parents:{digest(case.answers['parents'][0])}"
    client.post(url, {"signer": signer, "name": "Paul Martin"})  # paper has no last day
    case.refresh_from_db()
    assert case.answers["parents"][0]["channel"] == "paper"
    assert "déjà donnée" in page(client.post(url, {"signer": signer, "name": "Paul Martin"}, follow=True))
    assert "n’est pas nommée" in page(client.post(url, {"signer": "parents:nobody", "name": "x"}, follow=True))
    before = Notice.objects.filter(template="cases.signature").count()
    assert "Un lien est reparti" in page(client.post(url, follow=True))
    assert "Aucun lien n’est reparti" in page(client.post(url, follow=True)), "once a day"
    assert Notice.objects.filter(template="cases.signature").count() == before + 1
    assert case.deadlines.get(kind="signatures", closed=False).due_on == now.date() + timedelta(days=30)


@pytest.mark.django_db
def test_two_who_sign_at_the_same_moment_both_have_signed(case: Case, now: Any) -> None:
    first, second = (digest(row) for row in case.answers["parents"])
    meanwhile = Case.objects.get(pk=case.pk)
    sign(meanwhile, "parents", first, name="P", channel="web", actor=RESIDENT, now=now)
    sign(case, "parents", second, name="Z", channel="web", actor=RESIDENT, now=now)  # on what it read before
    case.refresh_from_db()
    assert [row["signed_as"] for row in case.answers["parents"]] == ["P", "Z"]
    assert case.state == "received"


@pytest.mark.django_db
def test_who_has_not_signed_is_reminded_once(case: Case, now: Any) -> None:
    sign(case, "parents", digest(case.answers["parents"][0]), name="P", channel="web", actor=RESIDENT, now=now)
    assert remind_signers(now) == 0
    later = now + timedelta(days=24)
    before = Notice.objects.filter(template="cases.signature").count()
    assert remind_signers(later) == 1
    assert remind_signers(later + timedelta(hours=1)) == 0
    assert Notice.objects.filter(template="cases.signature").count() == before + 1


@pytest.mark.django_db
def test_a_correction_keeps_who_signed_and_tells_who_is_new(case: Case, now: Any, waste_manager: Any) -> None:
    for row in case.answers["parents"]:
        sign(case, "parents", digest(row), name=row["name"], channel="web", actor=RESIDENT, now=now)
    who = {"agent": waste_manager.account, "actor": waste_manager.actor, "now": now}
    case = move_case(case, "ask", fields=("parents",), message="Il manque quelqu’un.", **who)
    before = Notice.objects.filter(template="cases.signature").count()
    third = {"name": "Ali Haddad", "email": "ali@example.org", "phone": ""}
    case = answer_correction(case, {"parents": [PAUL, third]}, actor=RESIDENT, now=now)
    rows = case.answers["parents"]
    assert [("signed_at" in row) for row in rows] == [True, False]
    assert Notice.objects.filter(template="cases.signature").count() == before + 1
    with pytest.raises(Refused, match="déjà donnée"):
        sign(case, "parents", digest(rows[0]), name="P", channel="web", actor=RESIDENT, now=now)


@pytest.mark.django_db
def test_papers_and_files_show_who_signs(case: Case, now: Any) -> None:
    sign(case, "parents", digest(case.answers["parents"][0]), name="P", channel="paper", actor=RESIDENT, now=now)
    words = "Paul Martin (signé sur papier le 10\xa0mars 2026) ; Zoé Petit (pas encore signé)"
    (fact,) = [fact for part in receipt_context(case)["parts"] for fact in part["facts"] if fact["id"] == "parents"]
    assert fact["value"] == words
    person = factories.person()
    Case.objects.filter(pk=case.pk).update(applicant=person)
    told = {label: value for part in export(person)["demandes"][0]["reponses"] for label, value in part.items()}
    assert told["Qui signe avec vous ?"] == words
    assert all("Paul" not in one["value"] for one in shown_facts(case, now))
    steps = blank_form_context(case.procedure, case.version.document)["steps"]
    papers = [field for step in steps for field in step["fields"]]
    assert [len(item["signers"]) for item in papers if item["field"].id == "parents"] == [3]
    case.deadlines.filter(kind="signatures").update(closed=True)
    with pytest.raises(Refused, match="Aucune signature"):
        ask_again(case, actor=RESIDENT, now=now)


@pages
@pytest.mark.django_db
def test_a_manager_sets_it_in_the_editor() -> None:
    editor = Editor().begin()
    editor.send("add", "steps/request/fields", label="Signataires", kind="signatures", follow=True)
    editor.send("item", "steps/request/fields/signataires", max_items="2")
    assert "signataires.all_signed" in editor.send("add", "rules", _more="when", status=200)
