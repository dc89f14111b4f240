"""Addresses of this app: the feed, documents, then every page of the tree."""

from django.urls import URLPattern, URLResolver, path, re_path
from wagtail.urls import serve_pattern

from bocage.publishing import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("actualites/flux.xml", views.feed, name="news_feed"),
    path("fichiers/<id:document_id>/<path:filename>", views.document, name="wagtaildocs_serve"),
    path("medias/<path:path>", views.media, name="media"),
    re_path(serve_pattern, views.serve, name="wagtail_serve"),
]
