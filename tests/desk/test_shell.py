"""The shell of the desk: no script but ours, a strict policy for our pages, Wagtail's own pages told apart."""

from typing import Any

import pytest
from django.urls import reverse

from bocage.identity.models import Role
from tests.cases.desk import page, sit
from tests.identity import factories

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen")]

OURS = (
    "desk_today",
    "desk_absences",
    "cases_worklist",
    "cases_counter",
    "cases_scans",
    "cases_figures",
    "messaging_desk:letters",
    "territory_desk:places",
    "territory_desk:organisations",
    "territory_desk:services",
    "identity_desk:agents",
    "identity_desk:invite",
    "desk_failures",
)


def policy(response: Any) -> dict[str, str]:
    """The directives of a response."""
    return dict(part.strip().split(" ", 1) for part in response["Content-Security-Policy"].split(";"))


@pytest.mark.parametrize("name", OURS)
def test_our_pages_are_as_strict_as_residents_pages(name: str) -> None:
    client, _account = sit(Role.ADMINISTRATOR)
    factories.commune()
    response = client.get(reverse(name))
    assert response.status_code == 200
    told = policy(response)
    assert told["script-src"] == told["style-src"] == "'self'"
    assert told["frame-ancestors"] == "'none'"
    shown = page(response)
    assert shown.count("<script") == 1
    assert "wagtailadmin/js" not in shown


@pytest.mark.parametrize("name", ["wagtailadmin_explore_root", "wagtailimages:index", "wagtaildocs:index"])
def test_wagtails_pages_get_what_they_need_and_no_third_party(name: str) -> None:
    client, _account = sit(Role.ADMINISTRATOR)
    told = policy(client.get(reverse(name), follow=True))
    assert told["script-src"] == "'self' 'unsafe-inline'"
    assert told["default-src"] == told["form-action"] == "'self'"
    assert "unsafe-eval" not in str(told)
    assert "http" not in str(told)


def test_residents_pages_stay_strict(client: Any) -> None:
    assert policy(client.get(reverse("track")))["script-src"] == "'self'"


def test_wagtails_menu_lists_our_screens() -> None:
    client, _account = sit(Role.ADMINISTRATOR)
    shown = page(client.get(reverse("wagtailimages:index")))
    for name in ("cases_counter", "cases_worklist", "messaging_desk:letters"):
        assert reverse(name) in shown
    assert "releases.wagtail.org" not in shown
    assert "gravatar" not in shown


def test_someone_refused_gets_no_menu_and_no_error() -> None:
    client, _account = sit(Role.EDITOR)
    assert client.get(reverse("cases_worklist")).status_code == 403


def test_the_list_of_pictures_opens_the_first_time() -> None:
    """Wagtail makes its thumbnails while it lists: the guard of reading views lets that through."""
    from django.core.files.uploadedfile import SimpleUploadedFile
    from wagtail.images.models import Image

    from tests.cases.factories import jpeg

    Image.objects.create(title="Une haie", file=SimpleUploadedFile("haie.jpg", jpeg(), "image/jpeg"))
    client, _account = sit(Role.ADMINISTRATOR)
    assert client.get(reverse("wagtailimages:index")).status_code == 200


def test_what_agents_read_never_breaks_before_its_sign() -> None:
    client, _account = sit(Role.MANAGER)
    shown = client.get(reverse("cases_scans")).content.decode()
    assert " : PDF ou image" not in shown
    assert "\u00a0: PDF ou image" in shown


@pytest.mark.parametrize(("role", "shown"), [(Role.EDITOR, False), (Role.ADMINISTRATOR, True)])
def test_wagtails_reports_are_listed_where_they_open(role: Role, shown: bool) -> None:
    client, _account = sit(role)
    assert ("/bureau/reports/" in page(client.get(reverse("wagtailimages:index")))) is shown
    assert (client.get(reverse("wagtailadmin_reports:site_history")).status_code == 200) is shown
