"""Addresses of identity's screens at the desk; who reaches them is in ``bocage.desk.access``."""

from django.urls import URLPattern, URLResolver, include, path

from bocage.identity import desk_views, duplicate_views, home_desk_views, member_views, protection_views
from bocage.identity.provider import desk_views as provider

_views: list[URLPattern] = [
    path("", desk_views.agents, name="agents"),
    path("inviter/", desk_views.invite, name="invite"),
    path("<id:pk>/", desk_views.agent, name="agent"),
    path("<id:pk>/inviter/", desk_views.invite_again, name="invite_again"),
    path("<id:pk>/poste/", desk_views.grant, name="grant"),
    path("<id:pk>/postes/<id:post_pk>/terminer/", desk_views.end_post, name="end_post"),
    path("<id:pk>/carte/", desk_views.card, name="card"),
    path("<id:pk>/carte/retirer/", desk_views.card_revoke, name="card_revoke"),
    path("<id:pk>/fermer/", desk_views.close, name="close"),
    path("<id:pk>/rouvrir/", desk_views.reopen, name="reopen"),
]
_sites: list[URLPattern] = [
    path("", provider.sites, name="list"),
    path("nouveau/", provider.new, name="new"),
    path("<slug:key>/", provider.site, name="site"),
    path("<slug:key>/secret/", provider.renew, name="renew"),
    path("<slug:key>/fermer/", provider.close, name="close"),
]
_duplicates: list[URLPattern] = [
    path("", duplicate_views.waiting, name="list"),
    path("comparer/", duplicate_views.propose, name="propose"),
    path("reunies/", duplicate_views.merges, name="merges"),
    path("reunies/<id:pk>/", duplicate_views.merge, name="merge"),
    path("<id:pk>/", duplicate_views.pair, name="pair"),
    path("<id:pk>/deux-personnes/", duplicate_views.different, name="different"),
]
_members: list[URLPattern] = [
    path("", member_views.members, name="list"),
    path("ajouter/", member_views.add, name="add"),
    path("<id:member_pk>/terminer/", member_views.end, name="end"),
    path("<id:member_pk>/aider/", member_views.helper, name="helper"),
]
_protection: list[URLPattern] = [
    path("", protection_views.person, name="person"),
    path("<id:link_pk>/fin/", protection_views.end, name="end"),
]
_homes: list[URLPattern] = [
    path("", home_desk_views.asks, name="list"),
    path("<id:pk>/", home_desk_views.ask, name="ask"),
    path("<id:pk>/accepter/", home_desk_views.accept, name="accept"),
    path("<id:pk>/refuser/", home_desk_views.refuse, name="refuse"),
]
urlpatterns: list[URLPattern | URLResolver] = [
    path("sites-relies/", include((_sites, "identity_sites"), namespace="identity_sites")),
    path("organismes/<id:pk>/membres/", include((_members, "identity_members"), namespace="identity_members")),
    path("protection/<id:pk>/", include((_protection, "identity_protection"), namespace="identity_protection")),
    path("foyers/", include((_homes, "identity_home_asks"), namespace="identity_home_asks")),
    path("doublons/", include((_duplicates, "identity_duplicates"), namespace="identity_duplicates")),
    path("agents/", include((_views, "identity_desk"), namespace="identity_desk")),
]
