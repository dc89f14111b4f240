"""Fixtures shared by privacy's tests."""

import shutil
from typing import Any

import pytest
from django.conf import settings

from tests.cases.conftest import territory

__all__ = ["territory"]


@pytest.fixture(autouse=True)
def _no_file_of_another_test() -> None:
    """The private storage begins empty: these tests look at all of it."""
    shutil.rmtree(settings.DOCUMENTS_ROOT, ignore_errors=True)


@pytest.fixture
def committing(monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits for the commit is done at once: files are erased though the test's transaction never ends."""
    from django.db import transaction

    def at_once(call: Any, *_more: Any, **_told: Any) -> None:
        call()

    monkeypatch.setattr(transaction, "on_commit", at_once)
