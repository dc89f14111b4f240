"""Sealing: what is sealed opens with any key listed, rotation moves it to the newest, missing keys are said."""

import base64
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from bocage.base import crypto, registry
from bocage.base.manifest import Manifest

OLD, NEW, OTHER = crypto.new_key(), crypto.new_key(), crypto.new_key()


@contextmanager
def keys(*listed: str) -> Iterator[None]:
    """``BOCAGE_KEYS`` for a while."""
    from django.test import override_settings

    with override_settings(ENV=replace(settings.ENV, keys=listed)):
        yield


@given(st.text())
def test_what_is_sealed_opens(text: str) -> None:
    token = crypto.seal(text)
    assert crypto.unseal(token) == text
    assert token.isascii()
    if len(text) > 6:
        assert text not in token


def test_the_same_text_twice_gives_two_seals() -> None:
    assert crypto.seal("2 72 03 59 606 123") != crypto.seal("2 72 03 59 606 123")


def test_json_is_sealed_too() -> None:
    assert crypto.unseal_json(crypto.seal_json({"é": [1, None]})) == {"é": [1, None]}


def test_without_keys_nothing_is_sealed_in_clear() -> None:
    token = crypto.seal("x")
    with keys():
        for call in (crypto.seal, crypto.unseal, crypto.reseal, crypto.needs_rotation):
            with pytest.raises(crypto.KeysMissing, match="BOCAGE_KEYS"):
                call(token)


def test_an_older_key_still_opens_and_rotation_frees_from_it() -> None:
    with keys(OLD):
        token = crypto.seal("secret")
    with keys(NEW, OLD):
        assert crypto.unseal(token) == "secret"
        assert crypto.needs_rotation(token)
        rotated = crypto.reseal(token)
        assert not crypto.needs_rotation(rotated)
        assert crypto.reseal(rotated) == rotated
    with keys(NEW):
        assert crypto.unseal(rotated) == "secret"
        with pytest.raises(crypto.Unreadable):
            crypto.unseal(token)


@pytest.mark.parametrize(
    "change", [lambda t: t[:-4], lambda t: t[:20] + ("A" if t[20] != "A" else "B") + t[21:], lambda t: "é"]
)
def test_a_changed_value_does_not_open(change: Callable[[str], str]) -> None:
    with pytest.raises(crypto.Unreadable):
        crypto.unseal(change(crypto.seal("secret")))


def test_a_bad_key_is_named_by_its_place_only() -> None:
    with keys(NEW, "not-a-key"), pytest.raises(crypto.BadKey, match="key number 2") as caught:
        crypto.seal("x")
    assert "not-a-key" not in str(caught.value)


def test_what_was_sealed_before_opens_and_is_sealed_anew() -> None:
    """With Fernet."""
    with keys(OLD):
        before = Fernet(OLD).encrypt("déjà".encode()).decode()
        assert crypto.SEALED.fullmatch(before)
        assert crypto.unseal(before) == "déjà"
        assert crypto.needs_rotation(before)
        anew = crypto.reseal(before)
        assert anew.startswith("seal2.")
        assert crypto.SEALED.fullmatch(anew)
        assert crypto.unseal(anew) == "déjà"
        assert not crypto.needs_rotation(anew)
    with keys(NEW), pytest.raises(crypto.Unreadable):
        crypto.unseal(before)


def test_a_seal_is_of_256_bits_and_of_one_use() -> None:
    with keys(NEW):
        token = crypto.seal("x" * 100)
        raw = base64.urlsafe_b64decode(token.removeprefix("seal2.") + "==")
        assert len(raw) == 12 + 100 + 16
        given = base64.urlsafe_b64decode(NEW)
        derived = HKDF(SHA256(), 32, salt=None, info=b"bocage.base.crypto seal2").derive(given)
        assert AESGCM(derived).decrypt(raw[:12], raw[12:], b"seal2.") == b"x" * 100
        with pytest.raises(InvalidTag):  # the key itself seals nothing: Fernet had it for another use
            AESGCM(given).decrypt(raw[:12], raw[12:], b"seal2.")
        assert len({crypto.seal("x")[6:22] for _turn in range(50)}) == 50


@pytest.mark.parametrize(
    "token", ["", "seal2.", "seal2.A", "seal2.é", "seal2." + "A" * 40, "seal3." + "A" * 60, "gAAAA"]
)
def test_what_is_no_seal_does_not_open(token: str) -> None:
    with pytest.raises(crypto.Unreadable):
        crypto.unseal(token)


stored: dict[str, str] = {}


def reseal_stored(reseal: Callable[[str], str]) -> int:
    """What an app declares in its manifest."""
    changed = 0
    for key, token in list(stored.items()):
        stored[key] = reseal(token)
        changed += stored[key] != token
    return changed


def test_what_no_key_opens_is_counted_app_by_app_and_left_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    app: Any = Manifest(name="x", label="Essais", summary="", sealed=(f"{__name__}.reseal_stored",))
    monkeypatch.setattr(registry, "manifests", lambda: (app,))
    with keys(OLD):
        stored.update(a=crypto.seal("a"), b=crypto.seal("b"))
    with keys(NEW):
        stored["c"] = crypto.seal("c")
        before = dict(stored)
        assert crypto.unreadable() == {"Essais": (2, 3)}
        assert stored == before
    with keys(NEW, OLD):
        assert crypto.unreadable() == {"Essais": (0, 3)}
    with keys():
        assert crypto.unreadable() == {"Essais": (3, 3)}
    stored.clear()


def test_rotation_asks_every_app(monkeypatch: pytest.MonkeyPatch) -> None:
    app: Any = Manifest(name="x", label="", summary="", sealed=(f"{__name__}.reseal_stored",))
    monkeypatch.setattr(registry, "manifests", lambda: (app,))
    with keys(OLD):
        stored.update(a=crypto.seal("a"), b=crypto.seal("b"))
    with keys(NEW, OLD):
        assert crypto.rotate() == 2
        assert crypto.rotate() == 0
    with keys(NEW):
        assert [crypto.unseal(token) for token in stored.values()] == ["a", "b"]
