"""Addresses of the portal."""

from django.urls import URLPattern, URLResolver, path

from bocage.portal import machines, search_views, views

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.home, name="home"),
    path("faire/<slug:slug>/", views.door, name="door"),
    path("ma-commune/", views.my_commune, name="my_commune"),
    path("carte-des-communes.svg", views.outline, name="outline"),
    path("aide/", views.help_page, name="help"),
    path("resultats/", views.results, name="results"),
    path("plan-du-site/", views.sitemap, name="sitemap_page"),
    path("mentions-legales/", views.legal, {"slug": "mentions-legales"}, name="legal"),
    path("accessibilite/", views.legal, {"slug": "accessibilite"}, name="accessibility"),
    path("donnees-personnelles/", views.legal, {"slug": "donnees-personnelles"}, name="privacy"),
    path("recherche/", search_views.search, name="search"),
    path("fiches/<slug:sheet_id>/", search_views.sheet, name="national_sheet"),
    path("espace/", views.space, name="space"),
    path("espace/demandes/", views.space_requests, name="space_requests"),
    path("demo/", views.demo_panel, name="demo_panel"),
    path("favicon.ico", machines.favicon, name="favicon"),
    path("robots.txt", machines.robots, name="robots"),
    path(".well-known/security.txt", machines.security, name="security_txt"),
]
