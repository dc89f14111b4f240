"""Passwords that would be guessed are refused; phrases and random ones are not."""

import re
from typing import Any

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from bocage.identity.passwords import context_words, is_guessable

GUESSED = [
    "motdepasse2026",
    "Motdepasse59530",
    "azertyuiop123",
    "azertyuiopqsd",
    "123456789012",
    "aaaaaaaaaaaaaaaa",
    "abcabcabcabcabc",
    "Marseille13013",
    "soleilsoleil1",
    "M0td3p@sse2024!",
    "MotDePasse!!!!",
    "qwerty123456",
    "nicolas19851985",
    "poiuytrezaaz",
    "bocagebocage",
    "mairie-59570-mairie",
]
SOUND = [
    "cheval pile agrafe correct",
    "quatre mots sans lien",
    "haie vive au printemps",
    "correct horse battery staple",
    "k9vXq2mZpRt7",
    "739184625510",  # no rule on which characters
    "soleil cheval maison",
    "un long mot de passe",
    "ÉléphantRose&Tambour",
    "пароль из многих слов",
]


@pytest.mark.parametrize("password", GUESSED)
def test_a_common_word_made_longer_is_guessed(password: str) -> None:
    assert is_guessable(password)


@pytest.mark.parametrize("password", SOUND)
def test_a_phrase_or_a_random_one_is_not(password: str) -> None:
    assert not is_guessable(password)


@given(st.text(alphabet="abcdefghijkmnpqrstuvwxyz23456789", min_size=16, max_size=16))
def test_what_a_password_manager_draws_is_accepted(password: str) -> None:
    """Unless chance made a row or a repeat of it: then little of it is left."""
    if len(set(password)) >= 10:
        assert not is_guessable(password)


@pytest.mark.django_db
@pytest.mark.parametrize("password", ["locquignol2026", "LeQuesnoy59530", "paysdemormal1", "Bocage-Mormal-2026"])
def test_the_names_of_the_territory_are_guessed(territory: Any, password: str) -> None:
    assert {"locquignol", "quesnoy", "mormal"} <= context_words()
    with pytest.raises(ValidationError) as refused:
        validate_password(password)
    assert "password_guessable" in [error.code for error in refused.value.error_list]


@pytest.mark.django_db
def test_before_a_territory_is_loaded_passwords_are_still_looked_at() -> None:
    with pytest.raises(ValidationError):
        validate_password("motdepasse2026")
    validate_password("cheval pile agrafe correct")


@pytest.mark.django_db
def test_length_and_paste(territory: Any) -> None:
    """At least 12 signs, at most far more than 64, kept whole: its last sign counts."""
    from tests.identity import factories

    with pytest.raises(ValidationError):
        validate_password("k9vXq2mZpRt")
    long = "haie vive " * 12 + "printemps"
    validate_password(long)
    account = factories.account(password=long)
    assert account.check_password(long)
    assert not account.check_password(long[:-1])
    assert not account.check_password(long.upper())


@pytest.mark.django_db
@pytest.mark.parametrize(("page", "fields"), [("account_login", 1), ("account_signup", 1)])
def test_fields_of_passwords_are_masked_and_managers_know_them(client: Any, page: str, fields: int) -> None:
    html = client.get(reverse(page)).content.decode()
    found = re.findall(r"<input[^>]*name=\"password1?\"[^>]*>", html)
    assert len(found) == fields
    for field in found:
        assert 'type="password"' in field
        assert re.search(r'autocomplete="(current|new)-password"', field)
        assert "maxlength" not in field
        assert "onpaste" not in field
