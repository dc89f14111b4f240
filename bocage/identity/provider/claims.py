"""What a site is told of someone, by scope (OpenID Connect Core §5.1 and §5.4), and how it is said to them."""

from typing import Any

from allauth.account.models import EmailAddress
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from bocage.identity.models import Account, IdentityLevel, Person
from bocage.identity.queries import household_members, person_of
from bocage.territory.queries import today

#: Scope → what the consent page says is told. « openid » is not shown: it is being recognised on the next visit.
SCOPES: dict[str, str | Promise] = {
    "profile": _("Votre nom, vos prénoms, votre sexe et votre date de naissance, et s’ils sont vérifiés"),
    "email": _("Votre adresse e-mail"),
    "phone": _("Votre numéro de téléphone"),
    "address": _("Votre adresse postale et votre commune"),
    "household": _("Les personnes de votre foyer : nom, prénoms, date de naissance et place dans le foyer"),
}
CLAIMS: dict[str, tuple[str, ...]] = {
    "openid": ("sub",),
    "profile": ("name", "given_name", "family_name", "preferred_username", "gender", "birthdate", "identity_verified"),
    "email": ("email", "email_verified"),
    "phone": ("phone_number", "phone_number_verified"),
    "address": ("address", "commune"),
    "household": ("household",),
}


def claims_of(account: Account, scopes: set[str], now: Any) -> dict[str, Any]:
    """What these scopes tell of someone; what is not known is left out, not empty."""
    person = person_of(account)
    told: dict[str, Any] = {}
    if "email" in scopes and account.email:
        told |= {"email": account.email, "email_verified": _proved(account)}
    if person is None:
        if "profile" in scopes:
            told |= {
                "name": str(account),
                "given_name": account.first_name,
                "family_name": account.last_name,
                "identity_verified": False,
            }
        return _known(told)
    if "profile" in scopes:
        told |= {
            "name": person.full_name,
            "given_name": person.given_names,
            "family_name": person.birth_name,
            "preferred_username": person.usual_name,
            "gender": person.gender,
            "birthdate": person.birth_date.isoformat() if person.birth_date else "",
            "identity_verified": person.identity_level != IdentityLevel.DECLARED,
        }
    if "phone" in scopes and person.phone:
        told |= {"phone_number": person.phone, "phone_number_verified": False}
    if "address" in scopes:
        told |= _address(person)
    if "household" in scopes:
        told["household"] = [
            _known(
                {
                    "household": member.household.name,
                    "given_name": member.person.given_names,
                    "family_name": member.person.birth_name,
                    "birthdate": member.person.birth_date.isoformat() if member.person.birth_date else "",
                    "role": member.role,
                }
            )
            for member in household_members(person, today(now))
        ]
    return _known(told)


def _proved(account: Account) -> bool:
    return bool(EmailAddress.objects.filter(user=account, email=account.email, verified=True).exists())


def _address(person: Person) -> dict[str, Any]:
    place = person.commune.name if person.commune else person.locality
    address = _known({"street_address": person.address, "postal_code": person.postcode, "locality": place})
    if address:
        lines = (person.address, f"{person.postcode} {place}".strip())
        address |= {"formatted": "\n".join(line for line in lines if line)}
    return {"address": address, "commune": person.commune.insee if person.commune else ""}


def _known(told: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in told.items() if value not in ("", None, {})}
