"""Addresses of the agents' letters, ``/bureau/courriers/…``; who reaches them is in ``bocage.desk.access``."""

from django.urls import URLPattern, URLResolver, include, path

from bocage.messaging import desk_views

_views: list[URLPattern] = [
    path("", desk_views.letters, name="letters"),
    path("imprimer/", desk_views.print_letters, name="print"),
    path("lots/", desk_views.batches, name="batches"),
    path("lots/<id:pk>/", desk_views.batch, name="batch"),
    path("lots/<id:pk>/pdf/", desk_views.batch_pdf, name="batch_pdf"),
    path("lettre/<id:pk>/pdf/", desk_views.letter_pdf, name="letter_pdf"),
    path("lettre/<id:pk>/renvoyer/", desk_views.send_again, name="send_again"),
    path("retour/", desk_views.returns, name="returns"),
]
urlpatterns: list[URLPattern | URLResolver] = [
    path("courriers/", include((_views, "messaging_desk"), namespace="messaging_desk")),
]
