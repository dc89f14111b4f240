"""What cases give to the public search: the procedures residents may start."""

from collections.abc import Iterator
from datetime import datetime

from django.urls import reverse

from bocage.base.models import Event
from bocage.cases.queries import open_procedures
from bocage.search.items import SearchItem
from bocage.search.operations import replace


def procedures() -> Iterator[SearchItem]:
    """Every open procedure, findable by its title, keywords, fields and eligibility."""
    for procedure in open_procedures():
        assert procedure.current is not None
        document = procedure.current.document
        labels = " ".join(field.label for field in document.by_id.values() if not field.agent)
        yield SearchItem(
            source="procedures",
            key=procedure.slug,
            kind="procedure",
            title=document.title,
            url=reverse("procedure", args=[procedure.slug]),
            summary=document.summary,
            text=" ".join((document.intro, *document.keywords, *document.prepare, labels)),
            boost=3,
        )


def follow_switch(event: Event, now: datetime) -> None:
    """Events ``service.switched`` and ``cases.procedure_…``: the index holds the open procedures as they are."""
    replace("procedures", procedures(), now)
