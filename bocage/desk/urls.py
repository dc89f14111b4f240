"""Addresses of the desk's own pages; they stand before Wagtail's, whose home they replace."""

from django.urls import URLPattern, path

from bocage.desk import views

urlpatterns: list[URLPattern] = [
    path("", views.today_page, name="desk_today"),
    path("absences/", views.absences, name="desk_absences"),
]
