"""The environment, read once and typed: the only place that looks at ``os.environ``.

Every setting an installer may give is an attribute here; docs/install/settings.md lists them for people.
"""

import base64
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast
from urllib.parse import parse_qsl, unquote, urlsplit

ROOT = Path(__file__).resolve().parent.parent.parent

Mode = Literal["demo", "production", "test"]
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
TEST_KEY = base64.urlsafe_b64encode(b"test-only-not-a-secret-test-only").decode()


class BadEnvironment(ValueError):
    """An environment variable holds something that cannot be used; the message names it."""


def _flag(value: str) -> bool:
    return value.strip().lower() in {"1", "true", "yes", "oui", "on"}


def _list(value: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in value.split(",") if part.strip())


def _from_file(path: Path) -> dict[str, str]:
    """NAME=value lines, as ``./run`` writes them; the real environment wins over them."""
    if not path.is_file():
        return {}
    pairs = (line.split("=", 1) for line in path.read_text().splitlines() if "=" in line and not line.startswith("#"))
    return {name.strip(): value.strip() for name, value in pairs}


SECRETS = (
    "SECRET_KEY", "BOCAGE_KEYS", "DATABASE_URL", "EMAIL_URL", "REDIS_URL", "BOCAGE_FRANCECONNECT", "BOCAGE_PROCONNECT",
)  # fmt: skip
"""Variables that may instead be given as the path of a file, in ``NAME_FILE`` (systemd's credentials)."""


def _secret_files(*sources: Mapping[str, str]) -> dict[str, str]:
    """The secrets that files hold; the first source that names one, as a value or as a file, decides."""
    found = {}
    for name in SECRETS:
        given = next((source for source in sources if source.get(name) or source.get(f"{name}_FILE")), {})
        path = given.get(f"{name}_FILE")
        if not path:
            continue
        if given.get(name):
            raise BadEnvironment(f"{name} and {name}_FILE are both set: keep one")
        try:
            found[name] = Path(path).read_text().strip()
        except (OSError, UnicodeDecodeError) as error:
            raise BadEnvironment(f"{name}_FILE: {path} cannot be read ({type(error).__name__})") from error
    return found


@dataclass(frozen=True)
class Registration:
    """What an identity provider gave when the site was registered with it; no issuer: not registered."""

    issuer: str
    client_id: str
    client_secret: str

    @classmethod
    def read(cls, url: str) -> "Registration":
        """Read ``https://client:secret@host/path``, as the address of a database is written; empty: none.

        Raises BadEnvironment when something is missing, or when the provider would be spoken to in clear.
        """
        if not url:
            return cls("", "", "")
        parts = urlsplit(url)
        if parts.scheme != "https" and parts.hostname not in LOOPBACK:
            raise BadEnvironment("BOCAGE_FRANCECONNECT, BOCAGE_PROCONNECT: an identity provider is spoken to in HTTPS")
        if not parts.hostname or not parts.username or not parts.password:
            raise BadEnvironment("BOCAGE_FRANCECONNECT, BOCAGE_PROCONNECT: write https://client:secret@host/path")
        host = parts.netloc.rpartition("@")[2]
        issuer = f"{parts.scheme}://{host}{parts.path}".rstrip("/")
        return cls(issuer, unquote(parts.username), unquote(parts.password))


@dataclass(frozen=True, kw_only=True)
class Environment:
    """What the installer decided. Secrets have no default outside the demonstration and the tests."""

    mode: Mode
    var: Path
    territory: str
    database_url: str
    secret_key: str
    keys: tuple[str, ...]  # BOCAGE_KEYS, newest first: seal sensitive fields; never in a backup
    hosts: tuple[str, ...]
    base_url: str
    https: bool
    email_url: str  # smtp://user:password@host:port?tls=1 ; empty: mail is kept in the demonstration's mailbox
    email_from: str
    redis_url: str
    clamd: str  # host:port or a socket's path; empty: the built-in content checks only
    sms: str  # dotted path of an SMS port; empty: recorded, not sent
    security_contact: str  # e-mail or address for whoever finds a hole in our security; empty: the territory's e-mail
    webhooks: tuple[str, ...]  # address prefixes that a workflow may tell of a case; empty: none
    log_level: str
    franceconnect: Registration  # residents sign in with FranceConnect; none: the demonstration's own stand-in
    proconnect: Registration  # agents sign in with ProConnect

    @property
    def providers_origins(self) -> tuple[str, ...]:
        """Origins of the identity providers, to which a form's answer may lead."""
        registered = (self.franceconnect.issuer, self.proconnect.issuer)
        return tuple(sorted({"{0.scheme}://{0.netloc}".format(urlsplit(issuer)) for issuer in registered if issuer}))

    @staticmethod
    def given(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
        """What the installer gave: ``var/bocage.env``, and the real environment, which wins; secrets from their files.

        Raises BadEnvironment for a secret given twice, or in a file that cannot be read.
        """
        file = _from_file(Path(environ.get("BOCAGE_VAR", ROOT / "var")) / "bocage.env")
        return {**file, **environ, **_secret_files(environ, file)}

    @classmethod
    def load(cls, environ: Mapping[str, str] = os.environ) -> "Environment":
        """Read the environment, completed by ``var/bocage.env``.

        Raises BadEnvironment when a value cannot be used.
        """
        var = Path(environ.get("BOCAGE_VAR", ROOT / "var"))
        get = cls.given(environ).get
        mode = get("BOCAGE_MODE", "production")
        if mode not in {"demo", "production", "test"}:
            raise BadEnvironment(f"BOCAGE_MODE={mode!r}: expected demo, production or test")
        secret_key = get("SECRET_KEY", "test-only-not-a-secret-" * 3 if mode == "test" else "")
        if not secret_key:
            raise BadEnvironment("SECRET_KEY is not set; ./run writes one into var/bocage.env")
        base_url = get("BOCAGE_BASE_URL", "http://localhost:8000").rstrip("/")
        host = urlsplit(base_url).hostname or "localhost"
        default_hosts = ("*",) if mode == "test" else (host, "localhost", "127.0.0.1", "[::1]")
        return cls(
            mode=cast(Mode, mode),
            var=var,
            territory=get("BOCAGE_TERRITORY", "mormal"),
            database_url=get("DATABASE_URL") or f"sqlite:///{var.absolute() / 'bocage.sqlite3'}",
            secret_key=secret_key,
            keys=_list(get("BOCAGE_KEYS", TEST_KEY if mode == "test" else "")),
            hosts=_list(get("BOCAGE_HOSTS", "")) or default_hosts,
            base_url=base_url,
            https=_flag(get("BOCAGE_HTTPS", "1" if base_url.startswith("https") else "0")),
            email_url=get("EMAIL_URL", ""),
            email_from=get("BOCAGE_EMAIL_FROM", "Bocage <ne-pas-repondre@example.org>"),
            redis_url=get("REDIS_URL", ""),
            clamd=get("BOCAGE_CLAMD", ""),
            sms=get("BOCAGE_SMS", ""),
            security_contact=get("BOCAGE_SECURITY_CONTACT", "").strip(),
            webhooks=_list(get("BOCAGE_WEBHOOKS", "")),
            log_level=get("BOCAGE_LOG_LEVEL", "INFO"),
            franceconnect=Registration.read(get("BOCAGE_FRANCECONNECT", "").strip()),
            proconnect=Registration.read(get("BOCAGE_PROCONNECT", "").strip()),
        )


def time_zone(territory: Path) -> str:
    """The zone of a territory's folder, in which the house tells instants and starts daily jobs; Paris without one."""
    try:
        told = json.loads((territory / "territory.json").read_text())
    except FileNotFoundError:
        return "Europe/Paris"
    return str(told["time_zone"])


def database(url: str) -> dict[str, object]:
    """Django's DATABASES entry for a URL: ``sqlite:////path``, or ``postgres://user:password@host:port/name``.

    ``sqlite:///path`` is a path from Bocage's folder, wherever the command is started. A PostgreSQL socket folder is
    given as ``?host=/path``; ``?sslmode=verify-full`` has a distant server prove who it is. Raises BadEnvironment for
    another scheme, and for an SQLite URL with a host.
    """
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        if parts.netloc not in {"", ":memory:"}:  # the path would lose its beginning, and name another file
            raise BadEnvironment(f"DATABASE_URL={url}: write sqlite:////path/to/file, with four slashes")
        path = unquote(parts.path.removeprefix("/"))
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(ROOT / path) if path not in {"", ":memory:"} else ":memory:",
            "ATOMIC_REQUESTS": False,
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA mmap_size=134217728; "
                "PRAGMA cache_size=-16000; PRAGMA temp_store=MEMORY;",
            },
        }
    if parts.scheme in {"postgres", "postgresql"}:
        query = dict(parse_qsl(parts.query))
        # A page's queries are short, its neighbours need the other cores, and what is often read is in memory or on a
        # disk that does not turn: a parallel or compiled plan, or a walk through every row where an index would do,
        # made searches among 100,000 cases five times slower (bench/worklist.py).
        options = {"options": "-c jit=off -c max_parallel_workers_per_gather=0 -c random_page_cost=1.1"}
        options |= {name: query[name] for name in ("sslmode", "sslrootcert") if name in query}
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path.removeprefix("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": query.get("host", parts.hostname or ""),
            "PORT": str(query.get("port", parts.port or "")),
            "CONN_MAX_AGE": 60,
            "CONN_HEALTH_CHECKS": True,
            "OPTIONS": options,
        }
    raise BadEnvironment(f"DATABASE_URL: {parts.scheme!r} is neither sqlite nor postgres")
