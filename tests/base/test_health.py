"""Health addresses."""

from datetime import datetime, timedelta

import pytest
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

from bocage.base import health
from bocage.base.models import Outbox


def test_the_process_answers_without_asking_the_database(client: Client, django_assert_num_queries: object) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}  # the database is blocked here: a query would fail


@pytest.mark.django_db
def test_a_sound_house_is_ready(client: Client) -> None:
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.json()["status"] == "ok"
    assert set(response.json()["checks"]) == {"database", "outbox", "disk"}


@pytest.mark.django_db
def test_a_missing_migration_means_not_ready(client: Client) -> None:
    newest = sorted(node for node in health._expected() if node[0] == "base")[-1]
    MigrationRecorder.Migration.objects.filter(app=newest[0], name=newest[1]).delete()
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["checks"]["database"]["missing_migrations"] == 1


@pytest.mark.django_db
def test_an_effect_that_nobody_hands_over_degrades_without_stopping(client: Client, frozen: datetime) -> None:
    due = frozen - timedelta(seconds=health.LATE + 1)
    Outbox.objects.create(topic="x", key="x:1", payload={}, next_attempt_at=due, created_at=due)
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.json()["status"] == "degraded"
    assert response.json()["checks"]["outbox"]["oldest_due_s"] == health.LATE + 1


def test_a_database_that_cannot_be_reached_means_not_ready(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(now: datetime) -> health.Finding:
        raise OSError("password=secret")

    monkeypatch.setattr(health, "CHECKS", {"database": gone})
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["checks"]["database"] == {"ok": False, "error": "OSError"}


@pytest.mark.django_db
def test_what_was_found_is_told_on_the_machine_itself_only(client: Client) -> None:
    """The proxy says for whom it asks; nobody outside learns of the queue, the disk, the tables."""
    assert client.get("/readyz", headers={"x-forwarded-for": "203.0.113.7"}).json() == {"status": "ok"}
    assert "checks" in client.get("/readyz").json()
