"""People of the tests of cases."""

from dataclasses import dataclass
from datetime import date

import pytest
from django.core.cache import caches

from bocage.base.actors import Actor
from bocage.identity.actors import actor_of_account
from bocage.identity.models import Account, Post, Role
from tests.territory.factories import mormal


@dataclass
class Agent:
    """An agent with what operations want of them."""

    account: Account
    actor: Actor


@pytest.fixture
def waste_manager(db):
    """Someone who decides for the service « Déchets »."""
    account = Account.objects.create(username="manager", first_name="Inès", last_name="Vasseur")
    Post.objects.create(
        account=account,
        role=Role.MANAGER,
        service="waste",
        title="Responsable du service Déchets",
        delegation="Arrêté 2026-12",
        starts=date(2020, 1, 1),
    )
    return Agent(account, actor_of_account(account))


@pytest.fixture
def territory(db, now):
    """Mormal, as it is loaded."""
    return mormal(now)


@pytest.fixture(autouse=True)
def counted_afresh():
    """What visitors may do so many times an hour is counted from nothing in each test: time stands still there."""
    caches["default"].clear()
