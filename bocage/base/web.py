"""The web server's own answers and its log: for requests so broken that they never reach the application.

Gunicorn refuses by itself a first line or headers too long, raw bytes, forged headers. Its page is in English and its
log quotes what was sent, which may hold an address, a code, a name. Here such a request gets a short page of ours,
with the status that says why, and a log line without a word of the request.

Browsers also open connections before they need them and say nothing on them for a minute. A sync worker reads what it
accepts until the end: two such connections would hold two processes, and the house would answer nobody. Here a
connection is read only once something has arrived on it.
"""

import logging
import select
import socket
import time
import traceback
from typing import Any

from django.conf import settings
from django.utils import translation
from gunicorn import util
from gunicorn.http import errors as refusals
from gunicorn.workers.sync import SyncWorker

from bocage.base import errors
from bocage.base.fences import ALWAYS

logger = logging.getLogger(__name__)

BAD, TOO_LONG, HEADERS_TOO_LARGE = 400, 414, 431
REASONS = {
    BAD: "Bad Request",
    403: "Forbidden",
    TOO_LONG: "URI Too Long",
    417: "Expectation Failed",
    HEADERS_TOO_LARGE: "Request Header Fields Too Large",
    500: "Internal Server Error",
    501: "Not Implemented",
}
_OWN_STATUS: tuple[tuple[type[Exception], int], ...] = (
    (refusals.InvalidResponseHeader, 500),  # what the application tried to send
    (refusals.InvalidResponseHeaderName, 500),
    (refusals.ConfigurationProblem, 500),
    (refusals.LimitRequestLine, TOO_LONG),
    (refusals.LimitRequestHeaders, HEADERS_TOO_LARGE),
    (refusals.UnsupportedTransferCoding, 501),
    (refusals.ExpectationFailed, 417),
    (refusals.ForbiddenProxyRequest, 403),
)


def status_of(error: BaseException) -> int:
    """The status that answers a request gunicorn could not read; 500 for what is not the request's fault."""
    for kind, status in _OWN_STATUS:
        if isinstance(error, kind):
            return status
    return BAD if isinstance(error, refusals.ParseException) else 500


def hsts() -> str:
    """What Django's SecurityMiddleware says, for answers that it never sees."""
    parts = [f"max-age={settings.SECURE_HSTS_SECONDS}"]
    parts += ["includeSubDomains"] * settings.SECURE_HSTS_INCLUDE_SUBDOMAINS + [
        "preload"
    ] * settings.SECURE_HSTS_PRELOAD
    return "; ".join(parts)


def answer(status: int) -> bytes:
    """The whole answer: headers, then a page of ours in French. The connection ends with it."""
    with translation.override("fr"):
        body = errors.render(errors.PAGES[status if status in errors.PAGES else BAD]).encode()
    head = (
        f"HTTP/1.1 {status} {REASONS[status]}",
        "Connection: close",
        "Content-Type: text/html; charset=utf-8",
        f"Content-Length: {len(body)}",
        "Cache-Control: no-store",
        "X-Content-Type-Options: nosniff",
        "Referrer-Policy: same-origin",
        f"Content-Security-Policy: {errors.policy()}",
        *(f"{name}: {value}" for name, value in ALWAYS.items()),
        *([f"Strict-Transport-Security: {hsts()}"] if settings.SECURE_HSTS_SECONDS else []),
    )
    return "\r\n".join((*head, "", "")).encode("ascii") + body


PATIENCE = 60.0  # seconds that a connection may stay silent before it is closed
SILENT_AT_MOST = 200  # connections kept waiting by one process: select() knows no more than 1024 descriptors


class Worker(SyncWorker):  # type: ignore[misc]  # gunicorn is not typed
    """Gunicorn's sync worker, which nobody silent keeps from its work, with answers and log lines of ours."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.silent: dict[socket.socket, tuple[Any, Any, float]] = {}  # connection: listener, address, until when

    def accept(self, listener: Any) -> None:
        """Take one more connection, after those who came silent and now speak; read it if it has something to read."""
        self.hear(select.select(list(self.silent), [], [], 0)[0] if self.silent else [])
        client, addr = listener.accept()
        util.close_on_exec(client)
        if len(self.silent) >= SILENT_AT_MOST:
            self.hang_up(next(iter(self.silent)))
        self.silent[client] = (listener, addr, time.monotonic() + PATIENCE)
        self.hear(select.select([client], [], [], 0)[0])

    def wait(self, timeout: float) -> Any:
        """Until someone comes, or someone who came silent speaks; at most ``timeout`` seconds."""
        self.wait_fds = [*self.sockets, self.PIPE[0], *self.silent]
        ready = super().wait(min(timeout, 1.0) if self.silent else timeout) or []
        spoke = [each for each in ready if each in self.silent]
        self.hear(spoke)
        for client in [each for each, (_, _, until) in self.silent.items() if until < time.monotonic()]:
            self.hang_up(client)
        return [each for each in ready if each not in spoke] or None

    def hear(self, spoke: list[Any]) -> None:
        """Answer those who came silent and have spoken, or left."""
        for client in spoke:
            listener, addr, _ = self.silent.pop(client)
            client.setblocking(True)
            self.notify()
            self.handle(listener, client, addr)

    def hang_up(self, client: socket.socket) -> None:
        """Close a connection on which nothing was ever said."""
        del self.silent[client]
        util.close(client)

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        """Gunicorn calls it for whatever went wrong outside the application."""
        status = status_of(exc)
        # The kind of the error and the lines of code it went through, never its words: they quote the request.
        told: dict[str, Any] = {"status": status, "kind": type(exc).__name__}
        if status == 500:
            told["stack"] = "".join(traceback.format_tb(exc.__traceback__))
        logger.log(logging.ERROR if status == 500 else logging.WARNING, "refused by the web server", extra=told)
        try:
            util.write_nonblock(client, answer(status))
        except OSError:
            logger.debug("the answer could not be sent")
