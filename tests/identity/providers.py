"""The stand-in providers, spoken to without a network: what the house sends to them goes to Django's own client."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.cache import cache
from django.test import Client
from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from requests.exceptions import ConnectionError as RequestsConnectionError

HOUSE = "localhost:8000"


@pytest.fixture
def providers(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """Give what may be changed: ``down`` (the provider does not answer), ``asked`` (the addresses that were asked)."""
    state: dict[str, Any] = {"down": False, "asked": []}

    def send(self: HTTPAdapter, request: PreparedRequest, **kwargs: Any) -> Response:
        parts = urlsplit(request.url or "")
        assert parts.netloc == HOUSE, f"the house spoke to {parts.netloc}"
        state["asked"].append(parts.path)
        if state["down"]:
            raise RequestsConnectionError("refused")
        headers = {name: value for name, value in request.headers.items() if name.lower() != "content-length"}
        client = Client()
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        told = client.generic(
            request.method or "GET",
            target,
            data=request.body or b"",
            content_type=headers.pop("Content-Type", "application/octet-stream"),
            headers=headers,
            SERVER_NAME="localhost",
            SERVER_PORT="8000",
        )
        response = Response()
        response.status_code, response.url, response.request = told.status_code, request.url or "", request
        response.headers.update(told.headers)
        response.raw, response.encoding = BytesIO(told.content), "utf-8"
        response.reason = told.reason_phrase
        return response

    monkeypatch.setattr(HTTPAdapter, "send", send)
    cache.clear()
    yield state
    cache.clear()


def go(client: Client, key: str, *, person: str = "", forgery: str = "", error: str = "", next_url: str = "") -> Any:
    """Go to the provider, answer there, and come back; give the answer of the house's callback."""
    query = f"?next={next_url}" if next_url else ""
    asked = client.get(f"/compte/avec/{key}/{query}")
    assert asked.status_code == 302, asked.content.decode()
    back = answer(asked["Location"], person=person, forgery=forgery, error=error)
    return come_back(client, back)


def answer(authorize: str, **told: str) -> str:
    """Choose someone at the provider; give where it sends the browser back."""
    browser = Client()  # the provider's own session, another than the house's
    parts = urlsplit(authorize)
    target = f"{parts.path}?{parts.query}"
    page = browser.get(target)
    assert page.status_code == 200, page.content.decode()
    sent = browser.post(target, {name: value for name, value in told.items() if value})
    assert sent.status_code == 302, sent.content.decode()
    return str(sent["Location"])


def come_back(client: Client, back: str) -> Any:
    """The browser follows the provider's redirection."""
    parts = urlsplit(back)
    return client.get(f"{parts.path}?{parts.query}")
