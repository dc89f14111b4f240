"""« Ma commune », chosen once without an account: a cookie that holds an INSEE code and nothing else."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from bocage.base.cookies import prefixed
from bocage.territory.models import Commune
from bocage.territory.queries import commune_by_insee

MAX_AGE = 365 * 24 * 3600  # seconds
_UNSET = object()


def cookie_name() -> str:
    """The cookie's name, under the house's settings."""
    return prefixed("commune", https=settings.ENV.https)


def chosen_commune(request: HttpRequest) -> Commune | None:
    """The commune that the visitor chose, if it is one of ours. At most one query per request."""
    found = getattr(request, "_chosen_commune", _UNSET)
    if found is _UNSET:
        insee = request.COOKIES.get(cookie_name(), "")
        found = commune_by_insee(insee) if len(insee) == 5 and insee.isalnum() else None
        request._chosen_commune = found  # type: ignore[attr-defined]
    return found  # type: ignore[return-value]


def remember(response: HttpResponse, commune: Commune) -> None:
    """Keep the choice for a year in the visitor's browser; nothing is kept on our side."""
    response.set_cookie(
        cookie_name(),
        commune.insee,
        max_age=MAX_AGE,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )


def forget(response: HttpResponse) -> None:
    """Forget the choice."""
    response.delete_cookie(cookie_name(), samesite="Lax")
