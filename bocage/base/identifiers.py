"""Numbers that name French bodies, checked: SIREN, SIRET, RNA; those of vehicles and of bank accounts.

Shared by the organisations of the territory and by the fields of procedures.
"""

import re

from django.utils.translation import gettext_lazy as _
from stdnum import iban as _iban
from stdnum.exceptions import ValidationError as StdnumError
from stdnum.fr import siren as _siren
from stdnum.fr import siret as _siret

LA_POSTE = "356000000"
_SEPARATORS = re.compile(r"[\s.\-\u00a0\u202f]")
_RNA = re.compile(r"W(\d{3}|2[AB]\d)\d{6}")


class BadIdentifier(ValueError):
    """The number cannot be what it claims; ``str()`` of it is a French sentence to show."""


def compact(text: str) -> str:
    """A number as typed, without its spaces, dots and dashes, in capitals."""
    return _SEPARATORS.sub("", text).upper()


def clean_siren(text: str) -> str:
    """The nine digits of a SIREN, without separators. Raises BadIdentifier."""
    number = compact(text)
    if not re.fullmatch(r"[0-9]{9}", number):
        raise BadIdentifier(str(_("Un numéro SIREN a 9 chiffres.")))
    try:
        return str(_siren.validate(number))
    except StdnumError as error:
        raise BadIdentifier(str(_("Ce numéro SIREN n’existe pas : vérifiez les chiffres."))) from error


def clean_siret(text: str) -> str:
    """The fourteen digits of a SIRET, without separators. Raises BadIdentifier.

    La Poste's establishments (SIREN 356 000 000) ran out of Luhn numbers: INSEE gives them numbers whose digits add
    up to a multiple of five; its headquarters keeps a Luhn number.
    """
    number = compact(text)
    if not re.fullmatch(r"[0-9]{14}", number):
        raise BadIdentifier(str(_("Un numéro SIRET a 14 chiffres.")))
    if number.startswith(LA_POSTE) and sum(map(int, number)) % 5 == 0:
        return number
    try:
        return str(_siret.validate(number))
    except StdnumError as error:
        raise BadIdentifier(str(_("Ce numéro SIRET n’existe pas : vérifiez les chiffres."))) from error


def clean_rna(text: str) -> str:
    """An association's number (répertoire national des associations): W, three signs of the prefecture, six digits.

    Raises BadIdentifier. The number has no check digit.
    """
    number = compact(text)
    if not _RNA.fullmatch(number):
        raise BadIdentifier(str(_("Un numéro RNA est la lettre W suivie de 9 chiffres, par exemple W595001234.")))
    return number


_SIV = re.compile(r"([A-HJ-NP-TV-Z]{2})(\d{3})([A-HJ-NP-TV-Z]{2})")
_FNI = re.compile(r"(\d{1,4})([A-HJ-NP-TV-Z]{1,3})(\d{2}|2[AB]|97[1-6])")
_BELGIAN = re.compile(r"(\d)([A-Z]{3})(\d{3})")
_ALMOST_FRENCH = re.compile(r"[A-Z]{2}\d{1,4}[A-Z]{0,2}|\d{1,4}[A-Z]{1,3}\d?")  # a sign is missing, or one too many
_FOREIGN = re.compile(r"(?=.*[A-Z])(?=.*\d)[A-Z0-9]{4,9}")


def clean_plate(text: str) -> str:
    """A vehicle's registration, with the separators it is painted with: AB-123-CD. Raises BadIdentifier.

    French series since 2009 (two letters, three figures, two letters; never I, O or U, never 000), French numbers of
    before (1234 AB 59), and Belgian ones (1-ABC-234), which cross the border each day. Those of other countries are
    kept as typed, unless they look like a French one with a sign wrong.
    """
    number = compact(text)
    if (found := _SIV.fullmatch(number)) and found[2] != "000":
        return "-".join(found.groups())
    if found := _FNI.fullmatch(number):
        return " ".join(found.groups())
    if found := _BELGIAN.fullmatch(number):
        return "-".join(found.groups())
    if _FOREIGN.fullmatch(number) and not _ALMOST_FRENCH.fullmatch(number):
        return number
    raise BadIdentifier(str(_("Écrivez l’immatriculation comme sur la plaque, par exemple AB-123-CD ou 1234 AB 59.")))


def clean_iban(text: str) -> str:
    """An international bank account number in groups of four, as bank details print it. Raises BadIdentifier.

    Its two check digits (ISO 13616) and the shape that its country gives it; lists of banks grow old and refuse nobody.
    """
    try:
        number = _iban.validate(compact(text), check_country=False)
    except StdnumError as error:
        told = _("Cet IBAN n’existe pas : recopiez-le du relevé d’identité bancaire. Exemple : FR76 3000 1007 …")
        raise BadIdentifier(str(told)) from error
    return " ".join(number[start : start + 4] for start in range(0, len(number), 4))
