"""Fixtures of identity's tests."""

from datetime import datetime

import pytest

from bocage.territory.operations import load_territory


@pytest.fixture
def territory(db: None, now: datetime) -> None:
    """Mormal, loaded."""
    load_territory("mormal", now=now)
