"""Writes of this app: alerts, and what the public index says of pages. Pages themselves are written by Wagtail."""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction
from wagtail.models import Page

from bocage.base import journal
from bocage.base.actors import Actor
from bocage.publishing import queries
from bocage.publishing.models import Alert, EditorialPage, NewsPage
from bocage.search import operations as search
from bocage.territory.queries import today


def save_alert(save: Callable[[], Alert], *, actor: Actor, now: datetime) -> Alert:
    """Save an alert, new or changed, with its event. ``save`` writes it and its communes (a form's own saving).

    Raises IntegrityError when its dates or its address break the table's constraints.
    """
    with transaction.atomic():
        alert = save()
        journal.record(
            stream="publishing",
            kind="alert.saved",
            subject=f"alert:{alert.pk}",
            actor=actor,
            now=now,
            payload={
                "level": alert.level,
                "text": alert.text,
                "starts": alert.starts.isoformat(),
                "ends": alert.ends.isoformat(),
                "communes": list(alert.communes.order_by("insee").values_list("insee", flat=True)),
            },
        )
    return alert


def delete_alert(alert: Alert, *, actor: Actor, now: datetime) -> None:
    """Take an alert away, with its event."""
    with transaction.atomic():
        subject = f"alert:{alert.pk}"
        alert.delete()
        journal.record(stream="publishing", kind="alert.deleted", subject=subject, actor=actor, now=now)


def index_page(page: Page, now: datetime) -> None:
    """Make the public index say of a page what the public may read: all of it, or nothing."""
    if not isinstance(page, EditorialPage | NewsPage):
        return
    if queries.searchable(page, today(now)):
        search.put(queries.item(page), now)
    else:
        forget_page(page)


def forget_page(page: Page) -> None:
    """Take a page out of the public index."""
    for source in (queries.PAGES, queries.NEWS):
        search.remove(source, str(page.pk))


def publish_scheduled(now: datetime) -> None:
    """Publish and withdraw the pages whose hour has come (Wagtail's own scheduling)."""
    from django.core.management import call_command

    call_command("publish_scheduled")
