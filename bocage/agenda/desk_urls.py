"""Agents' addresses of the agenda, ``/bureau/agenda/…``; who reaches them is in ``bocage.desk.access``."""

from django.urls import URLPattern, URLResolver, include, path

from bocage.agenda import desk_views

_views: list[URLPattern] = [
    path("", desk_views.sessions, name="sessions"),
    path("seance/<id:pk>/", desk_views.session, name="session"),
    path("seance/<id:pk>/inscrire/", desk_views.register, name="register"),
    path("seance/<id:pk>/places/", desk_views.capacity, name="capacity"),
    path("seance/<id:pk>/annuler/", desk_views.cancel_session, name="cancel_session"),
    path("seance/<id:pk>/presences/", desk_views.attendance, name="attendance"),
    path("seance/<id:pk>/inscription/<id:registration>/annuler/", desk_views.end_registration, name="end"),
]
urlpatterns: list[URLPattern | URLResolver] = [
    path("agenda/", include((_views, "agenda_desk"), namespace="agenda_desk")),
]
