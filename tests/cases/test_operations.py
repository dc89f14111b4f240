"""Cases through their operations: drafts, filing once, corrections, decisions, time."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest

from bocage.base import outbox, scanner
from bocage.base.models import Event, Outbox
from bocage.cases.engine import Refused
from bocage.cases.models import Case, Decision
from bocage.cases.notices import recipient_of
from bocage.cases.operations import (
    add_document,
    answer_correction,
    move_case,
    open_answers,
    publish,
    purge_drafts,
    run_clock,
    save_answers,
    send_as_letter,
    start_draft,
    submit_case,
    withdraw_case,
)
from bocage.cases.operations.documents import sweep_files
from bocage.cases.queries import own_cases
from bocage.identity.actors import actor_of_account
from bocage.identity.models import Account, Mandate, Person, Post, Role
from bocage.identity.operations import give_mandate, merge_people, revoke_mandate, update_person
from bocage.messaging.models import Notice
from tests.cases.factories import RESIDENT, body, composter, draft, filed, picture

pytestmark = pytest.mark.django_db


def test_filing_twice_files_once(territory, now):
    case = draft(now)
    stale = Case.objects.select_related("version__procedure", "procedure").get(pk=case.pk)
    first = submit_case(case, actor=RESIDENT, now=now)
    second = submit_case(stale, actor=RESIDENT, now=now)
    assert first.reference == second.reference
    assert Event.objects.filter(subject=case.subject, kind="cases.submitted").count() == 1
    assert Outbox.objects.filter(topic__startswith="messaging.").count() == 1
    assert first.state == "received"
    assert first.applicant.birth_name == "Delattre"
    assert first.commune.name == "Locquignol"


def test_what_cannot_be_read_is_kept_and_shown_again(territory, now):
    case, _code = start_draft(composter(now), actor=RESIDENT, now=now)
    errors = save_answers(case, {"birth_date": "31/02/1950", "given_names": "Ana", "serial": "X", "nope": "y"}, now=now)
    assert "n’existe pas" in errors["birth_date"]
    assert "31/01/1950" in save_answers(case, {"birth_date": "hier"}, now=now)["birth_date"]
    save_answers(case, {"birth_date": "31/02/1950"}, now=now)
    case.refresh_from_db()
    assert case.pending == {"birth_date": "31/02/1950"}
    assert case.answers == {"given_names": "Ana"}


def test_missing_answers_stop_the_filing_and_say_where(territory, now):
    case = draft(now, model=None, birth_date="hier")
    with pytest.raises(Refused) as refused:
        submit_case(case, actor=RESIDENT, now=now)
    assert set(refused.value.errors) >= {"model", "birth_date"}
    case.refresh_from_db()
    assert case.is_draft
    assert not Event.objects.filter(kind="cases.submitted").exists()


def test_a_correction_suspends_and_gives_back_the_delays(territory, now, waste_manager):
    case = filed(now)
    before = case.deadlines.get(kind="announced").due_on
    move_case(
        case, "ask", agent=waste_manager.account, actor=waste_manager.actor, now=now, message="Floue", fields=("proof",)
    )
    assert case.waiting_for == "applicant"
    assert case.silence_on is None
    later = now + timedelta(days=3)
    proof = add_document(case, picture("nette.jpg"), actor=RESIDENT, now=later)
    answer_correction(case, {"proof": [proof.key], "model": "worms"}, actor=RESIDENT, now=later)
    assert case.state == "studying"
    assert case.answers["model"] == "wood_300"
    assert case.deadlines.get(kind="announced", closed=False).due_on == before + timedelta(days=3)


def test_a_decision_names_its_author_and_delegation(territory, now, waste_manager):
    case = filed(now)
    with pytest.raises(Refused, match="date de retrait"):
        move_case(case, "accept", agent=waste_manager.account, actor=waste_manager.actor, now=now)
    move_case(
        case,
        "accept",
        agent=waste_manager.account,
        actor=waste_manager.actor,
        now=now,
        agent_values={"pickup_on": "2026-03-21"},
    )
    decision = Decision.objects.get(case=case)
    assert decision.author == waste_manager.account
    assert decision.delegation == "Arrêté 2026-12"
    assert decision.legal_date == date(2026, 3, 10)
    assert outbox.drain(now) > 0


def test_silence_decides_on_its_legal_date_whenever_the_job_runs(territory, now):
    case = filed(now)
    assert run_clock(now + timedelta(days=30)) == 0
    assert run_clock(now + timedelta(days=90)) == 1
    case.refresh_from_db()
    assert case.outcome == "accepted"
    assert Decision.objects.get(case=case).legal_date == date(2026, 5, 10)
    assert run_clock(now + timedelta(days=91)) == 0


def test_withdrawing(territory, now):
    case = withdraw_case(filed(now), actor=RESIDENT, now=now)
    assert case.outcome == "withdrawn"
    with pytest.raises(Refused):
        withdraw_case(case, actor=RESIDENT, now=now)


def test_cases_follow_people_made_one(territory, now):
    case, other = filed(now), filed(now)
    kept = merge_people(case.applicant, other.applicant, actor=RESIDENT, now=now).kept
    outbox.drain(now)
    other.refresh_from_db()
    assert other.applicant == kept


# --- What a reviewer once found --------------------------------------------------------------------------------------
def test_an_answer_may_begin_with_any_word(territory, now):
    case = filed(now, remarks="sealed:x", given_names="$sealed")
    assert open_answers(Case.objects.get(pk=case.pk).answers)["remarks"] == "sealed:x"


def test_a_telephone_with_a_digit_missing_is_told_at_its_field(territory, now):
    case, _code = start_draft(composter(now), actor=RESIDENT, now=now)
    assert "03 27" in save_answers(case, {"phone": "03 27 00 00 0"}, now=now)["phone"]


def test_one_case_that_cannot_be_read_never_stops_the_clock(territory, now):
    broken, sound = filed(now), filed(now)
    Case.objects.filter(pk=broken.pk).update(answers={"given_names": {"$sealed": "not a token"}})
    assert run_clock(now + timedelta(days=90)) == 1
    sound.refresh_from_db()
    assert sound.outcome == "accepted"


def test_a_correction_changes_where_one_is_told(territory, now, waste_manager):
    case = filed(now)
    address = {"line": "3 rue des Haies", "postcode": "59530", "commune": "59481"}
    move_case(
        case,
        "ask",
        agent=waste_manager.account,
        actor=waste_manager.actor,
        now=now,
        message="Adresse ?",
        fields=("address", "phone"),
    )
    answer_correction(case, {"address": address, "phone": "03 53 01 00 44"}, actor=RESIDENT, now=now)
    assert case.commune.name == "Le Quesnoy"
    assert case.contact_phone == "+33353010044"


def test_going_on_without_the_answer_runs_the_delays_again(territory, now, waste_manager):
    case = filed(now)
    who = {"agent": waste_manager.account, "actor": waste_manager.actor}
    move_case(case, "ask", **who, now=now, message="Floue", fields=("proof",))
    move_case(case, "stop_waiting", **who, now=now + timedelta(days=4))
    assert case.correction is None
    assert case.silence_on == date(2026, 5, 14)
    with pytest.raises(Refused):
        answer_correction(case, {"proof": []}, actor=RESIDENT, now=now)


def test_reception_follows_and_decides_nothing(territory, now):
    case = filed(now)
    account = Account.objects.create(username="secretary")
    Post.objects.create(account=account, role=Role.RECEPTION, commune=case.commune, starts=date(2020, 1, 1))
    with pytest.raises(Refused):
        move_case(
            case,
            "accept",
            agent=account,
            actor=actor_of_account(account),
            now=now,
            agent_values={"pickup_on": "2026-03-21"},
        )


def test_a_decision_is_signed_under_the_post_that_reaches_the_case(territory, now, waste_manager):
    Post.objects.filter(account=waste_manager.account).update(title="Responsable Déchets")
    first = Post.objects.create(
        account=waste_manager.account,
        role=Role.MANAGER,
        service="libraries",
        title="Bibliothécaire",
        delegation="Arrêté culture",
        starts=date(2020, 1, 1),
    )
    Post.objects.filter(pk=first.pk).update(id=1_000_000 - first.pk)
    case = filed(now)
    move_case(
        case, "reject", agent=waste_manager.account, actor=waste_manager.actor, now=now, reason="Hors du territoire"
    )
    assert Decision.objects.get(case=case).author_title == "Responsable Déchets"


def test_a_refusal_is_not_posted_before_it_is_decided(territory, now, waste_manager):
    with pytest.raises(Refused):
        send_as_letter(filed(now), "rejected", actor=waste_manager.actor, now=now)


def test_a_letter_goes_to_the_address_corrected_since(territory, now):
    case = filed(now)
    later = now + timedelta(days=2)
    update_person(case.applicant, actor=RESIDENT, now=later, address="9 chemin du Gué")
    assert recipient_of(Case.objects.get(pk=case.pk), later).address_lines[0] == "9 chemin du Gué"


def test_another_correction_of_the_file_leaves_the_address_of_the_request(territory, now):
    case = filed(now)
    before = recipient_of(case, now).address_lines
    update_person(case.applicant, actor=RESIDENT, now=now, address="9 chemin du Gué")  # an old address, not a move
    later = now + timedelta(days=2)
    update_person(case.applicant, actor=RESIDENT, now=later, phone="06 12 34 56 78")
    assert recipient_of(Case.objects.get(pk=case.pk), later).address_lines == before


def test_a_document_refused_after_filing_is_asked_again(territory, now, monkeypatch):
    case = filed(now)
    verdict = scanner.Verdict(clean=False, signature="Eicar", scanner="test")
    monkeypatch.setattr(scanner, "scan", lambda stream: verdict)
    outbox.drain(now)
    assert Notice.objects.filter(subject=case.subject, template="cases.message").count() == 1


@pytest.fixture
def private(settings, tmp_path):
    """The private storage, in a folder of the test."""
    alias = {**settings.STORAGES["private"]}
    alias["OPTIONS"] = {**alias["OPTIONS"], "location": str(tmp_path)}
    settings.STORAGES = {**settings.STORAGES, "private": alias}
    return tmp_path


def test_a_file_whose_row_could_not_be_written_does_not_stay(territory, now, private, monkeypatch):
    case = draft(now)
    before = sorted(private.rglob("*"))

    def fail(*args, **kwargs):
        raise RuntimeError("the database is gone")

    monkeypatch.setattr("bocage.cases.operations.documents._record", fail)
    with pytest.raises(RuntimeError):
        add_document(case, picture("autre.jpg"), actor=RESIDENT, now=now)
    assert [path for path in sorted(private.rglob("*")) if path.is_file() and path not in before] == []


def test_files_that_nothing_names_go_after_a_day_and_no_other(territory, now, private):
    kept = draft(now).documents.get()
    for lost in ("ab/" + "ab" * 16, "exports/" + "cd" * 16, "elsewhere/kept"):
        (private / lost).parent.mkdir(exist_ok=True)
        (private / lost).write_bytes(b"secret")
    written = datetime.now(tz=UTC)
    assert sweep_files(written + timedelta(hours=23)) == 0
    assert sweep_files(written + timedelta(hours=25)) == 2
    assert sorted(str(path.relative_to(private)) for path in private.rglob("*") if path.is_file()) == sorted(
        [kept.path, "elsewhere/kept"]
    )


def test_a_draft_begun_under_a_mandate_closes_with_it(territory, now):
    helper = Person.objects.create(birth_name="Aide", given_names="A", created_at=now)
    account = Account.objects.create(username="helper", person=helper)
    principal = Person.objects.create(birth_name="Mère", given_names="M", created_at=now)
    mandate = give_mandate(
        principal,
        helper,
        scopes=["*"],
        consent=Mandate.Consent.PAPER,
        starts=date(2026, 1, 1),
        ends=date(2026, 12, 31),
        actor=RESIDENT,
        now=now,
    )
    case, _code = start_draft(
        composter(now), actor=RESIDENT, now=now, account=account, applicant=principal, mandate=mandate
    )
    assert case in own_cases(account, helper, now)
    revoke_mandate(mandate, actor=RESIDENT, now=now)
    assert case not in own_cases(account, helper, now + timedelta(seconds=1))


def test_a_paper_being_entered_is_not_the_residents_to_erase(territory, now, waste_manager):
    person = Person.objects.create(birth_name="Papier", given_names="P", created_at=now)
    account = Account.objects.create(username="papier", person=person)
    case, _code = start_draft(
        composter(now), actor=RESIDENT, now=now, applicant=person, entered_by=waste_manager.account, channel="post"
    )
    assert case not in own_cases(account, person, now)
    assert purge_drafts(now + timedelta(days=200)) == 0


def test_a_procedure_names_only_what_can_be_done(territory, now):
    told = json.loads(json.dumps(body()))
    told["workflow"]["transitions"][0]["effects"] = [{"kind": "open_booking"}]
    with pytest.raises(ValueError, match="open_booking"):
        publish(told, actor=RESIDENT, now=now)
