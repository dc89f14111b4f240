"""What cases give to the public search: the procedures residents may start."""

from collections.abc import Iterator

from django.urls import reverse

from bocage.cases.queries import open_procedures
from bocage.search.items import SearchItem


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
