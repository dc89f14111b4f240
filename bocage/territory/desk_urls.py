"""Addresses of the agents' screens, ``/bureau/lieux/…``, ``organismes/…``, ``services/…``.

Who reaches them is in ``bocage.desk.access``.
"""

from django.urls import URLPattern, URLResolver, include, path

from bocage.territory import administration, desk_views

_views: list[URLPattern] = [
    path("lieux/", desk_views.places, name="places"),
    path("lieux/ajouter/", desk_views.new_place, name="new_place"),
    path("lieux/<id:pk>/", desk_views.place, name="place"),
    path("lieux/<id:pk>/fermer/", desk_views.add_closure, name="add_closure"),
    path("lieux/<id:pk>/rouvrir/<id:closure_pk>/", desk_views.remove_closure, name="remove_closure"),
    path("organismes/", administration.organisations, name="organisations"),
    path("organismes/ajouter/", administration.new_organisation, name="new_organisation"),
    path("organismes/<id:pk>/", administration.organisation, name="organisation"),
    path("services/", administration.services, name="services"),
    path("services/<slug:service>/", administration.switch, name="switch"),
]
urlpatterns: list[URLPattern | URLResolver] = [
    path("", include((_views, "territory_desk"), namespace="territory_desk")),
]
