"""Keeps the public index true to the pages: after commit, whoever wrote them (Wagtail's screens, a loader)."""

import logging
from typing import Any

from django.db import transaction
from django.db.models.signals import post_delete
from django.utils import timezone
from wagtail.models import Page
from wagtail.signals import page_published, page_unpublished, post_page_move

from bocage.publishing import operations

logger = logging.getLogger(__name__)


def connect() -> None:
    """Listen to Wagtail."""
    page_published.connect(_changed, dispatch_uid="bocage.publishing.published")
    page_unpublished.connect(_changed, dispatch_uid="bocage.publishing.unpublished")
    post_page_move.connect(_moved, dispatch_uid="bocage.publishing.moved")
    post_delete.connect(_deleted, dispatch_uid="bocage.publishing.deleted")


def _changed(instance: Page, **_: Any) -> None:
    # robust: a page is published even when the index cannot be written; the nightly rebuild makes up for it.
    transaction.on_commit(lambda: operations.index_page(instance, timezone.now()), robust=True)


def _moved(instance: Page, **_: Any) -> None:
    pages = list(instance.get_descendants(inclusive=True).specific())

    def index() -> None:
        for page in pages:
            operations.index_page(page, timezone.now())

    transaction.on_commit(index, robust=True)


def _deleted(instance: Any, **_: Any) -> None:
    if isinstance(instance, Page) and instance.pk is not None:
        key = instance.pk
        transaction.on_commit(lambda: operations.forget_page(Page(pk=key)), robust=True)
