"""What the web server answers and logs by itself, before any request reaches the application."""

import logging
import os
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from gunicorn.config import Config
from gunicorn.http import errors as refusals

from bocage.base import web
from bocage.base.web import Worker, answer, status_of

SECRET = "q=marcelle.delattre@example.org"


class Here(Worker):
    """The worker without its loop: what it does with one connection."""

    def __init__(self) -> None:
        self.cfg = Config()
        self.log = logging.getLogger("gunicorn.error")
        self.silent = {}

    def notify(self) -> None:
        """Nobody watches over it."""


def ask(sent: bytes) -> tuple[int, str, str]:
    """Status, headers and body that a raw request gets."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.settimeout(10)
        writer = threading.Thread(target=lambda: ours.sendall(sent) or ours.shutdown(socket.SHUT_WR))
        writer.start()
        Here().handle(None, theirs, ("127.0.0.1", 1))
        writer.join(10)
        received = b"".join(iter(lambda: ours.recv(65536), b""))
    head, _, body = received.partition(b"\r\n\r\n")
    return int(head.split()[1]), head.decode(), body.decode()


HOST = b"Host: localhost\r\n"
BROKEN = [
    (b"GET /recherche/?" + SECRET.encode() + b"&x=" + b"a" * 5000 + b" HTTP/1.1\r\n" + HOST + b"\r\n", 414),
    (b"GET /?" + SECRET.encode() + b" HTTP/1.1\r\n" + HOST + b"Cookie: " + b"a" * 9000 + b"\r\n\r\n", 431),
    (b"GET / HTTP/1.1\r\n" + HOST + b"Bad Header " + SECRET.encode() + b": 1\r\n\r\n", 400),
    (b"\x16\x03\x01 " + SECRET.encode() + b"\r\n\r\n", 400),
    (b"GET /?" + SECRET.encode() + b" HTTP/9.9\r\n\r\n", 400),
]


@pytest.mark.parametrize(("sent", "status"), BROKEN)
def test_a_broken_request_gets_a_short_french_page_and_leaves_no_trace_of_itself(
    sent: bytes, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        got, head, body = ask(sent)
    assert got == status
    assert "Content-Type: text/html; charset=utf-8" in head
    assert "default-src 'none'" in head
    assert '<html lang="fr">' in body
    assert "Ce que vous pouvez faire" in body
    assert SECRET not in body
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == [
        "refused by the web server"
    ]
    told = "".join(str(vars(record)) for record in caplog.records)
    assert "marcelle" not in told


def test_what_is_not_the_requests_fault_is_a_500_with_its_lines_but_not_its_words(
    caplog: pytest.LogCaptureFixture,
) -> None:
    here, theirs = socket.socketpair()
    with here, theirs:
        try:
            raise RuntimeError(SECRET)
        except RuntimeError as error:
            Here().handle_error(None, theirs, None, error)
        assert here.recv(65536).startswith(b"HTTP/1.1 500 ")
    told = str([vars(record) for record in caplog.records])
    assert "test_web.py" in told
    assert "marcelle" not in told


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (refusals.UnsupportedTransferCoding("x"), 501),
        (refusals.ExpectationFailed("x"), 417),
        (refusals.InvalidResponseHeader("x"), 500),
        (KeyError("x"), 500),
    ],
)
def test_the_status_says_whose_fault_it_is(error: Exception, status: int) -> None:
    assert status_of(error) == status
    assert answer(status).startswith(f"HTTP/1.1 {status} ".encode())


def test_the_house_is_served_by_this_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    from gunicorn.app.base import BaseApplication

    from bocage.base import serve

    seen: list[Any] = []
    monkeypatch.setattr(BaseApplication, "run", lambda self: seen.append(self.cfg.worker_class))
    with socket.socket() as door:
        serve.web(door, 1)
    assert seen == [Worker]


@pytest.fixture
def door() -> Iterator[tuple[str, int]]:
    """The address of one worker that runs as in the house: one process, one connection read at a time."""
    worker = Here()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        worker.sockets, worker.PIPE, worker.alive, worker.nr = [listener], os.pipe(), True, 0
        worker.is_parent_alive = lambda: True
        loop = threading.Thread(target=worker.run_for_one, args=(5,))
        loop.start()
        yield listener.getsockname()
        worker.alive = False
        os.write(worker.PIPE[1], b".")
        loop.join(10)
        assert not loop.is_alive()
        for each in worker.PIPE:
            os.close(each)
        for client in worker.silent:
            client.close()


def answered(connection: socket.socket) -> int:
    """The status that a connection gets for a request no application sees."""
    connection.settimeout(10)
    connection.sendall(b"GET / HTTP/9.9\r\n\r\n")
    return int(b"".join(iter(lambda: connection.recv(65536), b"")).split()[1])


def test_who_connects_and_says_nothing_keeps_nobody_waiting(door: tuple[str, int]) -> None:
    silent = [socket.create_connection(door) for _ in range(3)]
    with socket.create_connection(door) as other:
        assert answered(other) == 400
    assert [answered(each) for each in silent] == [400, 400, 400]  # and is answered once it speaks
    for each in silent:
        each.close()


def test_a_connection_that_stays_silent_is_closed(door: tuple[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "PATIENCE", -1.0)
    with socket.create_connection(door) as silent:
        silent.settimeout(10)
        assert silent.recv(1) == b""


def test_silent_connections_never_pile_up(door: tuple[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "SILENT_AT_MOST", 2)
    crowd = [socket.create_connection(door) for _ in range(3)]
    crowd[0].settimeout(10)
    assert crowd[0].recv(1) == b""  # the first who came made room
    assert [answered(each) for each in crowd[1:]] == [400, 400]
    for each in crowd:
        each.close()
