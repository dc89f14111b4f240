"""What a production lacks: every insecure or missing setting, each with what to set (``bocage check --deploy``)."""

import os
import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qsl, urlsplit

from django.conf import settings
from django.core import checks
from django.db import connection

from bocage.base import crypto, health
from bocage.base.bootstrap import missing_for_printing
from bocage.base.env import LOOPBACK

Level = Literal["error", "warning"]


@dataclass(frozen=True)
class Finding:
    """One thing to change. An error means: do not open to the public; a warning: know what you lose."""

    level: Level
    about: str
    problem: str
    remedy: str

    @property
    def blocking(self) -> bool:
        """Whether a production should not start with it."""
        return self.level == "error"

    def text(self) -> str:
        """Two lines for a terminal."""
        return f"{self.level.upper():7} {self.about}: {self.problem}\n        → {self.remedy}"


Findings = Iterator[Finding]


def _mode(now: datetime) -> Findings:
    if settings.ENV.mode != "production":
        problem = f"the mode is {settings.ENV.mode}: anybody can sign in as anybody, and no mail leaves"
        yield Finding("error", "BOCAGE_MODE", problem, "set BOCAGE_MODE=production, on another database")
    if settings.DEBUG:
        yield Finding("error", "DEBUG", "errors show code and settings to everybody", "set DEBUG = False")


def _secrets(now: datetime) -> Findings:
    key = settings.SECRET_KEY
    if len(key) < 50 or len(set(key)) < 12 or key.startswith(("test-only", "django-insecure")):
        yield Finding("error", "SECRET_KEY", "it is short or guessable", "set 50 random characters or more")
    if not settings.ENV.keys:
        problem = "there is none: sensitive fields cannot be sealed"
        yield Finding("error", "BOCAGE_KEYS", problem, f"set BOCAGE_KEYS to a new key, for instance {crypto.new_key()}")
        return
    try:
        crypto.seal("x")
    except crypto.BadKey as error:
        yield Finding("error", "BOCAGE_KEYS", str(error), "keys are 32 random bytes in URL-safe base64")
    if key in settings.ENV.keys:
        yield Finding("error", "BOCAGE_KEYS", "it is the SECRET_KEY", "draw a key of its own")


def _address(now: datetime) -> Findings:
    base = urlsplit(settings.ENV.base_url)
    if "*" in settings.ALLOWED_HOSTS:
        problem = "any host name is answered: links in mails can be forged"
        yield Finding("error", "BOCAGE_HOSTS", problem, "list the site's names, for instance demarches.example.fr")
    if base.scheme != "https" or not settings.ENV.https:
        problem = "pages, passwords and cookies travel in clear"
        remedy = "serve behind a proxy with a certificate and set BOCAGE_BASE_URL=https://…"
        yield Finding("error", "BOCAGE_BASE_URL", problem, remedy)
    if base.hostname in {None, "localhost", "127.0.0.1", "::1"}:
        problem = f"links in mails and letters would lead to {base.hostname}"
        yield Finding("error", "BOCAGE_BASE_URL", problem, "set the public address of the site")
    elif base.hostname not in settings.ALLOWED_HOSTS and "*" not in settings.ALLOWED_HOSTS:
        problem = f"{base.hostname} is not among the answered names {settings.ALLOWED_HOSTS}"
        yield Finding("error", "BOCAGE_HOSTS", problem, f"add {base.hostname} to BOCAGE_HOSTS")


def _mail(now: datetime) -> Findings:
    if not settings.ENV.email_url:
        yield Finding("error", "EMAIL_URL", "no mail can leave", "set EMAIL_URL=smtp://user:password@host:587?tls=1")
    if "example.org" in settings.ENV.email_from:
        yield Finding("error", "BOCAGE_EMAIL_FROM", "mails come from example.org", "set the sender of your mails")
    if not settings.ENV.sms:
        yield Finding("warning", "BOCAGE_SMS", "SMS are recorded, not sent", "set BOCAGE_SMS to your provider's port")


def _contact(now: datetime) -> Findings:
    if not settings.ENV.security_contact:
        problem = "security.txt gives the territory's e-mail or the help page to whoever finds a hole"
        remedy = "give the e-mail of the person who mends it"
        yield Finding("warning", "BOCAGE_SECURITY_CONTACT", problem, remedy)


def _webhooks(now: datetime) -> Findings:
    for prefix in settings.ENV.webhooks:
        parts = urlsplit(prefix)
        if parts.scheme != "https" or not parts.hostname:
            problem = f"what is told of cases to {prefix} travels in clear, or nowhere"
            remedy = "give whole addresses that begin with https://"
            yield Finding("error", "BOCAGE_WEBHOOKS", problem, remedy)
        elif parts.username or parts.query or parts.fragment or not parts.path.endswith("/"):
            problem = f"{prefix} is not the beginning of an address"
            remedy = "end it with a slash, for instance https://gestion.example.fr/bocage/"
            yield Finding("warning", "BOCAGE_WEBHOOKS", problem, remedy)


def _documents(now: datetime) -> Findings:
    if not settings.ENV.clamd:
        problem = "documents get the built-in checks only, no antivirus"
        remedy = "apt-get install clamav-daemon and set BOCAGE_CLAMD=/run/clamav/clamd.ctl"
        yield Finding("warning", "BOCAGE_CLAMD", problem, remedy)
    missing = missing_for_printing()
    if missing:
        problem = "letters, receipts and blank forms cannot be printed"
        yield Finding("error", "printing", problem, f"apt-get install {' '.join(missing)}")


def _files(now: datetime) -> Findings:
    var: Path = settings.ENV.var
    for path, forbidden in ((var / "bocage.env", 0o077), (var, 0o002), (Path(settings.DOCUMENTS_ROOT), 0o007)):
        if path.exists() and stat.S_IMODE(path.stat().st_mode) & forbidden:
            problem = f"{path.name} can be read or changed by other users of this machine"
            yield Finding("error", "permissions", problem, f"chmod {'600' if path.is_file() else '750'} {path}")
    for path in (var, Path(settings.DOCUMENTS_ROOT), Path(settings.MEDIA_ROOT)):
        if path.exists() and not os.access(path, os.W_OK):
            yield Finding("error", "permissions", f"{path} cannot be written", "give it to the user who runs Bocage")
    if os.geteuid() == 0:
        remedy = "run it as a user of its own (docs/install gives a systemd unit)"
        yield Finding("warning", "user", "Bocage runs as root", remedy)
    free = shutil.disk_usage(var if var.exists() else os.curdir).free // 2**20
    if free < 4 * health.LITTLE_DISK:
        yield Finding("warning", "disk", f"{free} MiB are free for documents", "give var/ more room")


def _in_clear(url: str) -> bool:
    """Whether a server of another machine is spoken to without checking its certificate."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    host = query.get("host", parts.hostname or "")
    if not host or host.startswith("/") or host in LOOPBACK:
        return False
    return parts.scheme != "rediss" and query.get("sslmode") != "verify-full"


def _growth(now: datetime) -> Findings:
    sqlite = connection.vendor == "sqlite"
    if sqlite and settings.ENV.redis_url:
        problem = "REDIS_URL tells of several machines, and SQLite serves one"
        yield Finding("error", "DATABASE_URL", problem, "set DATABASE_URL=postgres://user:password@host/name")
    elif sqlite:
        problem = "SQLite serves one machine, and one writer at a time"
        yield Finding("warning", "DATABASE_URL", problem, "for a large territory, prefer PostgreSQL")
    if not sqlite and _in_clear(settings.ENV.database_url):
        problem = "what travels to the database may be read or changed on its way"
        remedy = "end DATABASE_URL with ?sslmode=verify-full (and &sslrootcert=/path for a certificate of your own)"
        yield Finding("warning", "DATABASE_URL", problem, remedy)
    if settings.ENV.redis_url and _in_clear(settings.ENV.redis_url):
        problem = "limits and cached pages travel in clear"
        yield Finding("warning", "REDIS_URL", problem, "write rediss:// (TLS), with a password")
    if not settings.ENV.redis_url and not sqlite:
        problem = "limits on attempts and cached pages are kept apart on each machine"
        yield Finding("warning", "REDIS_URL", problem, "with several machines, set REDIS_URL=redis://host:6379/0")


def _database(now: datetime) -> Findings:
    ready, report = health.report(now)
    for name, found in report.items():
        if not found["ok"]:
            told = ", ".join(f"{key} {value}" for key, value in found.items() if key != "ok")
            remedy = {
                "database": "is it running, and were its tables brought up to date (bocage migrate)?",
                "outbox": "does a worker run (bocage worker)?",
                "disk": "give var/ more room",
            }[name]
            yield Finding("warning" if ready else "error", name, told, remedy)


# What Django says that we say better above, or that a proxy or ``BOCAGE_HTTPS`` decides.
SAID_ABOVE = {"security.W009", "security.W018", "security.W020", "security.W008", "security.W012", "security.W016"}


def _django(now: datetime) -> Findings:
    for message in checks.run_checks(include_deployment_checks=True):
        if message.is_silenced() or message.id in SAID_ABOVE or message.level < checks.WARNING:
            continue
        if message.id in {"security.W004"} and not settings.ENV.https:
            continue  # HSTS comes with https
        level: Level = "error" if message.level >= checks.ERROR else "warning"
        yield Finding(level, message.id or "django", message.msg.split("\n")[0], message.hint or "see Django's manual")


QUESTIONS: tuple[Callable[[datetime], Findings], ...] = (
    _mode,
    _secrets,
    _address,
    _mail,
    _contact,
    _webhooks,
    _documents,
    _files,
    _growth,
    _database,
    _django,
)


def findings(now: datetime) -> list[Finding]:
    """Everything to change, errors first."""
    found = [finding for question in QUESTIONS for finding in question(now)]
    return sorted(found, key=lambda finding: not finding.blocking)


def verdict(found: list[Finding]) -> str:
    """The last line."""
    errors = sum(finding.blocking for finding in found)
    if errors:
        return f"Not ready for production: {errors} to correct, {len(found) - errors} to know."
    return f"Ready for production; {len(found)} to know."
