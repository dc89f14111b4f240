"""Loads the territory's pages: the root, the list of news, legal pages. What an editor has changed is left alone."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from wagtail.models import Locale, Page, Site

from bocage.publishing import editors, plain_text
from bocage.publishing.models import EditorialPage, HomePage, LoadedPage, NewsIndexPage
from bocage.territory import queries as territory


def folder() -> Path:
    """Where the territory's files are."""
    return Path(settings.TERRITORY_ROOT) / settings.ENV.territory


def load(now: datetime) -> None:
    """Load the tree and the pages of ``pages/*.md``; repeatable."""
    with transaction.atomic():
        home = _home()
        editors.grant(home)
        _news_index(home)
        for path in sorted((folder() / "pages").glob("*.md")):
            put(EditorialPage, home, plain_text.read(path, fill))


def fill(text: str) -> str:
    """Replace ``«territory.name»`` and its like in a file by what the territory says."""
    ours = territory.territory()
    values = {
        "name": ours.name,
        "phone": ours.phone,
        "address": ", ".join(ours.address.splitlines()),
        "siren": ours.siren,
        "publisher": ours.settings.get("publisher", ours.name),
        "data_protection_contact": ours.settings.get("data_protection_contact", ours.address),
        "accessibility_state": {
            "non": "non conforme",
            "part": "partiellement conforme",
            "full": "totalement conforme",
        }.get(ours.settings.get("accessibility_state", "non"), "non conforme"),
    }
    for name, value in values.items():
        text = text.replace(f"«territory.{name}»", str(value))
    return text


def put(
    model: type[LoadedPage],
    parent: Page,
    text: plain_text.Text,
    change: Callable[[Any], None] = lambda page: None,
) -> LoadedPage:
    """Write and publish a page of a file under ``parent``; ``change`` sets what its text does not say.

    A page that somebody has edited is theirs: the file no longer changes it.
    """
    found = model.objects.child_of(parent).filter(slug=text.slug).first()
    if found is not None and (found.loaded == text.digest or _edited(found)):
        return found
    page = found or model(slug=text.slug, live=False)
    page.title, page.intro, page.body = text.title, text.intro, text.body
    page.show_in_menus = text.properties.get("menu") == "oui"
    page.loaded = text.digest
    change(page)
    if found is None:
        parent.add_child(instance=page)
        parent.refresh_from_db()
    page.save_revision(clean=False).publish()
    page.refresh_from_db()
    return page


def _edited(page: Page) -> bool:
    return page.revisions.exclude(user=None).exists()


def _home() -> HomePage:
    found = HomePage.objects.first()
    if found is not None:
        return found
    root = Page.get_first_root_node()
    if root is None:
        Locale.objects.get_or_create(language_code=settings.LANGUAGE_CODE)
        root = Page.add_root(instance=Page(title="Root", slug="root"))
    home = root.add_child(instance=HomePage(title=territory.territory().name, slug="accueil"))
    site = Site.objects.filter(is_default_site=True).first() or Site(hostname="localhost", is_default_site=True)
    welcome = site.root_page if site.root_page_id else None
    site.root_page, site.site_name = home, territory.territory().name
    site.save()
    # Wagtail's own « Welcome » page, if nobody has made it something else.
    if welcome is not None and welcome.specific_class is Page and not welcome.get_children().exists():
        welcome.delete()
    return HomePage.objects.get(pk=home.pk)


def _news_index(home: HomePage) -> None:
    if not NewsIndexPage.objects.exists():
        index = NewsIndexPage(
            title="Actualités", slug="actualites", intro="Ce qui se passe et ce qui change près de chez vous."
        )
        home.add_child(instance=index)
        home.refresh_from_db()
        index.save_revision(clean=False).publish()
