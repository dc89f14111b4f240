"""Public addresses of the agenda."""

from django.urls import path

from bocage.agenda.views import mine, public, registering

urlpatterns = [
    path("agenda/", public.calendar, name="agenda"),
    path("agenda/<slug:slug>/", public.offer, name="agenda_offer"),
    path("agenda/<slug:slug>/seance/<id:pk>/", registering.session, name="agenda_session"),
    path("agenda/<slug:slug>/serie/<id:pk>/", registering.series, name="agenda_series"),
    path("inscriptions/<str:reference>/", mine.registration, name="registration"),
    path("inscriptions/<str:reference>/accepter/", mine.accept, name="registration_accept"),
    path("inscriptions/<str:reference>/annuler/", mine.cancel, name="registration_cancel"),
    path("inscriptions/<str:reference>/lien/<str:token>/", mine.registration, name="registration_link"),
    path("inscriptions/<str:reference>/lien/<str:token>/accepter/", mine.accept, name="registration_link_accept"),
    path("inscriptions/<str:reference>/lien/<str:token>/annuler/", mine.cancel, name="registration_link_cancel"),
]
