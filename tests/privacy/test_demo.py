"""The demonstration shows a drill, once."""

from datetime import datetime

import pytest

from bocage.identity.models import Role
from bocage.privacy import demo
from bocage.privacy.models import Breach
from tests.identity import factories

pytestmark = pytest.mark.django_db


def test_the_drill_of_the_demonstration(now: datetime) -> None:
    demo.load(now)
    assert not Breach.objects.exists(), "nobody answers for data yet"
    factories.agent(Role.ADMINISTRATOR)
    factories.agent(Role.RECEPTION, commune=factories.commune())
    demo.load(now)
    demo.load(now)
    assert Breach.objects.get().drill
