"""Addresses of this app."""

from django.urls import URLPattern, URLResolver, path

from bocage.territory import opendata, views

urlpatterns: list[URLPattern | URLResolver] = [
    path("communes/", views.communes, name="communes"),
    path("communes/<slug:key>/", views.commune, name="commune"),
    path("lieux/<slug:slug>/", views.place, name="place"),
    path("donnees/communes.svg", views.communes_svg, name="communes_svg"),
    path("donnees/communes.geojson", opendata.communes_geojson, name="data_communes_geojson"),
    path("donnees/lieux.csv", opendata.places_csv, name="data_places_csv"),
    path("donnees/lieux.geojson", opendata.places_geojson, name="data_places_geojson"),
]
