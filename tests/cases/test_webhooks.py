"""A webhook reaches the addresses that the installer listed, and none that looks like one of them."""

import dataclasses
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.error import HTTPError

import pytest

from bocage.base import outbox
from bocage.base.models import Outbox, OutboxState
from bocage.base.outbox import GiveUp
from bocage.cases.operations import move_case, publish
from bocage.cases.webhooks import deliver, is_allowed
from bocage.cli import main
from tests.cases.factories import RESIDENT, body, filed

LISTED = ("https://ok.example", "https://gestion.example.fr/bocage/", "https://ports.example:8443/a")


@pytest.mark.parametrize(
    "url",
    [
        "https://ok.example/x",
        "https://OK.example/x?case=1",
        "https://gestion.example.fr/bocage/cases",
        "https://gestion.example.fr/bocage",
        "https://ports.example:8443/a/b",
    ],
)
def test_addresses_under_a_listed_one(url: str) -> None:
    assert is_allowed(url, LISTED)


@pytest.mark.parametrize(
    "url",
    [
        "https://ok.example.evil.test/x",
        "https://ok.example@evil.test/x",
        "https://ok.example:pass@evil.test/",
        "http://ok.example/x",
        "https://ok.example:8443/x",
        "https://gestion.example.fr/bocage-autre/",
        "https://gestion.example.fr/bocage/../admin",
        "https://gestion.example.fr/bocage/%2E%2e/admin",
        "https://gestion.example.fr/",
        "https://ports.example:99999/a/",
        "https://[::1/",
        "file:///etc/passwd",
        "",
    ],
)
def test_addresses_that_only_look_like_one(url: str) -> None:
    assert not is_allowed(url, LISTED)


class Post:
    """A message of the outbox."""

    def __init__(self, url: str) -> None:
        self.payload, self.key, self.handed = {"url": url, "case": "x"}, "key", False

    def handing_over(self) -> None:
        """Note that we were about to speak."""
        self.handed = True


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A receiver that sends its callers to another place of its own, and counts what arrives."""

    class Receiver(BaseHTTPRequestHandler):
        seen: list[str] = []
        signed: list[tuple[bytes, str]] = []
        keys: list[str] = []

        def do_POST(self) -> None:
            self.seen.append(self.path)
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.signed.append((body, self.headers["X-Bocage-Signature"]))
            self.keys.append(self.headers["Idempotency-Key"])
            busy = self.path == "/busy/" and len(self.seen) < 3
            self.send_response(302 if self.path == "/away/" else 503 if busy else 200)
            self.send_header("Location", "/secret")
            self.end_headers()

        do_GET = do_POST

        def log_message(self, *args: Any) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_redirect_is_not_followed(elsewhere: Any, settings: Any) -> None:
    base = f"http://127.0.0.1:{elsewhere.server_port}/"
    settings.ENV = dataclasses.replace(settings.ENV, webhooks=(base,))
    deliver(Post(f"{base}here/"))  # type: ignore[arg-type]
    with pytest.raises(HTTPError) as refused:
        deliver(Post(f"{base}away/"))  # type: ignore[arg-type]
    refused.value.close()
    assert elsewhere.RequestHandlerClass.seen == ["/here/", "/away/"]


def test_an_address_that_is_not_listed_is_given_up_before_speaking(settings: Any) -> None:
    settings.ENV = dataclasses.replace(settings.ENV, webhooks=("https://ok.example",))
    message = Post("https://ok.example.evil.test/x")
    with pytest.raises(GiveUp):
        deliver(message)  # type: ignore[arg-type]
    assert not message.handed


def test_the_receiver_checks_the_signature_with_the_key_that_the_command_shows(
    elsewhere: Any, settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.ENV = dataclasses.replace(settings.ENV, webhooks=(f"http://127.0.0.1:{elsewhere.server_port}/",))
    deliver(Post(f"http://127.0.0.1:{elsewhere.server_port}/here/"))  # type: ignore[arg-type]
    assert main(["webhooks", "key"]) == 0
    key = capsys.readouterr().out.strip()
    body, told = elsewhere.RequestHandlerClass.signed[-1]
    assert told == "sha256=" + hmac.new(key.encode(), body, hashlib.sha256).hexdigest()
    # Whoever receives webhooks must not be able to sign our sessions.
    assert settings.SECRET_KEY not in key
    assert told != "sha256=" + hmac.new(settings.SECRET_KEY.encode(), body, hashlib.sha256).hexdigest()


@pytest.mark.django_db
@pytest.mark.usefixtures("territory", "frozen")
def test_what_the_other_software_does_not_take_is_sent_again_under_the_same_key(
    elsewhere: Any, settings: Any, now: Any, waste_manager: Any
) -> None:
    base = f"http://127.0.0.1:{elsewhere.server_port}/"
    settings.ENV = dataclasses.replace(settings.ENV, webhooks=(base,))
    told = json.loads(json.dumps(body()))
    button = next(one for one in told["workflow"]["transitions"] if one["id"] == "study")
    button["effects"] = [{"kind": "call_webhook", "params": {"url": f"{base}busy/"}}]
    publish(told, actor=RESIDENT, now=now)
    case = filed(now)
    move_case(case, "study", agent=waste_manager.account, actor=waste_manager.actor, now=now)
    row = Outbox.objects.get(topic="cases.webhook")
    for hour in range(4):
        outbox.drain(now + timedelta(hours=hour))
    row.refresh_from_db()
    assert (row.state, len(elsewhere.RequestHandlerClass.seen)) == (OutboxState.DONE, 3)
    assert set(elsewhere.RequestHandlerClass.keys) == {row.key}
    bodies = {sent for sent, _signature in elsewhere.RequestHandlerClass.signed}
    assert [json.loads(one) for one in bodies] == [
        {"reference": case.reference, "procedure": "composteur", "state": case.state}
    ]  # and nothing of the person
