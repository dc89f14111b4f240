"""Addresses of this app: the demonstration's mailbox."""

from django.urls import URLPattern, URLResolver, path

from bocage.messaging import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("demo/boite/", views.mailbox, name="demo_mailbox"),
    path("demo/boite/<int:pk>/", views.message, name="demo_message"),
    path("demo/boite/<int:pk>/html/", views.message_html, name="demo_message_html"),
    path("demo/boite/<int:pk>/fichier/<int:number>/", views.attachment, name="demo_attachment"),
    path("demo/boite/lettre/<int:pk>/", views.letter, name="demo_letter"),
]
