"""The identity providers of this installation, from the environment; in the demonstration, its own stand-ins."""

from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

FRANCECONNECT = "franceconnect"
PROCONNECT = "proconnect"
STAND_IN_SECRET = "demonstration"  # noqa: S105 -- opens nothing: the stand-ins exist in the demonstration only

#: FranceConnect's scopes for the pivot identity, the usual name and the e-mail; data of other administrations is asked
#: where a procedure needs it, never at sign-in.
FRANCECONNECT_SCOPES = (
    "openid",
    "given_name",
    "family_name",
    "preferred_username",
    "gender",
    "birthdate",
    "birthplace",
    "birthcountry",
    "email",
)
PROCONNECT_SCOPES = ("openid", "given_name", "usual_name", "email", "uid", "siret", "idp_id")


@dataclass(frozen=True)
class Provider:
    """An identity provider that this installation is registered with."""

    key: str
    label: str | Promise
    issuer: str  # as it stands in its tokens, without a final slash
    client_id: str
    client_secret: str
    scopes: tuple[str, ...]
    acr: tuple[str, ...]  # levels that we accept, the one we ask for first
    parameters: tuple[tuple[str, str], ...] = ()  # further parameters of the authorization request

    @property
    def is_stand_in(self) -> bool:
        """Whether it is the demonstration's own."""
        return self.client_secret == STAND_IN_SECRET

    @property
    def metadata_url(self) -> str:
        """Where the provider describes itself (OpenID Connect Discovery 1.0, §4)."""
        return f"{self.issuer}/.well-known/openid-configuration"


def provider(key: str) -> Provider | None:
    """The provider of this name, when the installation has it."""
    return _providers().get(key)


def available() -> tuple[Provider, ...]:
    """Those that this installation has, FranceConnect first."""
    return tuple(_providers().values())


@lru_cache(maxsize=1)
def _providers() -> dict[str, Provider]:
    found: dict[str, Provider] = {}
    for key, label, registration, scopes, acr, parameters in (
        (
            FRANCECONNECT,
            "FranceConnect",
            settings.ENV.franceconnect,
            FRANCECONNECT_SCOPES,
            ("eidas1", "eidas2", "eidas3"),
            (),
        ),
        (
            PROCONNECT,
            "ProConnect",
            settings.ENV.proconnect,
            PROCONNECT_SCOPES,
            ("eidas1", "eidas2", "eidas3"),
            # What the agent signed in with is told: a second factor proved there is not asked again here.
            (("claims", '{"id_token":{"amr":{"essential":true}}}'),),
        ),
    ):
        if registration.issuer:
            found[key] = Provider(
                key,
                label,
                registration.issuer,
                registration.client_id,
                registration.client_secret,
                scopes,
                acr,
                parameters,
            )
        elif settings.DEMO or settings.TESTING:
            issuer = f"{settings.ENV.base_url}/demo/{key}/api/v2"
            shown = _("%(name)s de démonstration") % {"name": label}
            found[key] = Provider(key, shown, issuer, f"bocage-{key}", STAND_IN_SECRET, scopes, acr, parameters)
    return found
