"""The scanner port: is a stored file clean? Documents stay in quarantine until it has answered.

``clamd`` where ``BOCAGE_CLAMD`` is set; otherwise built-in checks, which are no antivirus and say so in their name.
"""

import select
import socket
import time
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO, Protocol

from django.conf import settings

from bocage.base.uploads import kinds, pdf
from bocage.base.uploads.refusal import RefusedFile

CHUNK = 65_536
DEFAULT_PORT = 3310
CONNECT_SECONDS = 5.0
TOTAL_SECONDS = 60.0
MAX_REPLY = 4096
# In two parts, so that antivirus programs leave this file alone (https://www.eicar.org).
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + rb"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


class ScannerUnavailable(RuntimeError):
    """The scanner did not answer: try again later, the document stays in quarantine."""


@dataclass(frozen=True)
class Verdict:
    """``clean`` is None when the scanner will never be able to tell (a file larger than it accepts): a person
    decides."""

    clean: bool | None
    signature: str = ""  # what was found, or why nothing can be told
    scanner: str = ""


class Scanner(Protocol):
    """What looks at a file."""

    name: str

    def scan(self, stream: BinaryIO) -> Verdict:
        """Read the stream to its end and judge it. Raises ScannerUnavailable."""


class BuiltinScanner:
    """No antivirus: the EICAR test string, programs, and the checks of content made at upload, made again."""

    name = "contrôles internes, sans antivirus"

    def scan(self, stream: BinaryIO) -> Verdict:
        """Never raises ScannerUnavailable."""
        content = stream.read()
        if EICAR in content:
            return Verdict(False, "Eicar-Test-Signature", self.name)
        found = kinds.sniff(content)
        if found == kinds.PROGRAM:
            return Verdict(False, "Bocage.Program", self.name)
        if found == kinds.PDF:
            try:
                pdf.check(content)
            except RefusedFile as refused:
                return Verdict(False, f"Bocage.Pdf.{refused.code}", self.name)
        return Verdict(True, "", self.name)


class ClamdScanner:
    """ClamAV's daemon through its INSTREAM command, over TCP (``host:port``) or a Unix socket (``/path``)."""

    name = "clamd"

    def __init__(
        self, address: str, *, connect_seconds: float = CONNECT_SECONDS, seconds: float = TOTAL_SECONDS
    ) -> None:
        self.address = address
        self.connect_seconds = connect_seconds
        self.seconds = seconds

    def scan(self, stream: BinaryIO) -> Verdict:
        """Send the stream by chunks. Raises ScannerUnavailable when clamd is absent, slow, cuts or errs."""
        deadline = time.monotonic() + self.seconds
        with self._connection() as connection:
            try:
                self._send(connection, b"zINSTREAM\0", deadline)
                # An answer before the end is a refusal to read more.
                while not _has_answered(connection) and (chunk := stream.read(CHUNK)):
                    self._send(connection, len(chunk).to_bytes(4, "big") + chunk, deadline)
                self._send(connection, bytes(4), deadline)
            except (BrokenPipeError, ConnectionResetError):
                pass  # past its size limit, clamd answers and closes before it has read everything: listen first
            return self._verdict(self._reply(connection, deadline))

    def _connection(self) -> socket.socket:
        try:
            if self.address.startswith("/"):
                connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
                connection.settimeout(self.connect_seconds)
                try:
                    connection.connect(self.address)
                except OSError:
                    connection.close()
                    raise
                return connection
            host, port = _host_and_port(self.address)
            return socket.create_connection((host, port), timeout=self.connect_seconds)
        except OSError as error:
            raise ScannerUnavailable(f"clamd cannot be reached: {error}") from error

    def _send(self, connection: socket.socket, data: bytes, deadline: float) -> None:
        self._allow(connection, deadline)
        try:
            connection.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            raise
        except OSError as error:
            raise ScannerUnavailable(f"clamd stopped reading: {error}") from error

    def _reply(self, connection: socket.socket, deadline: float) -> str:
        reply = b""
        while b"\0" not in reply:
            self._allow(connection, deadline)
            try:
                part = connection.recv(MAX_REPLY)
            except OSError as error:
                raise ScannerUnavailable(f"clamd did not answer: {error}") from error
            if not part or len(reply) > MAX_REPLY:
                raise ScannerUnavailable("clamd closed without a whole answer")
            reply += part
        return reply.split(b"\0", 1)[0].decode(errors="replace").strip()

    def _allow(self, connection: socket.socket, deadline: float) -> None:
        left = deadline - time.monotonic()
        if left <= 0:
            raise ScannerUnavailable(f"clamd took more than {self.seconds:g} s")
        connection.settimeout(left)

    def _verdict(self, reply: str) -> Verdict:
        if reply == "stream: OK":
            return Verdict(True, "", self.name)
        if reply.startswith("stream: ") and reply.endswith(" FOUND"):
            return Verdict(False, reply.removeprefix("stream: ").removesuffix(" FOUND"), self.name)
        if "size limit exceeded" in reply:
            return Verdict(None, "INSTREAM size limit exceeded (StreamMaxLength)", self.name)
        raise ScannerUnavailable(f"clamd answered: {reply[:200]}")


def _has_answered(connection: socket.socket) -> bool:
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    return bool(poll.poll(0))


def _host_and_port(address: str) -> tuple[str, int]:
    host, separator, port = address.rpartition(":")
    if not separator or address.endswith("]"):
        return address.strip("[]"), DEFAULT_PORT
    if not port.isdigit() or not 0 < int(port) < 65536:
        raise ScannerUnavailable(f"BOCAGE_CLAMD={address!r}: expected host:port or a socket's path")
    return host.strip("[]"), int(port)


def current() -> Scanner:
    """The scanner this installation has: clamd when ``BOCAGE_CLAMD`` is set, the built-in checks otherwise."""
    return ClamdScanner(settings.ENV.clamd) if settings.ENV.clamd else BuiltinScanner()


def scan(stream: BinaryIO | bytes) -> Verdict:
    """Judge a file with the scanner this installation has. Raises ScannerUnavailable: to be tried again later."""
    return current().scan(BytesIO(stream) if isinstance(stream, bytes) else stream)
