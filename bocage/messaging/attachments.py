"""Files that go with a mail or behind a letter: named when the notice is written, made when it leaves."""

import logging
from collections.abc import Iterator
from typing import NamedTuple

from bocage.base import pdf
from bocage.base.registry import resolve
from bocage.messaging.models import Notice

logger = logging.getLogger(__name__)


class File(NamedTuple):
    """What the callable at an attachment's dotted path gives back."""

    name: str
    content_type: str
    content: bytes


def files_of(notice: Notice) -> Iterator[File]:
    """The files of a notice. One that needs PDF on a machine without it is left out: the words still leave.

    So is one whose callable gives None: it no longer holds.
    """
    for item in notice.attachments:
        try:
            made = resolve(item["path"])(**item.get("args", {}))
            if made is not None:
                yield made
        except pdf.Unavailable:
            logger.warning("attachment left out: no PDF here", extra={"notice": notice.pk})
