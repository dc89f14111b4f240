"""Error pages: words, status, reference, no database, no leak."""

import json
import logging
import re
import sys

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.test import Client, RequestFactory, override_settings
from django.urls import path

from bocage.base import errors
from bocage.base.logs import JsonFormatter, VisitorsErrors


def boom(request: HttpRequest) -> HttpResponse:
    raise ValueError("secret value 42")


def database_gone(request: HttpRequest) -> HttpResponse:
    raise OperationalError("connection refused at 10.0.0.1")


def denied(request: HttpRequest) -> HttpResponse:
    raise PermissionDenied("secret value 42")


def heavy(request: HttpRequest) -> HttpResponse:
    raise RequestDataTooBig


def only_post(request: HttpRequest) -> HttpResponse:
    return HttpResponseNotAllowed(["POST"])


for view in (boom, database_gone, denied, heavy, only_post):
    view.login_required = False  # type: ignore[attr-defined]

urlpatterns = [path(f"{view.__name__}/", view) for view in (boom, database_gone, denied, heavy, only_post)]
handler400 = "bocage.base.errors.bad_request"
handler403 = "bocage.base.errors.forbidden"
handler404 = "bocage.base.errors.not_found"
handler500 = "bocage.base.errors.server_error"

# The failing middle of a request needs neither session nor account here: the pages must do without a database.
WITHOUT_DATABASE = [
    "bocage.base.middleware.RequestMiddleware",
    "csp.middleware.CSPMiddleware",
    "bocage.base.errors.ErrorPages",
]


@pytest.fixture
def client() -> Client:
    return Client(raise_request_exception=False)


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/nowhere/", 404),
        ("/boom/", 500),
        ("/database_gone/", 503),
        ("/denied/", 403),
        ("/heavy/", 413),
        ("/only_post/", 405),
    ],
)
def test_every_error_says_what_to_do_without_a_database(client: Client, address: str, status: int) -> None:
    with override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=WITHOUT_DATABASE):
        response = client.get(address)
    text = response.content.decode()
    assert response.status_code == status
    assert str(errors.PAGES[status].title) in text
    assert "Ce que vous pouvez faire" in text
    assert "secret" not in text
    assert "10.0.0.1" not in text
    shown = response["X-Request-Id"] in text
    assert shown == errors.PAGES[status].reference


def test_the_style_of_an_error_page_is_the_only_one_that_its_policy_allows(client: Client) -> None:
    with override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=WITHOUT_DATABASE):
        response = client.get("/boom/")
    policy = response["Content-Security-Policy"]
    assert re.search(r"style-src 'self' 'sha256-[A-Za-z0-9+/=]+'", policy)
    assert "unsafe" not in policy


def test_a_wait_is_announced_to_machines(client: Client) -> None:
    with override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=WITHOUT_DATABASE):
        assert client.get("/database_gone/")["Retry-After"] == "60"


def test_the_methods_that_an_address_allows_stay_told(client: Client) -> None:
    with override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=WITHOUT_DATABASE):
        assert client.get("/only_post/")["Allow"] == "POST"


@pytest.mark.parametrize("accept", ["text/html,application/xhtml+xml;q=0.9,*/*;q=0.8", "*/*", ""])
@pytest.mark.parametrize("address", ["/dossiers/K7QF-2M9X-A/enregistrer/", "/dossiers/K7QF-2M9X-A/message/"])
def test_an_address_that_only_receives_forms_is_never_a_blank_page(accept: str, address: str) -> None:
    response = Client().get(address, headers={"accept": accept})
    assert response.status_code == 405
    assert "utilisez ses boutons" in response.content.decode()


def test_a_program_that_asks_for_data_gets_no_page() -> None:
    response = Client().get("/dossiers/K7QF-2M9X-A/enregistrer/", headers={"accept": "application/json"})
    assert (response.status_code, response.content) == (405, b"")


def test_an_old_form_explains_itself_and_says_that_answers_are_still_there() -> None:
    client = Client(enforce_csrf_checks=True)
    response = client.post("/compte/connexion/", {"login": "x"})
    text = response.content.decode()
    assert response.status_code == 403
    assert "ouverte depuis trop longtemps" in text
    assert "Vos réponses sont encore dans la page précédente" in text


def test_what_was_asked_is_never_repeated() -> None:
    request = RequestFactory().get("/dossier/<script>alert(1)</script>/", {"email": "marie@example.org"})
    text = errors.not_found(request).content.decode()
    assert "<script" not in text
    assert "marie@" not in text


@pytest.mark.parametrize("status", sorted(errors.PAGES))
def test_no_page_uses_a_word_that_residents_never_read(status: int) -> None:
    text = errors.render(errors.PAGES[status]).lower()
    assert not [
        word for word in ("usager", "téléservice", "dématérialis", "soumettre", "token", "csrf") if word in text
    ]


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"])
@pytest.mark.parametrize("address", ["/", "/compte/connexion/", "/recherche/"])
def test_a_method_of_no_page_is_told_so_and_the_form_is_not_blamed(db: None, method: str, address: str) -> None:
    """With the house's own middlewares: CSRF's 403 spoke of a page open for too long."""
    strict = Client(enforce_csrf_checks=True)
    response = strict.generic(method, address, "x")
    assert response.status_code == 405
    assert response["Allow"] == "GET, HEAD, POST, OPTIONS"
    assert "Cette adresse ne s’ouvre pas ainsi" in response.content.decode()


def test_wagtail_still_forgets_its_previews(db: None) -> None:
    """Its screens send DELETE: whether they may is then the desk's business, not this refusal's."""
    assert Client(enforce_csrf_checks=True).delete("/bureau/pages/").status_code != 405


@pytest.mark.django_db
@override_settings(ALLOWED_HOSTS=["testserver"])
@pytest.mark.parametrize("host", ["elsewhere.example", "bocage.example:x"])
def test_what_a_visitor_does_wrong_is_a_warning_without_traceback(
    capsys: pytest.CaptureFixture[str], host: str
) -> None:
    handler = logging.StreamHandler(sys.stdout)
    handler.addFilter(VisitorsErrors())
    handler.setFormatter(JsonFormatter())
    logger = logging.getLogger("django.security")
    logger.addHandler(handler)
    try:
        assert Client().get("/suivi/", headers={"host": host}).status_code == 400
    finally:
        logger.removeHandler(handler)
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(line["level"], "exception" in line) for line in told] == [("WARNING", False)]


def test_the_house_s_log_lowers_the_errors_of_visitors() -> None:
    handler = settings.LOGGING["handlers"]["stderr"]
    assert [settings.LOGGING["filters"][name]["()"] for name in handler["filters"]] == [
        "bocage.base.logs.VisitorsErrors"
    ]


def test_our_own_errors_keep_their_traceback() -> None:
    record = logging.LogRecord("django.request", logging.ERROR, "", 0, "x", None, (ValueError, ValueError(), None))
    assert VisitorsErrors().filter(record)
    assert (record.levelname, bool(record.exc_info)) == ("ERROR", True)
