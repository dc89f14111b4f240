"""Addresses of this app: the demonstration's mailbox."""

from django.urls import URLPattern, URLResolver, path

from bocage.messaging import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("demo/boite/", views.mailbox, name="demo_mailbox"),
    path("demo/boite/<id:pk>/", views.message, name="demo_message"),
    path("demo/boite/<id:pk>/html/", views.message_html, name="demo_message_html"),
    path("demo/boite/<id:pk>/fichier/<id:number>/", views.attachment, name="demo_attachment"),
    path("demo/boite/lettre/<id:pk>/", views.letter, name="demo_letter"),
]
