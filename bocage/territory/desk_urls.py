"""Addresses of the agents' screens for places, ``/bureau/lieux/…``; who reaches them is in ``bocage.desk.access``."""

from django.urls import URLPattern, URLResolver, include, path

from bocage.territory import desk_views

_views: list[URLPattern] = [
    path("", desk_views.places, name="places"),
    path("ajouter/", desk_views.new_place, name="new_place"),
    path("<id:pk>/", desk_views.place, name="place"),
    path("<id:pk>/fermer/", desk_views.add_closure, name="add_closure"),
    path("<id:pk>/rouvrir/<id:closure_pk>/", desk_views.remove_closure, name="remove_closure"),
]
urlpatterns: list[URLPattern | URLResolver] = [
    path("lieux/", include((_views, "territory_desk"), namespace="territory_desk")),
]
