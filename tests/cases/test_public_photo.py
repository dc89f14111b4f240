"""A report's photo on its public page: shown by an agent who looked, withdrawn in one act, gone with consent."""

from io import BytesIO

import pytest
import time_machine
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from PIL import Image

from bocage.base import outbox
from bocage.base.actors import Actor
from bocage.base.models import Event
from bocage.base.private_files import GRACE
from bocage.base.uploads.images import reduced
from bocage.cases.engine import Refused
from bocage.cases.models import Case, Document, PublicPhoto
from bocage.cases.operations import Conflict, add_document, answer_correction, move_case, publish, submit_case
from bocage.cases.operations.documents import sweep_files
from bocage.cases.operations.drafts import save_answers
from bocage.cases.operations.joining import join_case
from bocage.cases.operations.showing import LARGE_BYTES, SMALL_BYTES, copies_of, hide_photo, path_of, show_photo
from bocage.cases.privacy import erase_case
from bocage.cases.schema import ProcedureDocument
from bocage.identity.actors import actor_of_account
from bocage.identity.models import Role
from tests.cases.desk import commune, page, sit
from tests.cases.factories import RESIDENT, body, document
from tests.cases.public import SLUG, draft, filed
from tests.identity import factories
from tests.territory.factories import mormal

ALT = "Un trou devant un portail"


@pytest.fixture
def territory(db, now):
    """Mormal, as it is loaded."""
    return mormal(now)


pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("territory")]


def snapshot(side=1600, noise=False):
    """A photograph of a telephone, with its position in it."""
    picture = Image.effect_noise((side, side // 2), 90).convert("RGB") if noise else Image.new("RGB", (side, side // 2))
    exif = Image.Exif()
    exif[0x010F] = "Telephone"
    exif.get_ifd(0x8825)[2] = (50.0, 14.0, 56.0)
    out = BytesIO()
    picture.save(out, "JPEG", exif=exif, comment=b"Marcelle")
    return out.getvalue()


def reported(now, clean=True, **answers):
    """A report sent with a photo."""
    case = draft(now, **answers)
    upload = SimpleUploadedFile("IMG_Marcelle.jpg", snapshot(), "image/jpeg")
    one = add_document(case, upload, field=document(SLUG).by_id["photo"], actor=RESIDENT, now=now)
    save_answers(case, {"photo": [one.key]}, now=now)
    if clean:
        outbox.drain(now)
    return submit_case(case, actor=RESIDENT, now=now), one.key


def show(case, key, now, role=Role.AGENT, alt=ALT, looked=True, service="participation"):
    bounds = {"commune": commune("59481")} if role == Role.RECEPTION else {"service": service}
    agent = factories.agent(role, **bounds)
    fresh = Case.objects.select_related("version", "procedure", "in_public").get(pk=case.pk)
    return show_photo(fresh, key, alt, looked=looked, agent=agent, actor=actor_of_account(agent), now=now)


def address(name, photo, *more):
    return reverse(name, args=[SLUG, photo.of_id, *more])


def seen(photo):
    """What everyone gets of the two copies."""
    found = [Client().get(address("public_photo", photo, key)) for key in (photo.key, photo.small_key)]
    return [answer.status_code for answer in found]


# --- Shown ---------------------------------------------------------------------------------------------------------
def test_what_is_served_is_a_small_copy_without_anything_hidden(now):
    case, key = reported(now)
    with time_machine.travel(now, tick=False):
        photo = show(case, key, now)
        large, small = (Client().get(address("public_photo", photo, one)) for one in (photo.key, photo.small_key))
        for answer, side, limit in ((large, 960, LARGE_BYTES), (small, 240, SMALL_BYTES)):
            assert answer["Content-Type"] == "image/jpeg"
            picture = Image.open(BytesIO(answer.content))
            assert max(picture.size) == side
            assert len(answer.content) <= limit
            assert not picture.getexif()
            assert {"exif", "comment", "icc_profile"}.isdisjoint(picture.info)
        listing = page(Client().get(reverse("public_cases", args=[SLUG])))
        assert ALT in listing
        assert photo.small_key in listing
        told = page(Client().get(address("public_case", photo)))
        assert address("public_photo", photo, photo.key) in told
        for secret in (key, "IMG_Marcelle", case.reference):
            assert secret not in told + listing
        again = Client().get(address("public_photo", photo, photo.key), headers={"If-None-Match": large["ETag"]})
        assert again.status_code == 304
        assert Client().get(address("public_photo", photo, key)).status_code == 404, "never the document itself"
    told = Event.objects.get(subject=case.subject, kind="cases.photo_shown")
    assert told.payload.body["document"] == key
    assert told.actor.startswith("account:")


@pytest.mark.parametrize(("side", "limit"), [(960, 30_000), (240, 2_000)])
def test_a_picture_that_does_not_compress_is_made_smaller_until_it_is_light(side, limit):
    content, width, height = reduced(snapshot(noise=True), side, limit)
    assert len(content) <= limit
    assert Image.open(BytesIO(content)).size == (width, height)
    assert max(width, height) < side


@pytest.mark.parametrize(
    ("role", "service", "changes", "field"),
    [
        (Role.AGENT, "participation", {"looked": False}, "looked"),
        (Role.AGENT, "participation", {"alt": "  "}, "alt"),
        (Role.AGENT, "participation", {"alt": "a" * 161}, "alt"),
        (Role.AGENT, "participation", {"key": "0" * 32}, "photo"),
        (Role.RECEPTION, "", {}, None),
        (Role.MANAGER, "waste", {}, None),
    ],
)
def test_nothing_is_shown_without_an_agent_who_looked_and_says_what_it_is(now, role, service, changes, field):
    case, key = reported(now)
    told = {"key": key, **changes}
    with pytest.raises(Refused) as refused:
        show(case, told.pop("key"), now, role, service=service, **told)
    assert field is None or field in refused.value.errors
    assert not PublicPhoto.objects.exists()
    assert not Event.objects.filter(kind="cases.photo_shown").exists()


def test_a_photo_that_the_scanner_has_not_cleared_is_never_shown(now):
    case, key = reported(now, clean=False)
    with pytest.raises(Refused):
        show(case, key, now)
    Document.objects.filter(key=key).update(scan_state="refused")
    with pytest.raises(Refused):
        show(case, key, now)
    Document.objects.filter(key=key).update(scan_state="clean")
    assert show(case, key, now).document.key == key


def test_without_consent_or_under_a_version_that_promised_never_it_is_refused(now):
    case, key = reported(now, shown="non")
    with pytest.raises(Refused):
        show(case, key, now)
    promised = {**body(SLUG), "public_list": {**body(SLUG)["public_list"], "photo": None}}
    publish(promised, actor=Actor.system("test"), now=now)
    case, key = reported(now)
    with pytest.raises(Refused):
        show(case, key, now)
    assert not PublicPhoto.objects.exists()


def test_an_agent_who_read_before_a_change_is_told(now):
    case, key = reported(now)
    stale = Case.objects.select_related("version", "procedure", "in_public").get(pk=case.pk)
    Case.objects.filter(pk=case.pk).update(revision=stale.revision + 1)
    agent = factories.agent(Role.AGENT, service="participation")
    before = set(_files())
    with pytest.raises(Conflict):
        show_photo(stale, key, ALT, looked=True, agent=agent, actor=actor_of_account(agent), now=now)
    assert set(_files()) == before, "no copy stays behind"


def _files():
    folders, _none = storages["private"].listdir("")
    return [f"{folder}/{name}" for folder in folders for name in storages["private"].listdir(folder)[1]]


# --- Withdrawn -----------------------------------------------------------------------------------------------------
@pytest.fixture
def written(django_capture_on_commit_callbacks):
    """What follows is committed: files are erased then."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


def _gone(photo):
    assert not PublicPhoto.objects.filter(pk=photo.pk).exists()
    assert seen(photo) == [404, 404]
    assert not any(storages["private"].exists(path_of(key)) for key in (photo.key, photo.small_key))


def test_one_act_withdraws_it_for_everyone(now, written):
    case, key = reported(now)
    with time_machine.travel(now, tick=False):
        photo = show(case, key, now)
        assert seen(photo) == [200, 200]
        with written():
            hide_photo(case, actor=Actor.system("test"), now=now)
        _gone(photo)
        hide_photo(case, actor=Actor.system("test"), now=now)
        assert Event.objects.filter(subject=case.subject, kind="cases.photo_hidden").count() == 1
        assert Document.objects.get(key=key).scan_state == "clean", "the service keeps the report's own photo"


def test_another_takes_its_place(now, written):
    case, key = reported(now)
    with time_machine.travel(now, tick=False):
        with written():
            first, second = show(case, key, now), show(case, key, now, alt="Le même trou")
        _gone(first)
        assert seen(second) == [200, 200]


@pytest.mark.parametrize("answer", [{"shown": "non"}, {"photo": []}])
def test_its_author_who_takes_consent_or_photo_back_withdraws_it(now, answer, written):
    case, key = reported(now)
    with time_machine.travel(now, tick=False):
        photo = show(case, key, now)
        agent = factories.agent(Role.MANAGER, service="participation")
        fresh = Case.objects.select_related("version", "procedure").get(pk=case.pk)
        asked = tuple(answer)
        move_case(
            fresh,
            "ask",
            agent=agent,
            actor=actor_of_account(agent),
            now=now,
            fields=asked,
            message="Est-ce encore vrai ?",
        )
        assert seen(photo) == [200, 200]
        with written():
            answer_correction(fresh, answer, actor=RESIDENT, now=now)
        _gone(photo)


def test_a_report_joined_to_another_shows_no_photo_and_an_erased_one_keeps_none(now, written):
    case, key = reported(now)
    with time_machine.travel(now, tick=False):
        photo = show(case, key, now)
        join_case(Case.objects.get(pk=case.pk), filed(now), actor=Actor.system("test"), now=now)
        assert seen(photo) == [404, 404]
        assert Client().get(address("public_case", photo)).status_code == 404
        with written():
            erase_case(case, actor=Actor.system("test"), now=now)
        _gone(photo)


def test_the_sweep_of_lost_files_spares_the_copies(now):
    case, key = reported(now)
    with time_machine.travel(now, tick=False):
        photo = show(case, key, now)
        assert sorted(copies_of(case)) == sorted((photo.key, photo.small_key))
        sweep_files(now + GRACE * 400)
        assert seen(photo) == [200, 200]


def test_the_database_wants_to_know_what_it_shows(now):
    case, key = reported(now)
    photo = show(case, key, now)
    with pytest.raises(IntegrityError), transaction.atomic():
        PublicPhoto.objects.filter(pk=photo.pk).update(alt="")


# --- At the desk ---------------------------------------------------------------------------------------------------
def test_the_desk_shows_and_withdraws(now, written):
    case, key = reported(now)
    with time_machine.travel(now, tick=False):
        client, _account = sit(Role.AGENT, service="participation")
        desk = reverse("cases_photo", args=[case.reference])
        assert desk in page(client.get(reverse("cases_desk", args=[case.reference])))
        form = page(client.get(desk))
        assert "Montrer cette photo à tous" in form
        assert client.post(desk, {"do": "show", "photo": key, "alt": ALT}).status_code == 422, "without having looked"
        seen_before = {"do": "show", "photo": key, "alt": ALT, "looked": "on", "revision": "0"}
        assert client.post(desk, seen_before).status_code == 409
        assert client.post(desk, {"do": "show", "photo": key, "alt": ALT, "looked": "on"}).status_code == 302
        photo = PublicPhoto.objects.get()
        assert "Retirer cette photo" in page(client.get(desk))
        with written():
            assert client.post(desk, {"do": "hide"}).status_code == 302
        _gone(photo)
        story = page(client.get(reverse("cases_desk", args=[case.reference]) + "?historique=1"))
        assert "photo" in story.lower()


def test_reception_neither_shows_nor_withdraws(now):
    case, key = reported(now)
    with time_machine.travel(now, tick=False):
        photo = show(case, key, now)
        client, _account = sit(Role.RECEPTION, commune=commune("59481"))
        desk = reverse("cases_photo", args=[case.reference])
        assert "Retirer cette photo" not in page(client.get(desk))
        assert client.post(desk, {"do": "hide"}).status_code == 422
        assert seen(photo) == [200, 200]


# --- The document --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["details", "gone"])
def test_a_list_whose_photo_is_no_picture_is_refused(name):
    wrong = {**body(SLUG), "public_list": {**body(SLUG)["public_list"], "photo": name}}
    with pytest.raises(ValueError, match="des images"):
        ProcedureDocument.model_validate(wrong)


def test_a_photo_field_that_takes_other_files_is_refused():
    steps = [
        {
            **step,
            "fields": [{**one, "accept": ["image", "pdf"]} if one["id"] == "photo" else one for one in step["fields"]],
        }
        for step in body(SLUG)["steps"]
    ]
    with pytest.raises(ValueError, match="des images"):
        ProcedureDocument.model_validate({**body(SLUG), "steps": steps})
