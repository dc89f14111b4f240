"""SIREN, SIRET and RNA numbers."""

import pytest

from bocage.base.identifiers import BadIdentifier, clean_rna, clean_siren, clean_siret


def test_numbers_lose_their_separators() -> None:
    assert clean_siren("200 043 321") == "200043321"
    assert clean_siret("356 000 000 00048") == "35600000000048"  # La Poste's headquarters: a Luhn number
    assert clean_rna("w595 001234") == "W595001234"
    assert clean_rna("W2A1000123") == "W2A1000123"


def test_la_poste_has_its_own_rule() -> None:
    assert clean_siret("35600000049837") == "35600000049837"  # digits add up to 45, and Luhn fails
    with pytest.raises(BadIdentifier):
        clean_siret("35600000049838")


@pytest.mark.parametrize("text", ["", "200043322", "20004332", "2000433210", "²00043321", "abcdefghi"])
def test_bad_siren(text: str) -> None:
    with pytest.raises(BadIdentifier, match="SIREN"):
        clean_siren(text)


@pytest.mark.parametrize("text", ["", "73282932000075", "7328293200007", "١٢٣٤٥٦٧٨٩٠١٢٣٤"])
def test_bad_siret(text: str) -> None:
    with pytest.raises(BadIdentifier, match="SIRET"):
        clean_siret(text)


@pytest.mark.parametrize("text", ["", "595001234", "W59500123", "W5950012345", "X595001234", "W2C1000123"])
def test_bad_rna(text: str) -> None:
    with pytest.raises(BadIdentifier, match="RNA"):
        clean_rna(text)
