"""Secrets of second factors follow the keys: after a rotation the old key may go."""

from dataclasses import replace
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from cryptography.fernet import Fernet

from bocage.base import crypto
from bocage.identity.models import Role
from tests.identity import factories

pytestmark = pytest.mark.django_db
OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


def test_second_factors_survive_a_rotation(settings: Any) -> None:
    env = settings.ENV
    settings.ENV = replace(env, keys=(OLD,))
    agent = factories.agent(Role.AGENT)
    TOTP.activate(agent, "JBSWY3DPEHPK3PXP")
    codes = RecoveryCodes.activate(agent).get_unused_codes()
    migrated = factories.agent(Role.AGENT)
    Authenticator.objects.create(
        user=migrated,
        type=Authenticator.Type.RECOVERY_CODES,
        data={"migrated_codes": [crypto.seal("11112222"), crypto.seal("33334444")]},
    )

    settings.ENV = replace(env, keys=(NEW, OLD))
    assert crypto.rotate() == 3
    assert crypto.rotate() == 0

    settings.ENV = replace(env, keys=(NEW,))
    secret = Authenticator.objects.get(user=agent, type=Authenticator.Type.TOTP).data["secret"]
    assert crypto.unseal(secret) == "JBSWY3DPEHPK3PXP"
    kept = Authenticator.objects.get(user=agent, type=Authenticator.Type.RECOVERY_CODES)
    assert RecoveryCodes(kept).get_unused_codes() == codes
    moved = Authenticator.objects.get(user=migrated)
    assert RecoveryCodes(moved).get_unused_codes() == ["11112222", "33334444"]


def test_passkeys_are_left_alone(settings: Any) -> None:
    agent = factories.agent(Role.AGENT)
    Authenticator.objects.create(user=agent, type=Authenticator.Type.WEBAUTHN, data={"credential": {}})
    assert crypto.rotate() == 0
