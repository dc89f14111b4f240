"""What the benchmarks' town is made of: people, procedures, 100,000 cases, drafts ready to be sent.

What a benchmark reads or changes (the resident's cases, the drafts to send, people, the agents' index) is complete;
the journal and the notices of the other cases are not made: no page that is measured reads them.

Run as a program (``python -m bench.fill``) it fills the database of its settings; ``bench/seed.py`` keeps the result.
"""

import json
import os
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from bench import town

CASES = 100_000
DRAFTS = 8_000
OWN = 15  # cases of the signed-in resident
DAYS = 3 * 365
PROCEDURES = (
    ("waste", "bac", "Demander un bac de collecte"),
    ("waste", "encombrants", "Faire enlever des encombrants"),
    ("families", "accueil-loisirs", "Inscrire un enfant au centre de loisirs"),
    ("families", "creche", "Demander une place en crèche"),
    ("premises", "salle", "Réserver une salle intercommunale"),
    ("energy", "renovation", "Demander une aide à la rénovation"),
    ("mobility", "transport", "Demander le transport à la demande"),
)


def main() -> None:
    """Fill the database of the settings."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bocage.settings")
    import django

    django.setup()
    from django.conf import settings
    from django.db import connection
    from django.utils import timezone

    from bocage.base import outbox, prepare

    now = timezone.now()
    prepare.prepare(now, lambda message: print(f"  {message}", flush=True))
    chance = Random(59)
    people = town.new_people(chance, now)
    versions = _procedures(now)
    sample = _sample(versions[0], now)
    told = town.new_agents(now) | _resident(people[0], versions[0], now)
    _cases(chance, people, versions, sample, now)
    told["drafts"] = _drafts(people, versions[0], sample, now)
    outbox.Outbox.objects.all().delete()  # what the samples enqueued: runs begin with an empty outbox
    (settings.ENV.var / "people.json").write_text(json.dumps(told))
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")


def _procedures(now: datetime) -> list[Any]:
    """The territory's own procedure first, then others made of it, in other services."""
    from bocage.base.actors import Actor
    from bocage.cases.models import Procedure, ProcedureVersion
    from bocage.cases.operations import publish

    own = Procedure.objects.select_related("current").get(slug="composteur").current
    made = [own]
    for service, slug, title in PROCEDURES:
        body = {**own.body, "service": service, "slug": slug, "title": title}
        made.append(publish(body, actor=Actor.system("bench"), now=now))
    return list(ProcedureVersion.objects.select_related("procedure").filter(pk__in=[one.pk for one in made]))


def _answers(person: Any) -> dict[str, Any]:
    return {
        "lives_here": "oui",
        "already_has": "non",
        "given_names": person.given_names,
        "birth_name": person.birth_name,
        "birth_date": person.birth_date.isoformat(),
        "email": person.email or "quelquun@example.org",
        "phone": person.phone,
        "address": {"line": person.address, "postcode": person.postcode, "commune": person.commune.insee},
        "housing": "house",
        "garden_size": "250",
        "tenant": "non",
        "household_size": "3",
        "model": "wood_300",
        "training": "non",
        "pickup_place": "lequesnoy",
        "statement": "oui",
    }


def _draft(person: Any, version: Any, now: datetime, account: Any = None) -> Any:
    """A draft ready to be sent, made as a resident makes it, its document scanned."""
    from io import BytesIO

    from django.core.files.uploadedfile import SimpleUploadedFile
    from PIL import Image

    from bocage.base.actors import Actor
    from bocage.cases.models import Document, Procedure
    from bocage.cases.operations import add_document, save_answers, start_draft

    picture = BytesIO()
    Image.new("RGB", (640, 480), "white").save(picture, "JPEG")
    procedure = Procedure.objects.select_related("current").get(pk=version.procedure_id)
    actor = Actor.system("bench")
    case, _code = start_draft(procedure, actor=actor, now=now, account=account, applicant=person)
    upload = SimpleUploadedFile("facture.jpg", picture.getvalue(), "image/jpeg")
    proof = add_document(case, upload, field=version.document.by_id["proof"], actor=actor, now=now)
    Document.objects.filter(pk=proof.pk).update(scan_state="clean")
    save_answers(case, {**_answers(person), "proof": [proof.key]}, now=now)
    return case


def _sample(version: Any, now: datetime) -> Any:
    """One draft and what filing it makes of it, read by the bulk of the others."""
    from bocage.base.actors import Actor
    from bocage.cases.operations import submit_case
    from bocage.identity.models import Person

    person = Person.objects.select_related("commune").order_by("pk")[1]
    case = _draft(person, version, now)
    case.draft_answers = dict(case.answers)
    return submit_case(case, actor=Actor.system("bench"), now=now)


def _resident(person: Any, version: Any, now: datetime) -> dict[str, Any]:
    """A signed-in resident with a household, cases in several states, and one draft."""
    from bocage.base.actors import Actor
    from bocage.cases.models import Procedure
    from bocage.cases.operations import submit_case
    from bocage.identity.models import Household, Membership, Person

    account = town.new_account("resident", first_name=person.given_names, last_name=person.birth_name, person=person)
    household = Household.objects.create(name=person.birth_name, commune=person.commune, created_at=now)
    for role, member in zip(("guardian", "child", "child"), Person.objects.order_by("pk")[:3], strict=True):
        Membership.objects.create(household=household, person=member, role=role, starts=date(2020, 1, 1))
    for number in range(OWN - 1):
        case = _draft(person, version, now - timedelta(days=40 * number), account)
        submit_case(case, actor=Actor.system("bench"), now=now - timedelta(days=40 * number))
    draft = _draft(person, version, now, account)
    assert Procedure.objects.filter(pk=version.procedure_id, is_open=True).exists()
    return {"resident": {"session": town.new_session(account), "draft": draft.reference, "case": case.reference}}


def _state(chance: Random, age: int) -> tuple[str, str, str]:
    """State, whom it waits for, outcome: what is older than two months is over, but for a few."""
    if age > 60 and chance.random() < 0.97:
        return chance.choices(
            [("delivered", "", "accepted"), ("rejected", "", "rejected"), ("withdrawn", "", "withdrawn")], (85, 10, 5)
        )[0]
    return chance.choices(
        [
            ("received", "agent", ""),
            ("studying", "agent", ""),
            ("correcting", "applicant", ""),
            ("accepted", "other", ""),
        ],
        (30, 30, 15, 25),
    )[0]


def _cases(chance: Random, people: list[Any], versions: list[Any], sample: Any, now: datetime) -> None:
    from bocage.base.references import new_reference
    from bocage.cases.indexing import text_of
    from bocage.cases.models import Case, Decision, Document
    from bocage.cases.models import Deadline as DeadlineRow
    from bocage.identity.models import Account
    from bocage.search.operations import index_cases

    agent = Account.objects.get(username="agent")
    weights = [25, 15, 15, 15, 8, 8, 7, 7]
    references = {sample.reference}

    def one() -> Any:
        person, version = chance.choice(people[1:]), chance.choices(versions, weights)[0]
        age = int(DAYS * chance.random())
        at = now - timedelta(days=age, minutes=chance.randrange(600))
        received, announced = at.date(), at.date() + timedelta(days=14)
        state, waiting_for, outcome = _state(chance, age)
        closed = min(received + timedelta(days=chance.randint(2, 50)), now.date()) if outcome else None
        while (reference := new_reference()) in references:
            pass
        references.add(reference)
        return Case(
            reference=reference,
            version=version,
            procedure=version.procedure,
            service=version.procedure.service,
            state=state,
            waiting_for=waiting_for,
            outcome=outcome,
            channel=chance.choices(("web", "counter", "post", "phone"), (60, 18, 10, 12))[0],
            applicant=person,
            commune=person.commune,
            applicant_name=person.full_name,
            contact_email=person.email,
            contact_phone=person.phone,
            assignee=agent if state in {"studying", "accepted"} and chance.random() < 0.3 else None,
            answers={**sample.answers, **_own(person)},
            complete=True,
            received_on=received,
            submitted_at=at,
            announced_on=announced,
            silence_on=None if outcome else received + timedelta(days=61),
            closed_on=closed,
            answered_at=at if state == "studying" and chance.random() < 0.1 else None,
            created_at=at,
            updated_at=at,
        )

    for batch in town.batches(one() for _ in range(CASES - OWN)):
        Case.objects.bulk_create(batch)
        DeadlineRow.objects.bulk_create(
            DeadlineRow(case=case, kind="announced", due_on=case.announced_on, closed=bool(case.outcome))
            for case in batch
        )
        Decision.objects.bulk_create(
            Decision(case=case, outcome=case.outcome, legal_date=case.closed_on, author=agent, author_name="Agent")
            for case in batch
            if case.outcome in {"accepted", "rejected"}
        )
        Document.objects.bulk_create(_document(case, at=case.created_at) for case in batch)
        index_cases((case.pk, case.service, case.commune_id, None, text_of(case)) for case in batch)


def _own(person: Any) -> dict[str, Any]:
    """What differs from one person's stored answers to another's."""
    return {
        "given_names": person.given_names,
        "birth_name": person.birth_name,
        "birth_date": person.birth_date.isoformat(),
        "email": person.email or "quelquun@example.org",
        "phone": person.phone,
        "address": {"line": person.address, "postcode": person.postcode, "commune": person.commune.insee},
    }


def _document(case: Any, at: datetime) -> Any:
    """The row of a scanned document; its file is the sample's for all, written once."""
    import secrets

    from bocage.cases.models import Document

    return Document(
        key=secrets.token_hex(16),
        case=case,
        field="proof",
        source="upload",
        name="facture.jpg",
        content_type="image/jpeg",
        size=9_000,
        sha256="0" * 64,
        sensitive=True,
        scan_state="clean",
        added_by="system:bench",
        created_at=at,
    )


def _drafts(people: list[Any], version: Any, sample: Any, now: datetime) -> list[dict[str, str]]:
    """Drafts to send, half of them with an account, each with the session that may send it."""
    from bocage.base.references import new_reference
    from bocage.cases.models import Case, Document
    from bocage.identity.models import Account

    made = []
    for number, batch in enumerate(town.batches(people[-DRAFTS:], 1_000)):
        accounts = [
            Account(username=f"bench{number}-{rank}", password="!bench", person=person)
            for rank, person in enumerate(batch)
            if rank % 2
        ]
        by_person = {account.person_id: account for account in Account.objects.bulk_create(accounts)}
        cases = []
        for person in batch:
            account = by_person.get(person.pk)
            cases.append(
                Case(
                    reference=new_reference(),
                    version=version,
                    procedure=version.procedure,
                    service=version.procedure.service,
                    applicant=person if account else None,
                    account=account,
                    commune=person.commune,
                    contact_email=f"envoi{person.pk}@example.org",
                    answers={**sample.draft_answers, **_own(person), "email": f"envoi{person.pk}@example.org"},
                    created_at=now,
                    updated_at=now,
                )
            )
        Case.objects.bulk_create(cases)
        documents = Document.objects.bulk_create(_document(case, at=now) for case in cases)
        for case, document in zip(cases, documents, strict=True):
            case.answers["proof"] = [document.key]
            key = town.new_session(case.account) if case.account else town.new_session(cases=[case.reference])
            made.append({"reference": case.reference, "session": key})
        Case.objects.bulk_update(cases, ["answers"])
    return made


if __name__ == "__main__":
    main()
