"""Addresses of « Données personnelles » at the desk; who reaches them is in ``bocage.desk.access``."""

from django.urls import URLPattern, URLResolver, include, path

from bocage.privacy import breach_views, desk_views

_views: list[URLPattern] = [
    path("", desk_views.home, name="home"),
    path("personnes/", desk_views.people, name="people"),
    path("personnes/<id:pk>/", desk_views.person, name="person"),
    path("personnes/<id:pk>/effacer/", desk_views.erase, name="erase"),
    path("effacements/<id:pk>/annuler/", desk_views.keep, name="keep"),
    path("consultations/", desk_views.looks, name="looks"),
    path("durees/", desk_views.retention, name="retention"),
    path("violations/", breach_views.breaches, name="breaches"),
    path("violations/nouvelle/", breach_views.new, name="breach_new"),
    path("violations/<id:pk>/", breach_views.breach, name="breach"),
    path("violations/<id:pk>/liste/", breach_views.file, name="breach_file"),
    path("violations/<id:pk>/cnil/", breach_views.told, name="breach_told"),
    path("violations/<id:pk>/fermer/", breach_views.close, name="breach_close"),
]
urlpatterns: list[URLPattern | URLResolver] = [
    path("donnees/", include((_views, "privacy_desk"), namespace="privacy_desk")),
]
