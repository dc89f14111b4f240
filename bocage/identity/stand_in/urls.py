"""Addresses of the stand-ins, laid out as FranceConnect's."""

from django.urls import path

from bocage.identity.stand_in import views

urlpatterns = [
    path(".well-known/openid-configuration", views.discovery, name="stand_in_discovery"),
    path("jwks", views.jwks, name="stand_in_jwks"),
    path("authorize", views.authorize, name="stand_in_authorize"),
    path("token", views.token, name="stand_in_token"),
    path("userinfo", views.userinfo, name="stand_in_userinfo"),
    path("session/end", views.end, name="stand_in_end"),
]
