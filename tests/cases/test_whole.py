"""What people take away of their case is whole, and a file missing on the disk breaks no page."""

import json
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from django.core.files.storage import storages
from django.core.serializers.json import DjangoJSONEncoder
from django.test import Client
from django.urls import reverse

from bocage.cases import privacy
from bocage.cases.models import Case
from bocage.cases.operations import add_note, move_case, save_answers, send_as_letter
from bocage.cases.queries import space_for
from bocage.identity.models import Account
from bocage.messaging.models import Letter
from bocage.messaging.operations.letters import draw
from tests.cases.factories import RESIDENT, draft, filed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("territory", "frozen")]


def opens(client: Client, case: Case) -> None:
    session = client.session
    session["cases"] = [case.reference]
    session.save()


def archive(client: Client, case: Case) -> ZipFile:
    opens(client, case)
    answer = client.get(reverse("case_everything", args=[case.reference]))
    assert answer.status_code == 200
    return ZipFile(BytesIO(b"".join(answer.streaming_content)))


def missing(case: Case) -> None:
    case.documents.update(scan_state="clean")
    for item in case.documents.all():
        storages["private"].delete(item.path)


def test_the_archive_tells_what_is_typed_and_sealed(client: Client, now: Any) -> None:
    case = draft(now)
    field = case.version.document.by_id["garden_size"]
    object.__setattr__(field, "sensitive", True)
    try:
        save_answers(case, {"garden_size": "beaucoup"}, now=now)
        assert "$sealed" in json.dumps(case.pending)
        told = archive(client, case).read("demande.json").decode()
    finally:
        object.__setattr__(field, "sensitive", False)
    assert "$sealed" not in told
    assert "beaucoup" in told


def test_the_archive_holds_notices_and_letters(client: Client, now: Any) -> None:
    case = filed(now)
    send_as_letter(case, "receipt", actor=RESIDENT, now=now)
    letter = Letter.objects.order_by("pk").last()
    draw(letter, now)
    found = archive(client, case)
    told = json.loads(found.read("demande.json"))
    assert case.reference in told["notices"][0]["body"] + told["notices"][0]["title"]
    assert found.read(f"courriers/{letter.reference}.pdf").startswith(b"%PDF")


def test_a_document_missing_on_the_disk_breaks_no_page(client: Client, now: Any) -> None:
    case = filed(now)
    missing(case)
    opens(client, case)
    key = case.documents.get().key
    assert client.get(reverse("case_document", args=[case.reference, key])).status_code == 404
    assert "demande.json" in archive(client, case).namelist()


def test_what_waits_for_an_answer_is_shown_however_old(now: Any, waste_manager: Any) -> None:
    account = Account.objects.create(username="m")
    case = filed(now)
    told = {"agent": waste_manager.account, "actor": waste_manager.actor, "now": now}
    move_case(case, "ask", message="Relisez", fields=("garden_size",), **told)
    Case.objects.filter(pk=case.pk).update(account=account)
    case.refresh_from_db()
    for number in range(81):
        copy = Case.objects.get(pk=case.pk)
        copy.pk, copy.reference, copy.waiting_for = None, f"COPY-{number:04d}", "agent"
        copy.save()
        Case.objects.filter(pk=copy.pk).update(updated_at=now.replace(year=now.year + 1))
    space = space_for(account, None, now)
    assert [one.reference for one in space.to_answer] == [case.reference]
    assert len(space.running) == 20


def test_the_export_tells_decisions_notes_and_what_is_being_typed(now: Any, waste_manager: Any) -> None:
    case = filed(now)
    person = case.applicant
    add_note("Rappeler jeudi", author=waste_manager.account, actor=waste_manager.actor, now=now, case=case)
    add_note("Entend mal", author=waste_manager.account, actor=waste_manager.actor, now=now, person=person)
    told = {"agent": waste_manager.account, "actor": waste_manager.actor, "now": now}
    Case.objects.filter(pk=case.pk).update(agent_answers={"serial": "B77"})
    move_case(Case.objects.get(pk=case.pk), "reject", reason="Plus de stock", **told)
    other = draft(now)
    Case.objects.filter(pk=other.pk).update(applicant=person)
    save_answers(other, {"garden_size": "beaucoup"}, now=now)
    export = privacy.export(person)
    first, second = export["demandes"]
    assert first["decisions"][0]["motif"] == "Plus de stock"
    assert first["notes_du_service"][0]["texte"] == "Rappeler jeudi"
    assert "B77" in str(first["partie_du_service"])
    assert second["saisie_a_corriger"] == {"garden_size": "beaucoup"}
    assert export["notes_du_service"][0]["texte"] == "Entend mal"
    assert (
        json.loads(json.dumps(export, cls=DjangoJSONEncoder))["demandes"][0]["decisions"][0]["motif"] == "Plus de stock"
    )
