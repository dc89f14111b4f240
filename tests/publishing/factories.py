"""Pages in tests: the tree as installed, then pages of any text."""

from datetime import UTC, date, datetime
from typing import Any

from bocage.publishing.loading import load
from bocage.publishing.models import EditorialPage, HomePage, NewsIndexPage, NewsPage
from bocage.territory.models import Territory

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)  # a Tuesday


def tree() -> HomePage:
    """A territory, the root of the pages, the list of news, the legal pages."""
    Territory.objects.get_or_create(
        slug="mormal",
        defaults={
            "name": "Pays de Mormal",
            "siren": "200043321",
            "phone": "03 53 01 00 00",
            "address": "1 rue X\n59530 Y",
        },
    )
    load(NOW)
    return HomePage.objects.get()


def page(title: str = "Composter", **values: Any) -> EditorialPage:
    """A published page."""
    home = HomePage.objects.get()
    made = EditorialPage(title=title, **{"intro": "Une introduction.", **values})
    home.add_child(instance=made)
    made.save_revision().publish()
    return made


def news(title: str = "Marché", **values: Any) -> NewsPage:
    """A published piece of news of today."""
    communes = values.pop("communes", [])
    made = NewsPage(title=title, **{"intro": "Une introduction.", "date": date(2026, 11, 24), **values})
    NewsIndexPage.objects.get().add_child(instance=made)
    made.communes = communes
    made.save_revision().publish()
    return made
