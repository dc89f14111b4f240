"""What is said of a mandate: the text to which one consents, its extent, the code that takes it back."""

from collections.abc import Iterable
from datetime import date

from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from bocage.base.dates import french_date
from bocage.base.references import ALPHABET
from bocage.cases.models import Procedure
from bocage.identity.models import SERVICE, Mandate, Person
from bocage.identity.staff import services

CONSENT = (
    "Je soussigné(e) {principal} autorise {helper} à faire en mon nom, auprès des services de mon territoire "
    "({house}), {extent}, {when}. Je serai prévenu(e) de chaque usage de ce mandat. Je peux voir ce qui a été fait et "
    "retirer ce mandat à tout moment, sans dire pourquoi : dans « Mon compte », par téléphone, à l’accueil, ou avec le "
    "code écrit sur mon courrier. La personne qui m’aide ne voit que ce que ce mandat permet et le garde pour elle."
)
"""The text of ``TEXT_VERSION`` (identity): a change of wording is a change of version, which a test holds together."""

WORDS_OF_CODE = 8


def consent_text(principal: Person, helper: str, scopes: Iterable[str], starts: date, ends: date, house: str) -> str:
    """The text as it is read to someone, or printed for them."""
    return CONSENT.format(
        principal=f"{principal.given_names} {principal.name}",
        helper=helper,
        house=house,
        extent=extent(scopes),
        when=f"le {french_date(starts)} seulement"
        if starts == ends
        else f"du {french_date(starts)} au {french_date(ends)} inclus",
    )


def extent(scopes: Iterable[str]) -> str:
    """« toutes les démarches », or the services and procedures named."""
    named = list(scopes)
    if "*" in named:
        return _("toutes les démarches")
    titles = dict(Procedure.objects.filter(slug__in=named).values_list("slug", "title"))
    labels = services()
    parts = [
        _("les démarches du service « %s »") % labels.get(scope.removeprefix(SERVICE), scope.removeprefix(SERVICE))
        if scope.startswith(SERVICE)
        else _("la démarche « %s »") % titles.get(scope, scope)
        for scope in named
    ]
    return ", ".join(parts)


def holder_name(mandate: Mandate) -> str:
    """Who helps: « Claire Petit », « Camille Roux (France Services) »."""
    if mandate.holder_person is not None:
        return mandate.holder_person.full_name
    body = str(mandate.holder_organisation)
    return f"{mandate.helper} ({body})" if mandate.helper else body


def revocation_code(mandate: Mandate) -> str:
    """What the letter prints beside the mandate's number, to take it back without account: the same on every letter."""
    drawn = int(salted_hmac("bocage.mandate.revocation", str(mandate.pk), algorithm="sha256").hexdigest(), 16)
    signs = []
    for _sign in range(WORDS_OF_CODE):
        drawn, value = divmod(drawn, len(ALPHABET))
        signs.append(ALPHABET[value])
    return "".join(signs[:4]) + "-" + "".join(signs[4:])


def is_revocation_code(mandate: Mandate, typed: str) -> bool:
    """Whether it is the code of this mandate, however it is spaced and cased."""
    compact = "".join(sign for sign in typed.upper() if sign.isalnum())
    return constant_time_compare(compact, revocation_code(mandate).replace("-", ""))
