"""Addresses of the catalogue."""

from django.urls import URLPattern, URLResolver, path

from bocage.ui import views

urlpatterns: list[URLPattern | URLResolver] = [path("", views.charte, name="charte")]
