"""Addresses of « Mes données », and the register of processing activities, which is public."""

from django.urls import URLPattern, path

from bocage.privacy import views

urlpatterns: list[URLPattern] = [
    path("compte/mes-donnees/", views.home, name="data_home"),
    path("compte/mes-donnees/archive/", views.ask, name="data_ask"),
    path("compte/mes-donnees/archive/<id:pk>/", views.download, name="data_download"),
    path("compte/mes-donnees/archive/<id:pk>/effacer/", views.remove, name="data_remove"),
    path("compte/mes-donnees/consultations/", views.looks, name="data_looks"),
    path("compte/mes-donnees/accords/", views.agreed, name="data_agreed"),
    path("compte/mes-donnees/effacer/", views.erase, name="data_erase"),
    path("compte/mes-donnees/effacer/annuler/", views.keep, name="data_keep"),
    path("registre-des-traitements/", views.register, name="processing_register"),
    path("registre-des-traitements/<slug:format_>/", views.register_file, name="processing_register_file"),
]
