"""``bocage check --deploy``: each insecure or missing setting is named, with what to set."""

import dataclasses
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings as django_settings

from bocage.base import crypto, deploy


@pytest.fixture
def production(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A sound production; the tests spoil one thing at a time."""
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    (tmp_path / "documents").mkdir(mode=0o750)
    (tmp_path / "bocage.env").write_text("")
    (tmp_path / "bocage.env").chmod(0o600)

    def spoil(**changes: Any) -> None:
        given = {
            "mode": "production",
            "var": tmp_path,
            "keys": (crypto.new_key(),),
            "https": True,
            "base_url": "https://demarches.example.fr",
            "email_url": "smtp://mail.example.fr:587",
            "email_from": "Mormal <contact@example.fr>",
            "clamd": "/run/clamav/clamd.ctl",
            "sms": "x.y",
            "redis_url": "",
            **changes,
        }
        settings.ENV = dataclasses.replace(django_settings.ENV, **given)

    settings.SECRET_KEY = "k7Q-v2mZ_p9XcN4tBwLr8sDfHyGjU3aE6oKiMqTzVxR1nPbCdW"
    settings.ALLOWED_HOSTS = ["demarches.example.fr"]
    settings.DOCUMENTS_ROOT = tmp_path / "documents"
    settings.MEDIA_ROOT = tmp_path / "medias"
    monkeypatch.setattr(deploy, "connection", SimpleNamespace(vendor="postgresql"))
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    settings.SECURE_HSTS_SECONDS = 31_536_000
    settings.SECURE_SSL_REDIRECT = True
    spoil()
    return spoil


def errors(now: datetime) -> set[str]:
    """What is named as an error, Django's and the database's own left aside."""
    asked = [question for question in deploy.QUESTIONS if question not in {deploy._database, deploy._django}]
    return {finding.about for question in asked for finding in question(now) if finding.blocking}


def test_a_sound_production_has_no_error(production: Any, now: datetime) -> None:
    assert errors(now) == set()


@pytest.mark.parametrize(
    ("change", "about"),
    [
        ({"mode": "demo"}, "BOCAGE_MODE"),
        ({"keys": ()}, "BOCAGE_KEYS"),
        ({"keys": ("short",)}, "BOCAGE_KEYS"),
        ({"https": False}, "BOCAGE_BASE_URL"),
        ({"base_url": "http://demarches.example.fr"}, "BOCAGE_BASE_URL"),
        ({"base_url": "https://localhost"}, "BOCAGE_BASE_URL"),
        ({"base_url": "https://other.example.fr"}, "BOCAGE_HOSTS"),
        ({"email_url": ""}, "EMAIL_URL"),
        ({"email_from": "x@example.org"}, "BOCAGE_EMAIL_FROM"),
    ],
)
def test_what_is_wrong_is_named(production: Any, now: datetime, change: dict[str, Any], about: str) -> None:
    production(**change)
    assert about in errors(now)


@pytest.mark.parametrize(
    ("name", "value", "about"),
    [
        ("DEBUG", True, "DEBUG"),
        ("SECRET_KEY", "django-insecure-" + "x" * 60, "SECRET_KEY"),
        ("SECRET_KEY", "short", "SECRET_KEY"),
        ("ALLOWED_HOSTS", ["*"], "BOCAGE_HOSTS"),
    ],
)
def test_what_is_wrong_in_the_settings_is_named(
    production: Any, settings: Any, now: datetime, name: str, value: Any, about: str
) -> None:
    setattr(settings, name, value)
    assert about in errors(now)


def test_sqlite_with_several_machines_is_an_error(
    production: Any, monkeypatch: pytest.MonkeyPatch, now: datetime
) -> None:
    monkeypatch.setattr(deploy, "connection", SimpleNamespace(vendor="sqlite"))
    production(redis_url="redis://cache:6379/0")
    assert "DATABASE_URL" in errors(now)


def test_files_that_others_can_read_are_an_error(production: Any, tmp_path: Path, now: datetime) -> None:
    (tmp_path / "bocage.env").chmod(0o644)
    assert "permissions" in errors(now)


@pytest.mark.django_db
def test_every_finding_says_what_to_set(now: datetime) -> None:
    found = deploy.findings(now)  # a test's settings: plenty is wrong
    assert all(finding.problem and finding.remedy for finding in found)
    assert [finding.blocking for finding in found] == sorted((f.blocking for f in found), reverse=True)
    assert deploy.verdict(found).startswith("Not ready for production")


def test_webhooks_are_whole_secure_beginnings_of_addresses(production: Any, now: datetime) -> None:
    production(webhooks=("https://gestion.example.fr/bocage/",))
    assert not list(deploy._webhooks(now))
    production(webhooks=("http://gestion.example.fr/", "gestion.example.fr", "https://ok.example"))
    assert [finding.level for finding in deploy._webhooks(now)] == ["error", "error", "warning"]
    assert "BOCAGE_WEBHOOKS" in errors(now)


@pytest.mark.parametrize(
    ("url", "redis", "told"),
    [
        ("postgres://bocage@/bocage?host=/var/run/postgresql", "", set()),
        ("postgres://bocage:x@127.0.0.1/bocage", "", set()),
        ("postgres://bocage:x@db.example.fr/bocage", "", {"DATABASE_URL"}),
        ("postgres://bocage:x@db.example.fr/bocage?sslmode=require", "", {"DATABASE_URL"}),
        ("postgres://bocage:x@db.example.fr/bocage?sslmode=verify-full", "", set()),
        ("postgres://bocage@/bocage?host=/run/pg", "redis://10.0.0.5:6379/0", {"REDIS_URL"}),
        ("postgres://bocage@/bocage?host=/run/pg", "rediss://:x@cache.example.fr:6379/0", set()),
    ],
)
def test_what_travels_in_clear_to_another_machine_is_named(
    production: Any, now: datetime, url: str, redis: str, told: set[str]
) -> None:
    production(database_url=url, redis_url=redis)
    found = {
        finding.about for finding in deploy._growth(now) if "clear" in finding.problem or "travels" in finding.problem
    }
    assert found == told


def test_a_distant_database_proves_who_it_is() -> None:
    from bocage.base.env import database

    options = database("postgres://b:x@db.example.fr/b?sslmode=verify-full&sslrootcert=/etc/ca.pem&user=x")["OPTIONS"]
    assert isinstance(options, dict)
    assert (options["sslmode"], options["sslrootcert"]) == ("verify-full", "/etc/ca.pem")
    assert set(options) == {"options", "sslmode", "sslrootcert"}
