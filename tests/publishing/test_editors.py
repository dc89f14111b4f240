"""An editor writes pages, news and alerts at the desk, through Wagtail, and publishes them."""

from datetime import date
from importlib import import_module

import pytest
from django.apps import apps
from django.urls import reverse
from wagtail.models import Task, Workflow

from bocage.base.actors import Actor
from bocage.identity.models import Role
from bocage.identity.operations import create_account, grant_post
from bocage.publishing import loading
from bocage.publishing.models import EditorialPage
from bocage.territory.operations import load_territory

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def editor(client, now, settings):
    """Someone who writes pages, signed in."""
    from dataclasses import replace

    settings.DEMO, settings.ENV = True, replace(settings.ENV, mode="demo")  # no second factor to set up here
    load_territory("mormal", now=now)
    loading.load(now)
    actor = Actor.system("test")
    account = create_account(
        username="editor", email="editor@example.org", first_name="C", last_name="B", actor=actor, now=now
    )
    grant_post(account, role=Role.EDITOR, title="Rédactrice", starts=date(2020, 1, 1), actor=actor, now=now)
    client.force_login(account)
    return client


def test_an_editor_opens_and_publishes_a_page(editor, frozen):
    page = EditorialPage.objects.first()
    assert page is not None
    edit = reverse("wagtailadmin_pages:edit", args=[page.pk])
    assert editor.get(edit).status_code == 200
    assert page.permissions_for_user(editor.get(edit).wsgi_request.user).can_publish()
    assert editor.get(reverse("wagtailadmin_explore", args=[page.get_parent().pk])).status_code == 200
    assert editor.get(reverse("wagtailimages:index")).status_code == 200
    assert editor.get("/bureau/dossiers/").status_code in {302, 403, 404}


def test_an_editor_has_no_more_after_loading_again(now, editor):
    from wagtail.models import GroupPagePermission

    before = GroupPagePermission.objects.count()
    loading.load(now)
    assert GroupPagePermission.objects.count() == before


def test_nothing_that_wagtail_installed_is_named_in_english(db):
    for rows in (Workflow, Task):
        names = set(rows.objects.values_list("name", flat=True))
        assert names == {"Relecture par les modérateurs"}


def test_a_name_that_someone_gave_stays(db):
    rename = import_module("bocage.publishing.migrations.0003_approval_in_french")
    Workflow.objects.update(name="Notre relecture")
    Task.objects.update(name=rename.ENGLISH)
    rename.to_french(apps, None)
    assert (Workflow.objects.get().name, Task.objects.get().name) == ("Notre relecture", rename.FRENCH)
    rename.to_english(apps, None)
    assert (Workflow.objects.get().name, Task.objects.get().name) == ("Notre relecture", rename.ENGLISH)
