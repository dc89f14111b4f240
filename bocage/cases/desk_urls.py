"""Addresses of cases at the desk, under /bureau/."""

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path


def _soon(request: HttpRequest, **kwargs: str) -> HttpResponse:
    return HttpResponse(status=404)


urlpatterns: list[URLPattern] = [
    path("saisie/<slug:slug>/", _soon, name="cases_entry"),
    path("dossiers/<str:reference>/", _soon, name="cases_desk"),
]
