"""Addresses of the desk's own pages; they stand before Wagtail's, whose home and account page they replace."""

from django.urls import URLPattern, path

from bocage.desk import views

urlpatterns: list[URLPattern] = [
    path("", views.today_page, name="desk_today"),
    path("account/", views.account, name="desk_account"),
    path("absences/", views.absences, name="desk_absences"),
    path("absences/<id:pk>/terminer/", views.end_absence_page, name="desk_end_absence"),
    path("pannes/", views.troubles_page, name="desk_troubles"),
    path("envois/", views.failures_page, name="desk_failures"),
    path("envois/<id:pk>/renvoyer/", views.retry_failure, name="desk_failure_retry"),
    path("envois/<id:pk>/abandonner/", views.abandon_failure, name="desk_failure_abandon"),
]
