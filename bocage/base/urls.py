"""Addresses of this app."""

from django.urls import URLPattern, URLResolver, path

from bocage.base import health

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]
