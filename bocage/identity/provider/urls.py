"""Addresses of the identity provider; the package finds its own by the names « idp:oidc:… »."""

from allauth.idp.oidc import views as package
from django.urls import include, path

from bocage.identity.provider import views

_oidc = [
    path(".well-known/openid-configuration", views.configuration, name="configuration"),
    path("oidc/jwks.json", package.jwks, name="jwks"),
    path("oidc/authorize", views.Authorization.as_view(), name="authorization"),
    path("oidc/token", views.Token.as_view(), name="token"),
    path("oidc/userinfo", package.user_info, name="userinfo"),
    path("oidc/revoke", package.revoke, name="revoke"),
    path("oidc/logout", views.Logout.as_view(), name="logout"),
]
app_name = "idp"
urlpatterns = [path("", include((_oidc, "oidc"), namespace="oidc"))]
