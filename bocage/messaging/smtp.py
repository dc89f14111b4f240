"""Handing mail over to a server, one dialogue step at a time, so that what was accepted is never in doubt for nothing.

``smtplib.sendmail`` cannot tell a line cut before the message's final dot (not accepted) from one cut after it (who
knows?): the dialogue is spoken here. The connection is kept from one mail to the next within a process.
"""

import base64
import contextlib
import os
import smtplib
import socket
import ssl
import threading
import time
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qsl, unquote, urlsplit

from bocage.messaging.mime import Envelope

IDLE = 20.0
"""Seconds after which a kept connection is opened again rather than trusted."""

MAILS_PER_CONNECTION = 200


class Deferred(Exception):
    """Not accepted, through no fault of the mail: to be tried again. The message is for agents."""


class Refused(Exception):
    """The server will never accept this mail. The message is for agents."""


class Cut(Exception):
    """The line was cut after the whole mail had left: it may have been accepted."""


@dataclass(frozen=True)
class Server:
    """A mail server: ``smtp://user:password@host:port?tls=1`` (STARTTLS), ``smtps://…`` (TLS from the start)."""

    host: str
    port: int
    user: str = ""
    password: str = ""
    starttls: bool = False
    tls: bool = False
    timeout: float = 15.0

    @property
    def is_loopback(self) -> bool:
        """Whether it is on this machine: the only kind that the demonstration may speak to."""
        return self.host in {"localhost", "127.0.0.1", "::1"}


@lru_cache(maxsize=8)
def server(url: str) -> Server:
    """Read EMAIL_URL. Raises ValueError."""
    parts = urlsplit(url)
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise ValueError("EMAIL_URL: expected smtp://user:password@host:port?tls=1 or smtps://…")
    options = dict(parse_qsl(parts.query))
    tls = parts.scheme == "smtps"
    starttls = not tls and options.get("tls", "").lower() in {"1", "true", "yes"}
    return Server(
        host=parts.hostname,
        port=parts.port or (465 if tls else 587 if starttls else 25),
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        starttls=starttls,
        tls=tls,
        timeout=float(options.get("timeout", "15")),
    )


class Connection:
    """One dialogue with a server, kept open."""

    def __init__(self, to: Server) -> None:
        self.server = to
        self.smtp = _open(to)
        self.used = time.monotonic()
        self.sent = 0

    @property
    def stale(self) -> bool:
        """Better opened again than trusted."""
        return time.monotonic() - self.used > IDLE or self.sent >= MAILS_PER_CONNECTION

    def close(self) -> None:
        """End without ceremony."""
        with contextlib.suppress(OSError):
            self.smtp.close()

    def send(self, mail: Envelope) -> str:
        """Hand one mail over; gives the server's last words. Raises Deferred, Refused, Cut, _NotStarted."""
        try:
            code, words = self.smtp.mail(mail.sender)
        except (OSError, smtplib.SMTPException) as error:
            raise _NotStarted from error
        if code == 421:  # the server closes its doors: nothing was said yet
            raise _NotStarted
        if code != 250:
            raise Deferred(f"Le serveur de courriel refuse notre adresse d’expédition ({_told(code, words)}).")
        try:
            for recipient in mail.recipients:
                code, words = self.smtp.rcpt(recipient)
                if code not in {250, 251}:
                    self._reset()
                    raise _verdict(code, words)
            code, words = self.smtp.docmd("DATA")
            if code != 354:
                self._reset()
                raise _verdict(code, words)
            # Without its final dot a mail is never accepted (RFC 5321 4.1.1.4): up to here nothing is in doubt.
            body = _dotted(mail.raw)
            self.smtp.send(body)
        except (OSError, smtplib.SMTPException) as error:
            raise Deferred("La liaison avec le serveur de courriel a été coupée.") from error
        try:
            self.smtp.send(b".\r\n")
            code, words = self.smtp.getreply()
        except (OSError, smtplib.SMTPException) as error:
            raise Cut("La liaison a été coupée avant la réponse du serveur : l’envoi sera répété.") from error
        self.used, self.sent = time.monotonic(), self.sent + 1
        if code != 250:
            raise _verdict(code, words)
        return words.decode(errors="replace")

    def _reset(self) -> None:
        self.smtp.rset()


class _NotStarted(Exception):
    """A kept connection turned out to be dead before anything was said."""


def _open(to: Server) -> smtplib.SMTP:
    """A new dialogue, greeted and signed in. Raises Deferred: whatever fails here is not the mail's fault."""
    smtp: smtplib.SMTP | None = None
    try:
        context = ssl.create_default_context() if to.tls or to.starttls else None
        if to.tls:
            smtp = smtplib.SMTP_SSL(to.host, to.port, timeout=to.timeout, context=context)
        else:
            smtp = smtplib.SMTP(to.host, to.port, timeout=to.timeout)
        # A mail and its final dot are two writes: with Nagle's algorithm each would wait 40 ms for the other.
        assert smtp.sock is not None
        smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        smtp.ehlo_or_helo_if_needed()
        if to.starttls:
            smtp.starttls(context=context)
            smtp.ehlo()
        if to.user:
            _sign_in(smtp, to)
    except (OSError, smtplib.SMTPException) as error:
        if smtp is not None:
            smtp.close()
        if isinstance(error, smtplib.SMTPAuthenticationError):
            raise Deferred("Le serveur de courriel refuse nos identifiants.") from error
        if isinstance(error, ssl.SSLCertVerificationError):
            raise Deferred("Le certificat du serveur de courriel n’est pas reconnu : rien ne lui est dit.") from error
        if isinstance(error, smtplib.SMTPNotSupportedError):
            raise Deferred("Le serveur de courriel n’offre pas la liaison chiffrée que nous demandons.") from error
        raise Deferred("Le serveur de courriel ne répond pas.") from error
    return smtp


def _sign_in(smtp: smtplib.SMTP, to: Server) -> None:
    """Sign in; smtplib knows ASCII only, a password in UTF-8 goes through AUTH PLAIN (RFC 4616)."""
    if (to.user + to.password).isascii():
        smtp.login(to.user, to.password)
        return
    token = base64.b64encode(f"\0{to.user}\0{to.password}".encode()).decode()
    code, words = smtp.docmd("AUTH", f"PLAIN {token}")
    if code != 235:
        raise smtplib.SMTPAuthenticationError(code, words)


def _dotted(raw: bytes) -> bytes:
    """``raw`` with CRLF lines and leading dots doubled, without the final dot."""
    lines = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n").rstrip(b"\n").split(b"\n")
    return b"".join((b"." + line if line.startswith(b".") else line) + b"\r\n" for line in lines)


def _told(code: int, words: bytes) -> str:
    return f"{code} {words.decode(errors='replace')}"[:160].replace("\n", " ")


def _verdict(code: int, words: bytes) -> Exception:
    said = _told(code, words)
    if 500 <= code < 600:
        if code in {550, 551, 553} or b"5.1." in words:
            return Refused(f"Adresse inconnue ou refusée par son serveur ({said}).")
        if code == 552 or b"5.2.2" in words:
            return Refused(f"Boîte de réception pleine ({said}).")
        return Refused(f"Courriel refusé par le serveur ({said}).")
    return Deferred(f"Le serveur de courriel demande d’attendre ({said}).")


_kept: dict[tuple[int, int, Server], Connection] = {}  # by process and thread: a forked child never shares a socket


def send(url: str, mail: Envelope) -> str:
    """Hand a mail over to the server of ``url``, on the kept connection when it still lives.

    Raises Deferred, Refused, Cut.
    """
    to = server(url)
    place = (os.getpid(), threading.get_ident(), to)
    kept = _kept.pop(place, None)
    if kept is not None and kept.stale:
        kept.close()
        kept = None
    fresh = kept is None
    connection = kept or Connection(to)
    try:
        try:
            words = connection.send(mail)
        except _NotStarted:
            connection.close()
            if fresh:
                raise Deferred("Le serveur de courriel a fermé la liaison.") from None
            connection = Connection(to)
            words = connection.send(mail)
    except Refused:
        _kept[place] = connection  # the dialogue goes on
        raise
    except _NotStarted:
        connection.close()
        raise Deferred("Le serveur de courriel a fermé la liaison.") from None
    except Exception:
        connection.close()
        raise
    _kept[place] = connection
    return words


def forget() -> None:
    """Close what is kept by this process and thread (end of a worker, tests)."""
    for place in [place for place in _kept if place[:2] == (os.getpid(), threading.get_ident())]:
        _kept.pop(place).close()
