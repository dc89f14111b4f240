"""A clamd that speaks its protocol (clamd(8), COMMANDS): zINSTREAM, over TCP or a Unix socket.

It can also misbehave as the real one does: answer late, cut, refuse what is too long, be out of memory.
"""

import contextlib
import socketserver
import struct
import threading
from dataclasses import dataclass, field

from bocage.base.scanner import EICAR


@dataclass
class Behaviour:
    """What the server does with the next sessions, and what it saw."""

    max_length: int = 25_000_000  # StreamMaxLength, bytes
    reply: bytes | None = None  # instead of the true answer
    cut_after: int | None = None  # bytes of stream, then the connection is closed without a word
    silent: bool = False  # reads everything, never answers
    parts: int = 1  # the answer comes in that many pieces
    commands: list[bytes] = field(default_factory=list)
    streams: list[bytes] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)


class _Session(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        with contextlib.suppress(OSError):
            self.answer()

    def answer(self) -> None:
        behaviour = self.server.behaviour
        command = self.until(b"\0")
        behaviour.commands.append(command)
        if command == b"zINSTREAM":
            self.stream(behaviour)
        else:
            self.say(b"UNKNOWN COMMAND")

    def until(self, end: bytes) -> bytes:
        got = b""
        while (char := self.rfile.read(1)) and char != end:
            got += char
        return got

    def stream(self, behaviour: Behaviour) -> None:
        received = b""
        while True:
            header = self.rfile.read(4)
            if len(header) < 4:
                return  # the client left
            (length,) = struct.unpack("!I", header)
            if not length:
                break
            if behaviour.cut_after is not None and len(received) + length > behaviour.cut_after:
                return
            if len(received) + length > behaviour.max_length:
                self.say(b"INSTREAM size limit exceeded. ERROR")
                return
            received += self.rfile.read(length)
        behaviour.streams.append(received)
        if behaviour.silent:
            behaviour.stop.wait(30)
            return
        found = b"stream: Win.Test.EICAR_HDB-1 FOUND" if EICAR in received else b"stream: OK"
        self.say(found if behaviour.reply is None else behaviour.reply)

    def say(self, text: bytes) -> None:
        data = text + b"\0"
        size = max(1, len(data) // self.server.behaviour.parts)
        for at in range(0, len(data), size):
            self.wfile.write(data[at : at + size])
            self.wfile.flush()


class _Tcp(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    block_on_close = True


class _Unix(socketserver.ThreadingUnixStreamServer):
    block_on_close = True


@contextlib.contextmanager
def running(path: str | None = None):
    """Start it on a free port (or a socket's path): gives its address as in BOCAGE_CLAMD, and its behaviour."""
    behaviour = Behaviour()
    server = _Unix(path, _Session) if path else _Tcp(("127.0.0.1", 0), _Session)
    server.behaviour = behaviour
    address = path or f"127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield address, behaviour
    finally:
        behaviour.stop.set()
        server.shutdown()
        server.server_close()
        thread.join()
