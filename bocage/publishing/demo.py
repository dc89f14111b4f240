"""The demonstration's news and alerts; their days follow today."""

import json
from datetime import datetime, timedelta
from typing import Any

from django.core.files import File
from django.db import transaction
from wagtail.images import get_image_model

from bocage.base.actors import Actor
from bocage.base.dates import french_date
from bocage.publishing import operations, plain_text, queries
from bocage.publishing.loading import fill, folder, put
from bocage.publishing.models import Alert, NewsPage
from bocage.territory import queries as territory
from bocage.territory.models import Commune


def load(now: datetime) -> None:
    """Load ``news/*.md`` and ``news/alerts.json``; repeatable: days move with today, nothing is doubled."""
    today = territory.today(now)
    index = queries.news_index()
    if index is None:
        return

    def days(text: str) -> str:
        for shift in range(-30, 61):
            day = today + timedelta(days=shift)
            text = text.replace(f"«day {shift:+d}»", french_date(day))
        return f"today: {today}\n{fill(text)}"  # another day, another digest: its date moves with today

    with transaction.atomic():
        for path in sorted((folder() / "news").glob("*.md")):
            text = plain_text.read(path, days)
            put(NewsPage, index, text, lambda page, said=text.properties: _complete(page, said, now))  # type: ignore[misc]
    _alerts(now)


def _complete(page: NewsPage, said: dict[str, str], now: datetime) -> None:
    today = territory.today(now)
    page.date = today + timedelta(days=int(said.get("date", "0")))
    page.until = today + timedelta(days=int(said["until"])) if "until" in said else None
    page.communes = list(Commune.objects.filter(insee__in=said.get("communes", "").split()))
    page.picture = _picture(said["picture"]) if "picture" in said else None
    page.picture_alt = said.get("alt", "")


def _picture(name: str) -> Any:
    """The picture of that file, stored once."""
    images = get_image_model()
    found = images.objects.filter(title=name).first()
    if found is not None:
        return found
    with (folder() / "news" / name).open("rb") as file:
        image = images(title=name, file=File(file, name=name))
        image.save()
    return image


def _alerts(now: datetime) -> None:
    for said in json.loads((folder() / "news" / "alerts.json").read_text(encoding="utf-8")):
        alert = Alert.objects.filter(text=said["text"]).first() or Alert(text=said["text"])
        starts, ends = now + timedelta(hours=said["from_hours"]), now + timedelta(hours=said["to_hours"])
        if alert.pk and alert.ends > now:
            continue  # still running: a start must not add an event to the journal each time

        def save(
            alert: Alert = alert, said: dict[str, Any] = said, dates: tuple[datetime, datetime] = (starts, ends)
        ) -> Alert:
            alert.level, alert.url = said["level"], said.get("url", "")
            alert.starts, alert.ends = dates
            alert.save()
            alert.communes.set(Commune.objects.filter(insee__in=said.get("communes", [])))
            return alert

        operations.save_alert(save, actor=Actor.system("demo"), now=now)
