"""What the tests of services share."""

import pytest

from tests.territory.factories import mormal


@pytest.fixture
def territory(db, now):
    """Mormal, as it is loaded."""
    return mormal(now)
