"""A manager in front of the editor, for tests: pages opened, forms sent as a browser would send them."""

from html.parser import HTMLParser
from typing import Any

from django.test import Client
from django.urls import reverse

from bocage.cases.models import ProcedureDraft
from bocage.identity.models import Role
from tests.cases.desk import page, sit

SLUG = "reservation-d-un-broyeur"


class _Form(HTMLParser):
    """What a browser would send of a page's forms, if nobody touched them."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, list[str]] = {}
        self._select = self._area = ""
        self._first: str | None = None
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        name, kind = told.get("name") or "", told.get("type") or "text"
        if tag == "main":
            self._inside = True
        if not self._inside:
            return
        if tag == "input" and name and (kind not in {"checkbox", "radio", "file"} or "checked" in told):
            self.fields.setdefault(name, []).append(told.get("value") or "")
        elif tag == "select":
            self._select, self._first = name, None
        elif tag == "option" and self._select:
            if self._first is None:
                self._first = told.get("value") or ""
            if "selected" in told:
                self.fields.setdefault(self._select, []).append(told.get("value") or "")
        elif tag == "textarea":
            self._area = name
            self.fields.setdefault(name, []).append("")

    def handle_data(self, data: str) -> None:
        if self._area:
            self.fields[self._area][-1] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "select" and self._select:
            self.fields.setdefault(self._select, [self._first or ""])
            self._select = ""
        elif tag == "textarea":
            self._area = ""


def filled(html: str) -> dict[str, Any]:
    """The fields of a page's forms as they stand."""
    reader = _Form()
    reader.feed(html)
    return dict(reader.fields)


class Editor:
    """A manager of a service, and the pages of one procedure."""

    def __init__(self, slug: str = SLUG, service: str = "waste", client: Client | None = None) -> None:
        self.slug = slug
        self.client = client or sit(Role.MANAGER, service=service)[0]

    def url(self, name: str, *more: str) -> str:
        """The address of a page of the procedure."""
        return reverse(f"editor_{name}", args=[self.slug, *more])

    def get(self, name: str, *more: str, status: int = 200) -> str:
        """A page."""
        response = self.client.get(self.url(name, *more))
        assert response.status_code == status, response.status_code
        return page(response)

    def begin(self, title: str = "Réservation d’un broyeur") -> "Editor":
        """A new procedure."""
        asked = {"title": title, "service": "waste", "act": "book", "audience": "person"}
        response = self.client.post("/bureau/demarches/nouvelle/", asked)
        assert response.status_code == 302, page(response)
        assert response["Location"] == self.url("outline")
        return self

    def send(self, name: str, *more: str, status: int = 302, follow: bool = False, **changes: Any) -> str:
        """The form of a page, with these changes, as a browser would send it; the answer's page."""
        url = self.url(name, *more)
        data = filled(page(self.client.get(url)))
        for key, value in changes.items():
            data[key.replace("__", "-")] = value
        response = self.client.post(
            url, {key: value for key, value in data.items() if value is not None}, follow=follow
        )
        got = response.status_code
        assert got == (200 if follow else status), (got, page(response))
        return page(response)

    @property
    def draft(self) -> ProcedureDraft:
        """The draft as it is kept."""
        return ProcedureDraft.objects.get(slug=self.slug)

    @property
    def body(self) -> dict[str, Any]:
        """Its document."""
        return dict(self.draft.body)
