"""News as RSS: others may show them, and people may follow them without an account."""

from datetime import datetime, time
from typing import Any

from django.contrib.syndication.views import Feed
from django.utils import timezone
from django.utils.feedgenerator import Rss201rev2Feed
from django.utils.translation import gettext as _

from bocage.publishing import queries
from bocage.publishing.models import NewsPage
from bocage.territory import queries as territory

LENGTH = 30


def current() -> list[NewsPage]:
    """The news of the feed."""
    return list(queries.current_news(territory.today(timezone.now()))[:LENGTH])


class NewsFeed(Feed):
    """/actualites/flux.xml"""

    feed_type = Rss201rev2Feed
    language = "fr"
    link = "/actualites/"

    def title(self) -> str:
        """The name of the feed in a reader."""
        return _("Actualités – %(territory)s") % {"territory": territory.territory().name}

    def description(self) -> str:
        """What it is."""
        return _("Les actualités du territoire.")

    def items(self) -> list[NewsPage]:
        """What it holds."""
        return current()

    def item_title(self, item: Any) -> str:
        """The title of a piece of news."""
        return str(item.title)

    def item_description(self, item: Any) -> str:
        """Its introduction."""
        return str(item.intro)

    def item_link(self, item: Any) -> str:
        """Its address."""
        return item.get_url() or self.link

    def item_pubdate(self, item: Any) -> datetime:
        """Its day, at midnight in the territory."""
        return datetime.combine(item.date, time.min, territory.time_zone())

    def item_categories(self, item: Any) -> list[str]:
        """The communes that it is about."""
        return [commune.name for commune in item.commune_list()]
