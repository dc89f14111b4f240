"""Request ids, logs without personal data, the rate limiter, and the checks of manifests."""

import json
import logging
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.http import HttpResponse
from django.test import RequestFactory

from bocage.base import checks, logs, ratelimit, registry
from bocage.base.logs import JsonFormatter, scrub
from bocage.base.manifest import DeskEntry, Job, Manifest, PortalEntry, Subscriber, Topic
from bocage.base.middleware import RequestMiddleware


# --- Request ids ----------------------------------------------------------------------------------------------------
def ask(**headers: Any) -> HttpResponse:
    def view(request: Any) -> HttpResponse:
        assert logs.request_id.get() == request.request_id
        return HttpResponse()

    response = RequestMiddleware(view)(RequestFactory().get("/", **headers))
    assert logs.request_id.get() == ""
    return response


def test_each_request_has_an_id_of_its_own() -> None:
    assert ask()["X-Request-Id"] != ask()["X-Request-Id"]


def test_our_proxys_id_is_kept_a_strangers_or_a_forged_one_is_not() -> None:
    assert ask(HTTP_X_REQUEST_ID="abcdef-123456", REMOTE_ADDR="10.0.0.3")["X-Request-Id"] == "abcdef-123456"
    assert ask(HTTP_X_REQUEST_ID="abcdef-123456", REMOTE_ADDR="8.8.8.8")["X-Request-Id"] != "abcdef-123456"
    for forged in ("short", "x" * 65, 'a"b,"level":"x', "a b c d e f g h"):
        assert ask(HTTP_X_REQUEST_ID=forged)["X-Request-Id"] != forged


# --- Logs -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("refused: <camille.roux+x@mairie-locquignol.fr>", "refused: <[e-mail]>"),
        ("GET /dossiers/?nom=Roux&tel=06 now", "GET /dossiers/?[left out] now"),
        ("call 06 12 34 56 78 or +33 3 27 00 00 00.", "call [phone] or [phone]."),
        ("/dossiers/K7RF-2M9X-C/ not found", "/dossiers/[reference]/ not found"),
        ("reprise/0a1b2c3d4e5f60718293a4b5c6d7e8f9/", "reprise/[token]/"),
        ("NIR 2 72 03 59 606 123 45", "NIR [number]"),
        ("null value\nDETAIL:  Failing row contains (1, Roux, x).", "null value\nDETAIL: [left out]"),
        ("nothing to hide: 12 rows in 0.5 s, case 12", "nothing to hide: 12 rows in 0.5 s, case 12"),
    ],
)
def test_personal_data_is_scrubbed(text: str, left: str) -> None:
    assert scrub(text) == left


def test_a_line_is_one_json_object_with_what_is_needed() -> None:
    token = logs.request_id.set("abc12345")
    try:
        raise ValueError("bad a@b.fr\nsecond line")
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, "f.py", 1, "hello %s", ("a@b.fr",), sys.exc_info())
        record.outbox = 12
        record.request = object()
        record.what = {"mail": "c@d.fr"}
        line = JsonFormatter().format(record)
    finally:
        logs.request_id.reset(token)
    entry = json.loads(line)
    assert "\n" not in line
    assert (entry["level"], entry["message"], entry["request_id"], entry["outbox"]) == (
        "ERROR",
        "hello [e-mail]",
        "abc12345",
        12,
    )
    assert entry["ts"].endswith("+00:00")
    assert "@" not in line.replace("[e-mail]", "")
    assert "ValueError" in entry["exception"]
    assert "request" not in entry


# --- The rate limiter -----------------------------------------------------------------------------------------------
@pytest.fixture
def empty_cache() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.mark.usefixtures("empty_cache")
class TestRateLimit:
    """Counting by address and by key."""

    def allow(self, ip: str = "192.0.2.1", **more: Any) -> bool:
        return ratelimit.allow(ip, "track", **{"limit": 2, "per_seconds": 60, **more})

    def test_the_limit_slides(self) -> None:
        with time_machine.travel("2026-03-10T09:30Z", tick=False) as clock:
            assert [self.allow(), self.allow(), self.allow()] == [True, True, False]
            clock.shift(timedelta(seconds=61))
            assert self.allow()

    def test_addresses_keys_and_actions_are_counted_apart(self) -> None:
        assert [self.allow(), self.allow(), self.allow()] == [True, True, False]
        assert self.allow("192.0.2.2")
        assert self.allow(key="K7RF-2M9X-C")
        assert ratelimit.allow("192.0.2.1", "other", limit=1, per_seconds=60)

    def test_a_key_is_counted_whatever_the_address(self) -> None:
        answers = [self.allow(f"192.0.2.{n}", key="a@b.fr") for n in range(3)]
        assert answers == [True, True, False]
        ratelimit.forget("track", limit=2, per_seconds=60, key="a@b.fr")
        assert self.allow(key="a@b.fr")

    def test_get_requests_count_and_an_ipv6_network_is_one_client(self) -> None:
        requests = [RequestFactory().get("/", REMOTE_ADDR=f"2001:db8::{n}") for n in range(3)]
        answers = [ratelimit.allow(request, "track", limit=2, per_seconds=60) for request in requests]
        assert answers == [True, True, False]

    def test_neither_address_nor_key_can_be_read_from_the_cache(self) -> None:
        self.allow()
        self.allow(key="camille@example.org")
        kept = repr(vars(cache)) + repr(cache._cache)  # type: ignore[attr-defined]
        assert "192.0.2.1" not in kept
        assert "camille" not in kept

    def test_a_cache_that_is_down_lets_through(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def down(*args: Any, **kwargs: Any) -> Any:
            raise ConnectionError

        monkeypatch.setattr(type(cache._connections[cache._alias]), "add", down)  # type: ignore[attr-defined]
        assert all(self.allow() for _ in range(5))


# --- Checks of manifests --------------------------------------------------------------------------------------------
GOOD = "tests.base.conftest.on_job"
DAY = timedelta(days=1)
TOPICS = (Topic(name="t", path=GOOD),)


def found(check: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, *apps: Manifest) -> list[str]:
    monkeypatch.setattr(registry, "manifests", lambda: apps)
    return [str(message.id) for message in check(None)]


def app(name: str = "x", **contributions: Any) -> Manifest:
    return Manifest(name=name, label="", summary="", **contributions)


@pytest.mark.parametrize(
    ("manifest", "ids"),
    [
        (app(jobs=(Job(name="a", path=GOOD, every=DAY),), demo=GOOD), []),
        (app(topics=(Topic(name="a", path="nowhere.at.all"),)), ["bocage.E001"]),
        (app(subscribers=(Subscriber(kind="a", name="b", path="tests.base.conftest.gone"),)), ["bocage.E001"]),
        (app(demo="tests.base.conftest.HERE"), ["bocage.E002"]),
        (app(alerts=("nowhere.x",)), ["bocage.E001"]),
    ],
)
def test_dotted_paths_lead_somewhere(manifest: Manifest, ids: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert found(checks.dotted_paths, monkeypatch, manifest) == ids


def test_address_names_reverse(monkeypatch: pytest.MonkeyPatch) -> None:
    entries = app(
        portal=(PortalEntry(label="a", url_name="nowhere"), PortalEntry(label="b", url_name="wagtailadmin_home")),
        desk=(DeskEntry(label="c", url_name="wagtailadmin_home", args=("too", "many")),),
    )
    assert found(checks.addresses, monkeypatch, entries) == ["bocage.E003", "bocage.E003"]


@pytest.mark.parametrize(
    ("apps", "ids"),
    [
        ((app("a"), app("a")), ["bocage.E004"]),
        (
            (app("a", topics=(Topic(name="t", path=GOOD),)), app("b", topics=(Topic(name="t", path=GOOD),))),
            ["bocage.E005"],
        ),
        ((app(jobs=(Job(name="j", path=GOOD, every=timedelta(0)),)),), ["bocage.E006"]),
        ((app(jobs=(Job(name="j", path=GOOD, every=DAY, at="25:00"),)),), ["bocage.E006"]),
        ((app(jobs=(Job(name="j", path=GOOD, every=timedelta(hours=5), at="03:00"),)),), ["bocage.E006"]),
        ((app("a"), app("b")), []),
    ],
)
def test_names_are_given_once(apps: tuple[Manifest, ...], ids: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert found(checks.names, monkeypatch, *apps) == ids


@pytest.mark.parametrize("check", [checks.dotted_paths, checks.names, checks.addresses])
def test_the_house_itself_is_sound(check: Callable[..., Any]) -> None:
    registry.manifests.cache_clear()
    assert [str(message) for message in check(None)] == []
