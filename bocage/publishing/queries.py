# mypy: warn-return-any=false
# Wagtail has no types: what its managers give is Any.
"""Reading pages, news and alerts."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Prefetch, Q, QuerySet
from django.utils.html import strip_tags
from wagtail.models import Page

from bocage.publishing.models import Alert, EditorialPage, HomePage, NewsIndexPage, NewsPage
from bocage.search.items import SearchItem
from bocage.territory.models import Commune

PAGES, NEWS = "pages", "news"
"""Sources of the public index."""


@dataclass(frozen=True)
class ShownAlert:
    """An alert as the portal shows it. ``communes``: names, empty for everywhere."""

    level: str
    text: str
    url: str
    communes: tuple[str, ...]


def _communes() -> Prefetch[str, QuerySet[Commune], str]:
    return Prefetch("communes", Commune.objects.only("insee", "name", "slug").order_by("slug"))


def alerts(commune: Commune | None, now: datetime) -> list[ShownAlert]:
    """What must be known now in ``commune``; without one, everywhere, each naming its communes. Gravest first."""
    found = Alert.objects.filter(starts__lte=now, ends__gt=now).prefetch_related(_communes())
    if commune is not None:
        about = Alert.communes.through.objects.values("alert_id")
        found = found.filter(Q(pk__in=about.filter(commune_id=commune.pk)) | ~Q(pk__in=about))
    gravity = {Alert.Level.DANGER: 0, Alert.Level.WARNING: 1, Alert.Level.INFO: 2}
    return [
        ShownAlert(alert.level, alert.text, alert.url, tuple(place.name for place in alert.communes.all()))
        for alert in sorted(found, key=lambda alert: gravity[Alert.Level(alert.level)])
    ]


def home() -> HomePage | None:
    """The root of the pages; None before the territory is loaded."""
    return HomePage.objects.first()


def news_index() -> NewsIndexPage | None:
    """The list of news; None before the territory is loaded."""
    return NewsIndexPage.objects.live().first()


def page_by_slug(slug: str) -> EditorialPage | None:
    """A published page just under the root, such as a legal page."""
    return EditorialPage.objects.live().public().filter(slug=slug, depth=3).first()


def current_news(today: date, commune: Commune | None = None) -> QuerySet[NewsPage]:
    """Published news worth reading on ``today``, newest first; with ``commune``, what is about it or everywhere."""
    found = (
        NewsPage.objects.live()
        .public()
        .filter(Q(until=None) | Q(until__gte=today), date__lte=today)
        .select_related("picture")
        .prefetch_related("picture__renditions", _communes())
        .order_by("-date", "-pk")
    )
    if commune is None:
        return found
    # Subqueries rather than joins: a piece of news about several communes must come once.
    about = NewsPage.communes.through.objects.values("newspage_id")
    return found.filter(Q(pk__in=about.filter(commune_id=commune.pk)) | ~Q(pk__in=about))


# --- The public index ----------------------------------------------------------------------------------------------
def item(page: EditorialPage | NewsPage) -> SearchItem:
    """A page as the search knows it. Its title and its introduction are shown, its body only searched."""
    news = isinstance(page, NewsPage)
    body = " ".join(page.body.render_as_block().split())
    communes = [commune.insee for commune in page.commune_list()] if isinstance(page, NewsPage) else []
    return SearchItem(
        source=NEWS if news else PAGES,
        key=str(page.pk),
        kind="news" if news else "page",
        title=page.title,
        url=page.get_url() or "",
        summary=page.intro,
        text=f"{page.search_description} {strip_tags(body.replace('<', ' <'))}",
        boost=0.9 if news else 1.0,
        commune=communes[0] if len(communes) == 1 else "",
    )


def searchable(page: Page, today: date) -> bool:
    """Published, open to all, and, for news, still worth reading."""
    over = isinstance(page, NewsPage) and page.until is not None and page.until < today
    return bool(page.live and not over and not page.get_view_restrictions().exists())


def page_items() -> Iterator[SearchItem]:
    """Search source: editorial pages."""
    for page in EditorialPage.objects.live().public():
        yield item(page)


def news_items() -> Iterator[SearchItem]:
    """Search source: news still worth reading; the nightly rebuild drops the others."""
    from django.utils import timezone

    from bocage.territory.queries import today

    for page in current_news(today(timezone.now())):
        yield item(page)
