"""One's data in an archive: asked, made in the background, complete, one's own, gone in a week."""

import io
import json
import zipfile
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.files.storage import storages
from django.test import Client
from django.urls import reverse

from bocage.base import outbox, registry
from bocage.base.models import Event
from bocage.identity.models import Account
from bocage.privacy import archive
from bocage.privacy.models import CopyState, DataCopy
from bocage.privacy.operations import CopyWaiting, ask_copy
from bocage.privacy.operations.copies import expire_copies, sweep_files
from tests.conftest import NOW
from tests.identity import factories
from tests.privacy import someone

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("territory", "committing", "frozen")]


def made(account: Account) -> DataCopy:
    """An archive, ready."""
    copy = ask_copy(account, actor=factories.SYSTEM, now=NOW)
    outbox.drain(NOW)
    copy.refresh_from_db()
    assert copy.state == CopyState.READY
    return copy


def opened(copy: DataCopy) -> zipfile.ZipFile:
    with storages["private"].open(copy.path) as stored:
        return zipfile.ZipFile(io.BytesIO(stored.read()))


@pytest.fixture
def them(now: Any) -> someone.Someone:
    return someone.known(now)


def test_everything_is_in_it_to_read_and_for_other_services(them: someone.Someone) -> None:
    copy = made(them.account)
    with opened(copy) as bundle:
        names = bundle.namelist()
        page = bundle.read("mes-donnees.html").decode()
        told = {name: json.loads(bundle.read(name)) for name in names if name.startswith("json/")}
        papers = [name for name in names if name.startswith("documents/")]
        for name in papers:
            assert bundle.read(name)
    assert set(told) == {f"json/{holder.name}.json" for _manifest, holder in archive.holders()} | {"json/compte.json"}
    assert told["json/identity.json"]["fiches"][0]["telephone"] == "+33639981234"
    assert {one["reference"] for one in told["json/cases.json"]["demandes"]} == {
        them.closed.reference,
        them.draft.reference,
    }
    assert "JBSWY3DP" not in page + json.dumps(told)
    assert "password" not in json.dumps(told)
    for expected in (them.closed.reference, "Foyer", "Nom de naissance", "Adresses e-mail", "Vandenbroucke", "(2)"):
        assert expected in page
    assert papers
    for name in papers:
        assert f'href="{name}"' in page, "each file is a link away in the page"
    assert (copy.written, copy.total) == (copy.total, len(archive.holders()) + 1 + len(papers))


def test_every_key_has_its_french_word(them: someone.Someone) -> None:
    """A page that said « identite_niveau » would be read by nobody."""
    missing = set()

    def walk(value: Any, words: Any, depth: int = 0) -> None:
        if isinstance(value, dict):
            for key, inside in value.items():
                if key.islower() and key.replace("_", "").isalnum() and key not in words | archive.WORDS:
                    missing.add(key)
                if key not in ("reponses", "partie_du_service", "saisie_a_corriger"):  # people's own questions
                    walk(inside, words)
        elif isinstance(value, list):
            for row in value:
                walk(row, words)

    for _manifest, holder in archive.holders():
        walk(registry.resolve(holder.export)(them.person), registry.resolve(holder.words) if holder.words else {})
    assert missing == set()


def test_what_cannot_be_read_is_named(them: someone.Someone, monkeypatch: pytest.MonkeyPatch) -> None:
    resolve = registry.resolve

    def broken(path: str) -> Any:
        if path == "bocage.messaging.privacy.export":
            raise RuntimeError("the table is away")
        return resolve(path)

    monkeypatch.setattr(registry, "resolve", broken)
    with opened(made(them.account)) as bundle:
        assert "n’a pas pu être lue" in bundle.read("mes-donnees.html").decode()
        assert "json/messaging.notices.json" not in bundle.namelist()
        assert "json/cases.json" in bundle.namelist()


def test_what_people_wrote_is_no_markup_in_the_page(now: Any) -> None:
    account = factories.account(person=factories.person("<script>alert(1)</script>", "A&B"))
    with opened(made(account)) as bundle:
        page = bundle.read("mes-donnees.html").decode()
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_an_account_without_person_gets_its_own_part(now: Any) -> None:
    with opened(made(factories.agent("editor"))) as bundle:
        assert sorted(bundle.namelist()) == ["json/compte.json", "mes-donnees.html"]


def test_one_is_made_at_a_time(them: someone.Someone) -> None:
    ask_copy(them.account, actor=them.actor, now=NOW)
    with pytest.raises(CopyWaiting):
        ask_copy(them.account, actor=them.actor, now=NOW)


def test_a_failure_is_tried_again_then_told(them: someone.Someone, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: Any, **_more: Any) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(archive, "write", broken)
    copy = ask_copy(them.account, actor=them.actor, now=NOW)
    for hour in range(3):
        outbox.drain(NOW + timedelta(hours=hour))
        copy.refresh_from_db()
        assert copy.state == (CopyState.WAITING if hour < 2 else CopyState.FAILED)


def test_it_is_gone_in_a_week(them: someone.Someone) -> None:
    copy = made(them.account)
    assert expire_copies(NOW + timedelta(days=7, seconds=-1)) == 0
    assert expire_copies(NOW + timedelta(days=7)) == 1
    assert not storages["private"].exists(copy.path)
    assert not DataCopy.objects.exists()


def test_a_file_without_row_is_swept(them: someone.Someone) -> None:
    copy = made(them.account)
    later = NOW + timedelta(days=365 * 5)  # files are dated by the machine's clock
    assert sweep_files(later) == 0
    DataCopy.objects.all().delete()
    assert sweep_files(later) == 1
    assert not storages["private"].exists(copy.path)


# --- Its pages ------------------------------------------------------------------------------------------------------
def test_from_my_account_to_the_file(client: Client, them: someone.Someone) -> None:
    client.force_login(them.account)
    assert reverse("data_home") in client.get(reverse("identity_home")).content.decode()
    assert "Nom, coordonnées" in client.get(reverse("data_home")).content.decode()
    assert client.post(reverse("data_ask"))["Location"] == reverse("data_home")
    waiting = client.get(reverse("data_home")).content.decode()
    assert "se prépare" in waiting
    assert "Télécharger" not in waiting
    outbox.drain(NOW)
    (copy,) = DataCopy.objects.all()
    address = reverse("data_download", args=[copy.pk])
    assert address in client.get(reverse("data_home")).content.decode()
    response = client.get(address)
    assert response["Content-Type"] == "application/zip"
    assert response["Cache-Control"] == "private, no-store"
    assert b"".join(response.streaming_content)[:2] == b"PK"  # type: ignore[attr-defined]
    kinds = set(Event.objects.filter(stream="privacy").values_list("kind", flat=True))
    assert kinds == {"privacy.copy_asked", "privacy.copy_made", "privacy.copy_downloaded"}
    assert client.post(reverse("data_remove", args=[copy.pk])).status_code == 302
    assert client.get(address).status_code == 404


def test_anothers_archive_does_not_exist(client: Client, them: someone.Someone) -> None:
    copy = made(them.account)
    client.force_login(factories.resident(birth_name="Curieux"))
    for address, way in (
        (reverse("data_download", args=[copy.pk]), "get"),
        (reverse("data_remove", args=[copy.pk]), "post"),
    ):
        assert getattr(client, way)(address).status_code == 404
    assert DataCopy.objects.count() == 1


def test_an_archive_past_its_time_is_not_given_even_before_the_night(client: Client, them: someone.Someone) -> None:
    copy = made(them.account)
    with time_machine.travel(NOW + timedelta(days=7, minutes=1), tick=False):
        client.force_login(them.account)
        assert client.get(reverse("data_download", args=[copy.pk])).status_code == 404


def test_nobody_without_account_comes_in(client: Client) -> None:
    for name in ("data_home", "data_looks", "data_agreed", "data_erase"):
        assert client.get(reverse(name))["Location"].startswith(reverse("account_login"))
