"""Error pages: what happened, what is safe, what to do, and a reference. They need no database and no static file.

The address of a page, its query and what was sent are never shown or repeated.
"""

import base64
import contextlib
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template import Context, Engine, Template
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _

Text = str | Promise
FILES = Path(__file__).parent / "templates" / "base"
WAIT = 60  # seconds: what Retry-After says when the site is unavailable


@dataclass(frozen=True)
class Page:
    """What a person reads; ``reference`` tells whether the request's id helps them (it does when we must look)."""

    title: Text
    happened: Text
    safe: Text
    todo: tuple[Text, ...]
    reference: bool = True
    search: bool = False


@dataclass(frozen=True)
class House:
    """Whose site this is: what someone who is stuck needs to read or to dial."""

    name: str = ""
    phone: str = ""


class _Known:
    """What is known of the house. Set by an app above: an error page asks it, and does without where it fails."""

    ask: Callable[[], House] | None = None
    last = House()


def house_told_by(ask: Callable[[], House]) -> None:
    """Where error pages learn the house's name and telephone; ``ask`` may read the database, and may fail."""
    _Known.ask = ask


def _house(reading: bool) -> House:
    """The house; the last one known when the database is not to be read, or does not answer."""
    if reading and _Known.ask is not None:
        with contextlib.suppress(Exception):  # an error page never fails, whatever is broken
            _Known.last = _Known.ask()
    return _Known.last


WORDS = {
    "safe": _("Ce qui n’est pas perdu"),
    "todo": _("Ce que vous pouvez faire"),
    "search": _("Chercher dans le site"),
    "find": _("Chercher"),
    "home": _("Retour à l’accueil"),
    "track": _("Suivre ma demande"),
    "call": _("Besoin d’aide ? Appelez le"),
    "reference": _("Référence :"),
    "quote_it": _("Donnez-la si vous nous appelez : elle nous permet de retrouver ce qui s’est passé."),
}
CALL = _("Si cela recommence, appelez votre mairie ou l’accueil de la communauté de communes.")

PAGES: dict[int, Page] = {
    400: Page(
        _("Cet envoi n’a pas pu être lu"),
        _("Il est incomplet ou abîmé. Cela arrive avec un lien coupé ou une page ancienne."),
        _("Rien n’a été enregistré cette fois. Ce qui l’était avant l’est toujours."),
        (_("Revenez à la page précédente, rechargez-la, puis recommencez."), CALL),
    ),
    403: Page(
        _("Cette page ne vous est pas ouverte"),
        _("Elle appartient à une autre personne, ou votre compte n’y donne pas accès."),
        _("Rien n’a changé dans vos dossiers."),
        (
            _("Vérifiez que vous êtes connecté avec le bon compte."),
            _("Si vous devriez y avoir accès, appelez-nous : nous regarderons ensemble."),
        ),
    ),
    404: Page(
        _("Cette page n’existe pas"),
        _("L’adresse contient peut-être une faute, ou la page a été déplacée ou retirée."),
        "",
        (
            _("Vérifiez l’adresse si vous l’avez tapée, surtout les lettres et les tirets d’une référence."),
            _("Cherchez ce qu’il vous faut, ou repartez de l’accueil."),
        ),
        reference=False,
        search=True,
    ),
    405: Page(
        _("Cette adresse ne s’ouvre pas ainsi"),
        _("Elle sert le plus souvent à recevoir un formulaire : elle ne s’ouvre pas comme une page."),
        _("Rien n’a changé dans vos dossiers."),
        (_("Revenez à la page précédente et utilisez ses boutons."),),
        reference=False,
    ),
    413: Page(
        _("Cet envoi est trop lourd"),
        _("Les fichiers ou les réponses envoyés dépassent ce que le site accepte en une fois."),
        _("Rien n’a été enregistré cette fois. Ce qui l’était avant l’est toujours."),
        (
            _("Revenez à la page précédente et envoyez vos fichiers un par un."),
            _("Réduisez les plus gros : une photo ou un scan en qualité moyenne suffit."),
            _("Vous pouvez aussi apporter vos papiers à votre mairie, qui les numérisera."),
        ),
        reference=False,
    ),
    414: Page(
        _("Cette adresse est trop longue"),
        _("Le site ne lit pas une adresse de cette longueur. Elle a sans doute été mal recopiée."),
        _("Rien n’a changé dans vos dossiers."),
        (_("Repartez de l’accueil, ou cherchez avec moins de mots."), CALL),
        reference=False,
    ),
    429: Page(
        _("Trop d’essais en peu de temps"),
        _("Pour protéger les comptes et les dossiers, le site limite le nombre d’essais."),
        _("Rien n’est bloqué pour toujours, et rien n’a changé dans vos dossiers."),
        (
            _("Attendez quelques minutes, puis recommencez une seule fois."),
            _("Mot de passe oublié ? Demandez-en un nouveau depuis la page de connexion."),
            CALL,
        ),
        reference=False,
    ),
    431: Page(
        _("Votre navigateur envoie trop d’informations"),
        _("Ce qu’il joint à chaque demande, comme les cookies, dépasse ce que le site accepte."),
        _("Rien n’a changé dans vos dossiers."),
        (
            _("Effacez les cookies de ce site dans les réglages du navigateur, puis rechargez la page."),
            _("Ou ouvrez le site dans une fenêtre de navigation privée."),
            CALL,
        ),
        reference=False,
    ),
    500: Page(
        _("Une erreur est survenue de notre côté"),
        _("Le site n’a pas pu faire ce que vous demandiez. Vous n’y êtes pour rien, et nous en gardons trace."),
        _("Ce qui était enregistré l’est toujours. Votre dernière action n’a peut-être pas été prise en compte."),
        (
            _("Revenez à la page précédente et vérifiez si votre action y figure avant de recommencer."),
            _("Recommencez dans quelques minutes."),
            CALL,
        ),
    ),
    503: Page(
        _("Le site est arrêté quelques instants"),
        _("Une mise à jour est en cours, ou le site ne joint plus sa base de données. Nous en sommes prévenus."),
        _("Ce qui était enregistré l’est toujours. Votre dernière action n’a peut-être pas été prise en compte."),
        (
            _("Gardez cette page ouverte et rechargez-la dans une minute."),
            _("Pressé ? Le téléphone et les guichets de votre mairie restent ouverts aux heures habituelles."),
        ),
    ),
}
EXPIRED_FORM = Page(
    _("Cette page était ouverte depuis trop longtemps"),
    _(
        "Pour votre sécurité, un formulaire cesse d’être valable quand on se connecte ou se déconnecte dans un autre "
        "onglet, ou quand le navigateur refuse les cookies de ce site. Cet envoi n’a donc pas été accepté."
    ),
    _(
        "Vos réponses sont encore dans la page précédente. Dans une démarche, les réponses déjà enregistrées sont "
        "gardées dans votre brouillon."
    ),
    (
        _("Revenez à la page précédente avec le bouton de votre navigateur : vos réponses y sont."),
        _("Recopiez les plus longues dans un endroit sûr, puis rechargez la page et envoyez de nouveau."),
        _("Une demande commencée s’ouvre aussi par « Suivre ma demande », avec sa référence et son code."),
        _("Si cela recommence, acceptez les cookies de ce site : ils ne servent qu’à vous reconnaître."),
    ),
)


@cache
def _template() -> tuple[Template, str, str]:
    """The page, its style, and the style's digest: the only inline style that the CSP then lets through."""
    css = (FILES / "error.css").read_text().strip()
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    template = Engine(autoescape=True).from_string((FILES / "error.html").read_text())
    return template, css, f"'sha256-{digest}'"


def _address(name: str) -> str:
    with contextlib.suppress(Exception):  # an error page never fails, whatever is broken
        return reverse(name)
    return ""


def render(page: Page, reference: str = "", *, reading: bool = False) -> str:
    """The whole HTML page; ``reading`` lets it ask the database for the house's name and telephone."""
    template, css, _digest = _template()
    context = {
        "page": page,
        "css": mark_safe(css),  # noqa: S308 - our own file
        "words": WORDS,
        "reference": reference if page.reference else "",
        "search": _address("search") if page.search else "",
        "track": _address("track"),
        "house": _house(reading),
    }
    return template.render(Context(context))


def policy() -> str:
    """The content security policy of an error page that no middleware touches: its own style, and nothing else."""
    return (
        f"default-src 'none'; style-src {_template()[2]}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


def respond(request: HttpRequest, status: int, page: Page | None = None) -> HttpResponse:
    """An error page as an answer to ``request``."""
    reference = getattr(request, "request_id", "")
    response = HttpResponse(render(page or PAGES[status], reference, reading=status < 500), status=status)
    response["Cache-Control"] = "no-store"
    response._csp_update = {"style-src": [_template()[2]]}  # type: ignore[attr-defined]
    if status in {429, 503}:
        response["Retry-After"] = str(WAIT)
    return response


# --- Django's handlers ---------------------------------------------------------------------------------------------


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400; 413 when the request is too large."""
    too_large = isinstance(exception, RequestDataTooBig | TooManyFieldsSent | TooManyFilesSent)
    return respond(request, 413 if too_large else 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403."""
    return respond(request, 403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: the form's token is missing or old. ``reason`` is for developers: it stays in Django's log."""
    return respond(request, 403, EXPIRED_FORM)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404."""
    return respond(request, 404)


def too_many_requests(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """429."""
    return respond(request, 429)


def server_error(request: HttpRequest) -> HttpResponse:
    """500; 503 when the database cannot be reached, which waiting mends."""
    import sys

    unreachable = isinstance(sys.exc_info()[1], OperationalError | InterfaceError)
    return respond(request, 503 if unreachable else 500)


class ErrorPages:
    """Middleware: an error that would reach a person as an empty page gets words (``require_POST``'s 405, for one)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, with a page of ours where the answer would be bare."""
        response = self.get_response(request)
        empty = not response.streaming and not response.content
        accept = request.headers.get("Accept") or "*/*"
        wants_html = "text/html" in accept or "*/*" in accept
        if response.status_code in PAGES and empty and wants_html and request.method != "HEAD":
            page = respond(request, response.status_code)
            for name, value in response.items():  # Allow, cookies' Vary…
                if name not in {"Content-Type", "Content-Length"}:
                    page[name] = value
            page.cookies = response.cookies
            return page
        return response
