"""The territory's pages and the demonstration's news load once, follow the files, and leave editors' work alone."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from wagtail.models import Page, Site

from bocage.identity.models import Account
from bocage.publishing import demo, loading, queries
from bocage.publishing.models import Alert, EditorialPage, HomePage, NewsIndexPage, NewsPage
from bocage.territory.queries import today
from tests.publishing.factories import NOW, tree
from tests.territory.factories import mormal

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
LEGAL = ("mentions-legales", "accessibilite", "donnees-personnelles")


@pytest.fixture
def media(settings: Any, tmp_path: Path) -> None:
    """Pictures go to a folder of the test's."""
    settings.MEDIA_ROOT = tmp_path


def test_the_tree_replaces_wagtails_welcome_and_loads_once() -> None:
    home = tree()
    pages = set(Page.objects.values_list("url_path", flat=True))
    assert Site.objects.get(is_default_site=True).root_page_id == home.pk
    assert not Page.objects.filter(title__startswith="Welcome").exists()
    assert all(queries.page_by_slug(slug) for slug in LEGAL)
    revisions = {page.pk: page.latest_revision_id for page in Page.objects.all()}
    tree()
    assert set(Page.objects.values_list("url_path", flat=True)) == pages
    assert {page.pk: page.latest_revision_id for page in Page.objects.all()} == revisions
    assert Page.find_problems() == ([], [], [], [], [])


def test_a_file_that_changes_changes_its_page_unless_somebody_edited_it() -> None:
    tree()
    page = queries.page_by_slug("mentions-legales")
    assert page
    text = loading.plain_text.Text("mentions-legales", "Autre titre", "", [], "another digest")
    loading.put(EditorialPage, HomePage.objects.get(), text)
    assert EditorialPage.objects.get(pk=page.pk).title == "Autre titre"
    edited = EditorialPage.objects.get(pk=page.pk)
    edited.title = "Le titre de l'agent"
    edited.save_revision(user=Account.objects.create(username="agent")).publish()
    loading.put(EditorialPage, HomePage.objects.get(), text)
    tree()
    assert EditorialPage.objects.get(pk=page.pk).title == "Le titre de l'agent"


def test_texts_name_the_territory() -> None:
    tree()
    page = queries.page_by_slug("mentions-legales")
    assert page
    html = page.body.render_as_block()
    assert "200043321" in html
    assert "«" not in page.intro + html.replace("« ", "")


@pytest.mark.usefixtures("media")
def test_the_demonstration_follows_today_and_doubles_nothing() -> None:
    mormal(NOW)
    loading.load(NOW)
    demo.load(NOW)
    first = {page.slug: page.date for page in NewsPage.objects.all()}
    alerts = Alert.objects.count()
    assert len(first) >= 4
    assert alerts >= 2
    assert all(queries.alerts(None, NOW))
    demo.load(NOW)
    later = NOW + timedelta(days=10)
    demo.load(later)
    moved = {page.slug: page.date for page in NewsPage.objects.all()}
    assert moved == {slug: day + timedelta(days=10) for slug, day in first.items()}
    assert Alert.objects.count() == alerts
    assert queries.alerts(None, later)
    assert queries.current_news(today(later)).count() == len(first)
    assert NewsPage.objects.get(slug="composteurs-le-quesnoy").picture is not None
    assert NewsIndexPage.objects.get().numchild == len(first)


def test_no_text_shows_a_word_of_the_administration() -> None:
    banned = ("usager", "téléservice", "dématérialisé", "soumettre")
    for path in [*(loading.folder() / "pages").glob("*"), *(loading.folder() / "news").glob("*.[mj]*")]:
        text = path.read_text(encoding="utf-8").lower()
        assert not [word for word in banned if word in text], path
