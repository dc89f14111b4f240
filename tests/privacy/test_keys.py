"""After a rotation the old key may go: no table of a filled house holds a seal that it alone opens."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.apps import apps

from bocage.base import crypto, registry
from bocage.cases.models import Case
from bocage.cases.sealing import SEALED
from bocage.identity.operations import ask_mandate, keep_signing_keys
from bocage.identity.sealing import reseal_all
from tests.conftest import NOW
from tests.identity import factories
from tests.privacy import someone

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("territory", "committing", "frozen")]
OLD, NEW = crypto.new_key(), crypto.new_key()


def seals() -> Iterator[tuple[str, str]]:
    """Every sealed value of every table, with where it is."""
    for model in apps.get_models(include_auto_created=True):
        names = [field.attname for field in model._meta.concrete_fields]
        for row in model._base_manager.values(*names):
            for name in names:
                for token in crypto.SEALED.findall(str(row[name])):
                    yield f"{model._meta.label}.{name}", token


def filled(settings: Any) -> None:
    """A house in which each kind of secret is kept, sealed with the old key."""
    settings.ENV = replace(settings.ENV, keys=(OLD,))
    them = someone.known(NOW)
    keep_signing_keys(NOW)
    Case.objects.filter(pk=them.draft.pk).update(answers={"nir": {SEALED: crypto.seal('"2 72 03 59 606 123"')}})
    helper = factories.person("Aidante", "Ana")
    ask_mandate(
        them.person,
        helper,
        scopes=["*"],
        days=1,
        way="sms",
        phone="+33639981234",
        text="Je donne mandat.",
        asked_by=None,
        actor=factories.SYSTEM,
        now=NOW,
    )


def test_no_seal_of_the_old_key_is_left_anywhere(settings: Any) -> None:
    filled(settings)
    before = {place for place, _token in seals()}
    assert before >= {
        "mfa.Authenticator.data",
        "cases.Case.answers",
        "cases.Case.tracking_sealed",
        "identity.SigningKey.sealed",
        "identity.MandateAsk.sealed_code",
    }
    settings.ENV = replace(settings.ENV, keys=(NEW, OLD))
    assert crypto.rotate() >= len(before)
    settings.ENV = replace(settings.ENV, keys=(NEW,))
    assert {place for place, _token in seals()} == before
    assert {place for place, token in seals() if crypto.needs_rotation(token)} == set()


def test_an_app_that_forgets_its_seals_is_found(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The search can fail: without identity's share, the secrets of second factors stay behind."""
    filled(settings)
    resolve = registry.resolve
    monkeypatch.setattr(
        registry, "resolve", lambda path: (lambda _: 0) if "identity.sealing" in path else resolve(path)
    )
    settings.ENV = replace(settings.ENV, keys=(NEW, OLD))
    crypto.rotate()
    left = {place for place, token in seals() if crypto.needs_rotation(token)}
    assert "mfa.Authenticator.data" in left
    assert reseal_all(crypto.reseal) >= 1
