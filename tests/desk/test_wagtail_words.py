"""Wagtail's main screens speak our French: none of the words we never show, no English left over."""

import html
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import gettext, override

from bocage.identity.models import Role
from bocage.publishing.models import Alert, EditorialPage, NewsIndexPage
from tests.cases.desk import page as text_of
from tests.cases.desk import sit
from tests.publishing import factories

CATALOGUE = Path(__file__).parents[2] / "bocage" / "locale_wagtail" / "fr" / "LC_MESSAGES"

FORBIDDEN = re.compile(
    r"soumett|soumis|soumission|\busagers?\b|téléservice|dématérialis"
    r"|\bstatus\b|\bworkflows?\b|\bmoderators?\b|\bsubmit|\bany\b|\bpublish\b|\bsettings\b|\bdashboard\b|\bthis page\b"
    r"|\be\.g\b|\bsave\b|\bedit\b|\bdelete\b|\bsite name\b|\broot page\b",
    re.IGNORECASE,
)
SHOWN = re.compile(r'\b(?:aria-label|title|placeholder|alt)="([^"]+)"')
LABELS = re.compile(r'"label": ?"((?:[^"\\]|\\.)+)"')  # the sidebar, which a script draws

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen"), pytest.mark.slow]


def shown(document: str) -> Iterator[str]:
    """What a person reads of a screen: texts, names of controls, entries of the sidebar."""
    yield from (label.encode().decode("unicode_escape") for label in LABELS.findall(document))
    bare = re.sub(r"<(script|style|svg|template)\b.*?</\1>", " ", document, flags=re.DOTALL)
    yield from (html.unescape(text) for text in SHOWN.findall(bare))
    # What Wagtail's scripts read is between its own attributes, whose values may hold ``>``.
    bare = re.sub(r'\b[\w:-]+="[^"]*"', "", bare)
    yield from (html.unescape(text).strip() for text in re.split(r"<[^>]*>", bare) if text.strip())


@pytest.fixture
def screens(now: datetime) -> list[str]:
    """The addresses of the screens that editors and the administrator open."""
    factories.tree()
    made = factories.page("Composter")
    news = NewsIndexPage.objects.get()
    assert isinstance(made, EditorialPage)
    alert = Alert.objects.create(text="Verglas", level="warning", starts=now, ends=now + timedelta(1))
    names = ["explore", "pages:edit", "pages:history", "pages:delete", "pages:unpublish"]
    names += ["pages:move", "pages:copy"]
    return [
        reverse("wagtailadmin_explore_root"),
        *(reverse(f"wagtailadmin_{name}", args=[made.pk]) for name in names),
        reverse("wagtailadmin_pages:add", args=["publishing", "newspage", news.pk]),
        reverse("wagtailadmin_explore", args=[news.pk]),
        reverse("wagtailadmin_pages:search"),
        reverse("wagtailimages:index"),
        reverse("wagtailimages:add_multiple"),
        reverse("wagtaildocs:index"),
        reverse("wagtaildocs:add_multiple"),
        reverse("wagtailsnippets_publishing_alert:list"),
        reverse("wagtailsnippets_publishing_alert:add"),
        reverse("wagtailsnippets_publishing_alert:edit", args=[alert.pk]),
        reverse("wagtailsites:index"),
        reverse("wagtailadmin_collections:index"),
    ]


def found(client: Client, addresses: list[str]) -> list[str]:
    """The forbidden words that these screens show."""
    wrong = []
    for address in addresses:
        response = client.get(address)
        assert response.status_code == 200, address
        texts = list(shown(text_of(response)))
        assert len(texts) > 20, address  # the reading above still works
        wrong += [f"{address}: {text}" for text in texts if FORBIDDEN.search(text)]
    return wrong


def test_no_forbidden_word_on_the_main_screens(screens: list[str]) -> None:
    client, _account = sit(Role.ADMINISTRATOR)
    assert found(client, screens) == []


def test_the_words_are_ours_and_compiled() -> None:
    """The compiled catalogue says what its text says."""
    entries = re.findall(r'^msgid "(.+)"\nmsgstr "(.+)"$', (CATALOGUE / "django.po").read_text(), re.MULTILINE)
    assert len(entries) > 60
    with override("fr"):
        stale = [source for source, ours in entries if gettext(source.replace('\\"', '"')) != ours.replace('\\"', '"')]
    assert stale == [], "run: msgfmt -c -o django.mo django.po, in bocage/locale_wagtail/fr/LC_MESSAGES"
