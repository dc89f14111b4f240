"""What identity providers answer is read where it was asked, and nowhere else."""

import http.server
import threading
from collections.abc import Iterator

import pytest
import requests
from authlib.integrations.requests_client import OAuth2Session

from bocage.identity.federation import protocol
from bocage.identity.federation.providers import Provider

seen: list[str] = []


class Elsewhere(http.server.BaseHTTPRequestHandler):
    """Sends whoever asks to another address."""

    def do_GET(self) -> None:
        seen.append(self.path)
        self.send_response(302)
        self.send_header("Location", "/internal")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@pytest.fixture
def address() -> Iterator[str]:
    seen.clear()
    with http.server.HTTPServer(("127.0.0.1", 0), Elsewhere) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_redirection_of_documents_is_not_followed(address: str) -> None:
    with protocol.http() as session, pytest.raises(requests.TooManyRedirects):
        session.get(f"{address}/jwks", timeout=5)
    assert seen == ["/jwks"]


def test_a_redirection_of_tokens_is_not_followed(address: str) -> None:
    """A token would go along."""
    theirs = Provider("franceconnect", "FranceConnect", address, "client", "secret", ("openid",), ("eidas1",))
    with protocol._session(theirs, "https://here.example/retour") as session:
        assert isinstance(session, OAuth2Session)
        session.token = {"access_token": "x", "token_type": "Bearer"}
        with pytest.raises(requests.TooManyRedirects):
            session.get(f"{address}/userinfo", timeout=5)
    assert seen == ["/userinfo"]
