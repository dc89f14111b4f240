"""What the tests of the agenda stand on."""

import pytest

from tests.territory.factories import mormal


@pytest.fixture
def territory(db, now):
    """Mormal, as it is loaded."""
    return mormal(now)
