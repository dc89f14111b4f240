"""A mail server that behaves like the real ones: it refuses, asks to wait, cuts the line at the worst moment, and keeps
the Message-ID of all that it accepted.

In tests: ``with smtp.serving() as server: server.next("550-rcpt") …``. For a benchmark, ``python -m tests.standins.smtp
--port 2525``: one JSON line with the port, then at SIGTERM one with the counters. An address whose local part is one of
``BEHAVIOURS`` behaves so every time (``450-rcpt@example.org``).
"""

import argparse
import contextlib
import email
import json
import signal
import socket
import ssl
import threading
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage

BEHAVIOURS = frozenset(
    {
        "accept",
        "550-rcpt",  # unknown mailbox
        "450-rcpt",  # mailbox busy
        "553-mail",  # sender refused
        "554-data",  # content refused after the final dot
        "451-data",  # local error after the final dot
        "421-mail",  # the server closes its doors before anything is said
        "drop-before-dot",  # the line is cut while the mail is being read: not accepted
        "drop-after-dot",  # the mail is accepted, the line is cut before the answer
    }
)


@dataclass
class Accepted:
    """A mail that the server took."""

    message_id: str
    sender: str
    recipients: list[str]
    raw: bytes

    @property
    def message(self) -> EmailMessage:
        """The mail, read."""
        return email.message_from_bytes(self.raw, policy=policy.default)


@dataclass
class Server:
    """The server, its memory and its orders."""

    credentials: tuple[str, str] | None = None
    tls: ssl.SSLContext | None = None  # offers STARTTLS, and takes neither credentials nor mail without it
    keep: bool = True  # whether whole mails are kept, or their Message-IDs alone
    accepted: list[Accepted] = field(default_factory=list)
    ids: Counter[str] = field(default_factory=Counter)
    cut: set[str] = field(default_factory=set)  # accepted last on a line that then broke: its sender may not know
    connections: int = 0
    refused: int = 0
    overheard: list[str] = field(default_factory=list)  # commands that travelled in clear
    _orders: deque[str] = field(default_factory=deque)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _listener: socket.socket = field(default_factory=socket.socket)
    _stopping: bool = False

    @property
    def port(self) -> int:
        """Where it listens, on 127.0.0.1."""
        return int(self._listener.getsockname()[1])

    @property
    def url(self) -> str:
        """EMAIL_URL for it."""
        who = "{}:{}@".format(*self.credentials) if self.credentials else ""
        return f"smtp://{who}127.0.0.1:{self.port}?timeout=5{'&tls=1' if self.tls else ''}"

    def next(self, *behaviours: str) -> None:
        """How the next mails are treated, in turn; afterwards they are accepted."""
        assert set(behaviours) <= BEHAVIOURS
        self._orders.extend(behaviours)

    def start(self, port: int = 0) -> "Server":
        """Listen; each dialogue has its thread."""
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind(("127.0.0.1", port))
        self._listener.listen(64)
        threading.Thread(target=self._listen, daemon=True).start()
        return self

    def stop(self) -> None:
        """Stop listening."""
        self._stopping = True
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def counters(self) -> dict[str, int]:
        """What a benchmark wants to know. ``doubled``: accepted twice though no line broke after the first time."""
        twice = {key for key, times in self.ids.items() if times > 1}
        return {
            "connections": self.connections,
            "accepted": sum(self.ids.values()),
            "distinct": len(self.ids),
            "doubled": len(twice - self.cut),
            "doubled_after_cut": len(twice & self.cut),
            "refused": self.refused,
        }

    def _listen(self) -> None:
        while not self._stopping:
            try:
                line, _address = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self.connections += 1
            line.settimeout(120)
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._talk, args=(_Line(line),), daemon=True).start()

    def _order(self) -> str:
        with self._lock:
            return self._orders.popleft() if self._orders else "accept"

    def _talk(self, line: "_Line") -> None:
        last = ""  # the Message-ID accepted since the last command
        said_quit = False
        try:
            line.say("220 standin ESMTP")
            behaviour, sender, recipients, known = "accept", "", [], self.credentials is None
            while True:
                command = line.read()
                last = ""
                verb = command[:4].upper()
                if not line.secured:
                    with self._lock:
                        self.overheard.append(verb)
                if self.tls and not line.secured and verb == "EHLO":
                    line.say("250-standin\r\n250 STARTTLS")
                elif self.tls and not line.secured and verb == "STAR":
                    line.say("220 2.0.0 go ahead")
                    line.secure(self.tls)
                elif self.tls and not line.secured and verb != "QUIT":
                    line.say("530 5.7.0 must issue STARTTLS first")
                elif verb == "EHLO":
                    line.say("250-standin\r\n250-8BITMIME\r\n250 AUTH PLAIN" if self.credentials else "250 standin")
                elif verb == "AUTH":
                    known = self._knows(command)
                    line.say("235 2.7.0 ok" if known else "535 5.7.8 bad credentials")
                elif verb == "MAIL":
                    behaviour, sender, recipients = self._order(), command[10:].split(">")[0].lstrip("<"), []
                    if not known:
                        line.say("530 5.7.0 authentication required")
                    elif behaviour == "421-mail":
                        line.say("421 4.3.2 closing")
                        said_quit = True
                        return
                    else:
                        line.say("553 5.1.8 sender refused" if behaviour == "553-mail" else "250 ok")
                elif verb == "RCPT":
                    recipient = command[8:].split(">")[0].lstrip("<")
                    if recipient.partition("@")[0] in BEHAVIOURS:
                        behaviour = recipient.partition("@")[0]
                    if behaviour.endswith("-rcpt"):
                        self._refuse()
                        line.say({"5": "550 5.1.1 no such user", "4": "450 4.2.1 mailbox busy"}[behaviour[0]])
                    else:
                        recipients.append(recipient)
                        line.say("250 ok")
                elif verb == "DATA":
                    line.say("354 go ahead")
                    if behaviour == "drop-before-dot":
                        line.read()
                        return
                    raw = line.read_mail()
                    if behaviour.endswith("-data"):
                        self._refuse()
                        line.say({"5": "554 5.7.1 content refused", "4": "451 4.3.0 local error"}[behaviour[0]])
                        continue
                    last = self._accept(sender, recipients, raw)
                    if behaviour == "drop-after-dot":
                        return
                    line.say("250 2.0.0 queued")
                elif verb == "QUIT":
                    said_quit = True
                    line.say("221 bye")
                    return
                else:
                    line.say("250 ok")
        except (OSError, EOFError):
            pass
        finally:
            if last and not said_quit:
                with self._lock:
                    self.cut.add(last)
            line.close()

    def _knows(self, command: str) -> bool:
        import base64

        assert self.credentials is not None
        given = base64.b64decode(command.split()[-1]).decode().split("\0")[1:]
        return tuple(given) == self.credentials

    def _refuse(self) -> None:
        with self._lock:
            self.refused += 1

    def _accept(self, sender: str, recipients: list[str], raw: bytes) -> str:
        head = raw.partition(b"\r\n\r\n")[0]
        identifier = str(
            email.message_from_bytes(head + b"\r\n\r\n", policy=policy.default)["Message-ID"] or ""
        ).strip()
        with self._lock:
            self.ids[identifier] += 1
            if self.keep:
                self.accepted.append(Accepted(identifier, sender, list(recipients), raw))
        return identifier


class _Line:
    """A connection read by lines."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._buffer = b""
        self.secured = False

    def secure(self, context: ssl.SSLContext) -> None:
        """Go on under TLS; what was said before counts no more. Raises ssl.SSLError when the client gives up."""
        self._line, self._buffer, self.secured = context.wrap_socket(self._line, server_side=True), b"", True

    def say(self, words: str) -> None:
        self._line.sendall(words.encode() + b"\r\n")

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._line.shutdown(socket.SHUT_RDWR)
        self._line.close()

    def _more(self) -> None:
        received = self._line.recv(65536)
        if not received:
            raise EOFError
        self._buffer += received

    def read(self) -> str:
        while b"\r\n" not in self._buffer:
            self._more()
        found, _crlf, self._buffer = self._buffer.partition(b"\r\n")
        return found.decode("utf-8", "replace")

    def read_mail(self) -> bytes:
        """Up to the final dot, doubled dots undone."""
        while b"\r\n.\r\n" not in self._buffer:
            self._more()
        mail, _dot, self._buffer = self._buffer.partition(b"\r\n.\r\n")
        return (b"\r\n" + mail).replace(b"\r\n..", b"\r\n.")[2:] + b"\r\n"


@contextlib.contextmanager
def serving(credentials: tuple[str, str] | None = None, tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    """A server for the time of a test."""
    server = Server(credentials=credentials, tls=tls).start()
    try:
        yield server
    finally:
        server.stop()


def main() -> None:
    """Serve until SIGTERM or SIGINT, then print the counters."""
    parser = argparse.ArgumentParser(description="A stand-in mail server on 127.0.0.1.")
    parser.add_argument("--port", type=int, default=0)
    server = Server(keep=False).start(parser.parse_args().port)
    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    print(json.dumps({"port": server.port}), flush=True)
    over.wait()
    server.stop()
    print(json.dumps(server.counters()), flush=True)


if __name__ == "__main__":
    main()
