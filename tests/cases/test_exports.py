"""Exports of the worklist: what they hold, what they never hold, who gets them, how they end."""

import csv
import io
import zipfile
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

import pytest
import time_machine
from django.core.files.storage import storages
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from bocage.base import outbox, tables
from bocage.base.models import Event
from bocage.cases.desk_views.exports import in_words
from bocage.cases.engine import Refused
from bocage.cases.exports import operations
from bocage.cases.exports.operations import ask_export, expire_exports
from bocage.cases.models import Case, Export, Procedure
from bocage.cases.operations import forward_case, publish
from bocage.cases.queries import Filters
from bocage.identity.actors import actor_of_account
from bocage.identity.models import Account, Post, Role
from tests.cases.desk import commune, page, sit
from tests.cases.factories import RESIDENT, body, filed
from tests.conftest import NOW

TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"


# --- Writing -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "text", ["=1+1", "+33", "-2", "@SUM(A1)", "\t=1", "  =1", "\r=1", "\n=1", "＝1", "\ufeff=1", "|cmd", "%x"]
)
def test_a_text_that_a_spreadsheet_would_run_is_made_harmless(text: str) -> None:
    assert tables.harmless(text) == f"'{text}"


@pytest.mark.parametrize("text", ["Delattre", "12 rue de l’Église", "1=1", "03 53 01 00 12", ""])
def test_a_plain_text_stays_as_it_is(text: str) -> None:
    assert tables.harmless(text) == text


@given(st.lists(st.text(max_size=30), min_size=1, max_size=4))
def test_any_text_makes_a_csv_and_a_sheet_that_can_be_read(texts: list[str]) -> None:
    for format_ in ("csv", "ods"):
        out = io.BytesIO()
        tables.write(format_, out, ["Un"], [texts])
        read = sheet(out.getvalue()) if format_ == "ods" else table(out.getvalue())
        assert len(read) == 2


def table(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))


def sheet(content: bytes) -> list[list[ElementTree.Element]]:
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        first = package.infolist()[0]
        assert (first.filename, first.compress_type, first.extra) == ("mimetype", zipfile.ZIP_STORED, b"")
        assert package.read("mimetype").decode() == "application/vnd.oasis.opendocument.spreadsheet"
        assert package.testzip() is None
        root = ElementTree.fromstring(package.read("content.xml"))
    return [list(row.findall(f"{TABLE}table-cell")) for row in root.iter(f"{TABLE}table-row")]


def test_a_sheet_keeps_numbers_and_dates_as_such() -> None:
    out = io.BytesIO()
    tables.write("ods", out, ["a"], [["=1", date(2026, 3, 9), Decimal("12.50"), None, "deux\nlignes\x01"]])
    text, day, number, empty, lines = sheet(out.getvalue())[1]
    assert text.get(f"{OFFICE}value-type") == "string"
    assert (day.get(f"{OFFICE}date-value"), day[0].text) == ("2026-03-09", "09/03/2026")
    assert (number.get(f"{OFFICE}value"), number[0].text) == ("12.50", "12,50")
    assert not list(empty)
    assert [part.text for part in lines.findall(f"{TEXT}p")] == ["deux", "lignes "]


# --- What an export holds ------------------------------------------------------------------------------------------
pytestmark_desk = [pytest.mark.django_db, pytest.mark.usefixtures("frozen", "territory")]


def desk(test: Any) -> Any:
    for mark in pytestmark_desk:
        test = mark(test)
    return test


def ask(account: Account, format_: str = "csv", *, sensitive: bool = False, **filters: str) -> Export:
    return ask_export(
        account,
        Filters(**filters),
        format_=format_,
        sensitive=sensitive,
        actor=actor_of_account(account),
        now=NOW,
    )


def made(account: Account, format_: str = "csv", **more: Any) -> list[list[Any]]:
    export = ask(account, format_, **more)
    assert outbox.drain(NOW, queue_names=["exports"]) == 1
    export.refresh_from_db()
    assert export.state == "ready", export.state
    with storages["private"].open(export.path) as kept:
        content = kept.read()
    assert export.size == len(content)
    return table(content) if format_ == "csv" else sheet(content)


@desk
def test_whoever_signs_takes_exports_away_too(now: Any) -> None:
    case = filed(now)
    client, account = sit(Role.MANAGER, service="waste", delegation="Arrêté 2026-12")
    assert [line[0] for line in made(account)[1:]] == [case.reference]
    with time_machine.travel(NOW, tick=False):
        taken = client.get(f"/bureau/exports/{Export.objects.get().pk}/fichier/")
        assert case.reference in taken.getvalue().decode("utf-8-sig")


@desk
def test_an_export_holds_the_list_as_filtered_within_reach(now: Any) -> None:
    case = filed(now)
    other = filed(now, given_names="=cmd|'/c calc'!A1")
    Case.objects.filter(pk=other.pk).update(service="libraries")
    _client, account = sit(Role.AGENT, service="waste")
    header, *lines = made(account)
    assert [line[0] for line in lines] == [case.reference]
    told = dict(zip(header, lines[0], strict=True))
    assert told["Nom"] == case.applicant_name
    assert told["Commune"] == "Locquignol"
    assert told["Reçu le"] == "10/03/2026"
    assert told["Téléphone"] == "03 53 01 00 12"
    assert made(account, situation="closed")[1:] == []
    both = made(sit(Role.ADMINISTRATOR)[1])
    assert len(both) == 3
    assert not any(value.lstrip().startswith("=") for line in both for value in line)


@desk
def test_the_answers_of_one_procedure_come_with_it(now: Any) -> None:
    filed(now)
    _client, account = sit(Role.AGENT, service="waste")
    assert "Modèle" not in " ".join(made(account)[0])
    header, line = made(account, procedure="composteur")
    told = dict(zip(header, line, strict=True))
    labels = {field.id: field.label for field in Case.objects.get().version.document.by_id.values()}
    assert told[labels["garden_size"]] == "250"
    assert told[labels["birth_date"]] == "31/01/1948"
    assert told[labels["statement"]] == "Oui"
    cells = made(account, "ods", procedure="composteur")
    values = [cell.get(f"{OFFICE}value-type") for cell in cells[1]]
    assert {"float", "date", "string"} <= set(values)


def secret_case(now: Any) -> str:
    """A case whose phone is protected; the label of that answer."""
    text = body()
    steps = [
        {**step, "fields": [{**one, "sensitive": one["id"] == "garden_size"} for one in step["fields"]]}
        for step in text["steps"]
    ]
    publish({**text, "steps": steps}, actor=RESIDENT, now=now)
    filed(now)
    return str(Procedure.objects.get().current.document.by_id["garden_size"].label)


@desk
def test_protected_answers_are_left_out_unless_asked_and_then_journaled(now: Any) -> None:
    label = secret_case(now)
    assert "$sealed" in str(Case.objects.get().answers["garden_size"])
    _client, account = sit(Role.AGENT, service="waste")
    assert label not in made(account, procedure="composteur")[0]
    told = Event.objects.get(kind="cases.exported").payload.body
    assert (told["cases"], told["sensitive"]) == ([Case.objects.get().pk], False)
    header, line = made(account, procedure="composteur", sensitive=True)
    assert line[header.index(label)] == "250"
    event = Event.objects.filter(kind="cases.exported").latest("pk")
    assert event.payload.body["cases"] == [Case.objects.get().pk]
    assert event.payload.body["sensitive"] is True
    assert event.actor == f"account:{account.pk}"


@desk
def test_a_reception_takes_no_protected_answer_away(now: Any) -> None:
    label = secret_case(now)
    client, account = sit(Role.RECEPTION, commune=commune("59353"))
    with pytest.raises(Refused):
        ask(account, procedure="composteur", sensitive=True)
    assert "protégées" not in page(client.get("/bureau/exports/nouveau/?procedure=composteur")).split("<form")[-1]
    Post.objects.create(account=account, role=Role.AGENT, service="libraries", starts=date(2020, 1, 1))
    header, line = made(account, procedure="composteur", sensitive=True)
    assert line[header.index(label)] == ""  # asked under another post, which does not reach this case


# --- Its life ------------------------------------------------------------------------------------------------------
@desk
def test_an_agent_asks_for_an_export_watches_it_and_takes_it_away(now: Any) -> None:
    case = filed(now)
    client, account = sit(Role.AGENT, service="waste")
    assert "/bureau/exports/nouveau/?situation=open" in page(client.get("/bureau/dossiers/"))
    assert "Préparer" in page(client.get("/bureau/exports/nouveau/?situation=open"))
    answer = client.post("/bureau/exports/nouveau/", {"situation": "open", "format": "csv"}, follow=True)
    assert "Un export se prépare" in page(answer)
    outbox.drain(now)
    export = Export.objects.get()
    assert (export.written, export.total) == (1, 1)
    assert "Télécharger" in page(client.get("/bureau/exports/"))
    answer = client.get(f"/bureau/exports/{export.pk}/fichier/")
    content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    assert case.reference.encode() in content
    assert "attachment" in answer["Content-Disposition"]
    kinds = list(Event.objects.filter(subject=f"export:{export.pk}").order_by("pk").values_list("kind", "actor"))
    me = f"account:{account.pk}"
    assert kinds == [(f"cases.{kind}", me) for kind in ("export_asked", "exported", "export_downloaded")]
    client.post(f"/bureau/exports/{export.pk}/effacer/")
    assert not Export.objects.exists()


@desk
def test_a_wrong_format_is_said(now: Any) -> None:
    client, _account = sit(Role.AGENT, service="waste")
    answer = client.post("/bureau/exports/nouveau/", {"situation": "open", "format": "exe"})
    assert answer.status_code == 422
    assert "Choisissez un format" in page(answer)


@desk
def test_only_a_few_are_made_at_once(now: Any) -> None:
    _client, account = sit(Role.AGENT, service="waste")
    for _number in range(operations.AT_ONCE):
        ask(account)
    with pytest.raises(Refused):
        ask(account)


@desk
def test_who_lost_the_post_does_not_get_the_file(now: Any) -> None:
    filed(now)
    client, account = sit(Role.AGENT, service="waste")
    Post.objects.create(account=account, role=Role.AGENT, service="libraries", starts=date(2020, 1, 1))
    made(account)
    waiting = ask(account)
    Post.objects.filter(account=account, service="waste").update(ends=date(2026, 3, 9))
    outbox.drain(NOW)
    waiting.refresh_from_db()
    assert waiting.state == "failed"
    ready = Export.objects.exclude(pk=waiting.pk).get()
    assert client.get(f"/bureau/exports/{ready.pk}/fichier/").status_code == 404
    assert "Vos postes ont changé" in page(client.get("/bureau/exports/"))


@desk
def test_an_export_is_gone_after_seven_days(now: Any) -> None:
    client, account = sit(Role.AGENT, service="waste")
    made(account)
    export = Export.objects.get()
    assert expire_exports(now + timedelta(days=6)) == 0
    with time_machine.travel(now + timedelta(days=7), tick=False):
        client.force_login(account)
        assert client.get(f"/bureau/exports/{export.pk}/fichier/").status_code == 404
    assert expire_exports(now + timedelta(days=7)) == 1
    assert not Export.objects.exists()
    assert Event.objects.filter(kind="cases.export_removed", actor="system:expiry").exists()


@desk
def test_an_export_that_cannot_be_made_says_so_after_the_last_attempt(now: Any, monkeypatch: Any) -> None:
    client, account = sit(Role.AGENT, service="waste")
    ask(account)

    def broken(*_arguments: Any) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(tables, "write", broken)
    later = now
    for _attempt in range(operations.ATTEMPTS):
        assert Export.objects.get().state == "waiting"
        outbox.drain(later, queue_names=["exports"])
        later += timedelta(hours=2)
    assert Export.objects.get().state == "failed"
    assert "Échoué" in page(client.get("/bureau/exports/"))


@desk
def test_an_export_begun_by_a_lost_worker_is_made_by_another(now: Any) -> None:
    filed(now)
    _client, account = sit(Role.AGENT, service="waste")
    ask(account)
    [message] = outbox.claim("lost", ["exports"], 1, lambda: now)
    later = now + timedelta(hours=1)
    outbox.reclaim(later)
    with pytest.raises(outbox.LeaseLost):
        operations.run_export(message)
    assert outbox.drain(later, queue_names=["exports"]) == 1
    assert Export.objects.get().state == "ready"


@desk
def test_another_agents_export_does_not_exist(now: Any) -> None:
    _client, account = sit(Role.AGENT, service="waste")
    made(account)
    stranger: Client = sit(Role.ADMINISTRATOR)[0]
    assert stranger.get(f"/bureau/exports/{Export.objects.get().pk}/fichier/").status_code == 404
    assert "Aucun export" in page(stranger.get("/bureau/exports/"))


@desk
def test_an_export_says_in_words_what_it_holds(now: Any) -> None:
    case = filed(now)
    _client, account = sit(Role.MANAGER, service="waste")
    forward_case(case, "outside", agent=account, actor=actor_of_account(account), now=now, name="SIVOM", address="Ici")
    rows = made(account, situation="closed")
    assert "transmise ailleurs" in rows[1]
    assert in_words(Filters(procedure="composteur", state="studying")).endswith(", À l’étude")
