"""Addresses of the account, in French; django-allauth's views keep their names."""

from allauth.account import views as account
from allauth.account.decorators import reauthentication_required
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as keys
from allauth.usersessions import views as sessions
from django.urls import URLPattern, URLResolver, path

from bocage.identity import entrance_views as entrance
from bocage.identity import hat_views, home_views, views
from bocage.identity.federation import views as federation

urlpatterns: list[URLPattern | URLResolver] = [
    # « Mon compte »
    path("", views.home, name="identity_home"),
    path("role/", hat_views.choose, name="identity_hat"),
    path("foyer/", home_views.home, name="identity_household"),
    path("foyer/<id:pk>/quitter/", home_views.leave, name="identity_household_leave"),
    path("foyer/demande/<id:pk>/retirer/", home_views.drop, name="identity_household_drop"),
    path("coordonnees/", views.details, name="identity_details"),
    path("mandats/<id:pk>/revoquer/", views.revoke, name="identity_revoke_mandate"),
    # Through FranceConnect and ProConnect
    path("avec/<slug:key>/", federation.start, name="federation_start"),
    path("avec/<slug:key>/retour/", federation.callback, name="federation_callback"),
    path("avec/<slug:key>/parti/", federation.left, name="federation_left"),
    path("avec/<slug:key>/delier/", federation.unlink, name="federation_unlink"),
    path("bienvenue/", federation.welcome, name="federation_welcome"),
    path("sites/<slug:key>/retirer/", views.withdraw_site, name="identity_withdraw_site"),
    # Signing in and up
    path("connexion/", account.login, name="account_login"),
    path("connexion/code/", account.confirm_login_code, name="account_confirm_login_code"),
    path("connexion/lien/", entrance.ask_link, name="identity_link_ask"),
    path("connexion/lien/envoye/", entrance.link_sent, name="identity_link_sent"),
    path("connexion/lien/<str:token>/", entrance.open_link, name="identity_link"),
    path("connexion/carte/", entrance.card, name="identity_card"),
    path("connexion/carte/code/", entrance.card_second, name="identity_card_second"),
    path("connexion/cle/", keys.login_webauthn, name="mfa_login_webauthn"),
    path("connexion/second-facteur/", mfa.authenticate, name="mfa_authenticate"),
    path("deconnexion/", account.logout, name="account_logout"),
    path("ferme/", account.account_inactive, name="account_inactive"),
    path("creer/", account.signup, name="account_signup"),
    path("creer/cle/", account.signup_by_passkey, name="account_signup_by_passkey"),
    path("creer/cle/enregistrer/", keys.signup_webauthn, name="mfa_signup_webauthn"),
    path("confirmer/", account.reauthenticate, name="account_reauthenticate"),
    path("confirmer/second-facteur/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("confirmer/cle/", keys.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
    # E-mail and password
    path("email/", account.email, name="account_email"),
    path("email/code/", account.email_verification_sent, name="account_email_verification_sent"),
    path("mot-de-passe/", account.password_change, name="account_change_password"),
    path("mot-de-passe/choisir/", account.password_set, name="account_set_password"),
    path("mot-de-passe/oublie/", account.password_reset, name="account_reset_password"),
    path("mot-de-passe/oublie/code/", account.confirm_password_reset_code, name="account_confirm_password_reset_code"),
    path("mot-de-passe/oublie/nouveau/", account.complete_password_reset, name="account_complete_password_reset"),
    path("mot-de-passe/oublie/fait/", account.password_reset_from_key_done, name="account_password_reset_completed"),
    # Second factor and passkeys
    path("protection/", mfa.index, name="mfa_index"),
    path("protection/carte/retirer/", entrance.revoke_card, name="identity_card_revoke"),
    path("protection/application/activer/", totp.activate_totp, name="mfa_activate_totp"),
    path("protection/application/desactiver/", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("protection/secours/", codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("protection/secours/nouveaux/", codes.generate_recovery_codes, name="mfa_generate_recovery_codes"),
    path("protection/secours/telecharger/", codes.download_recovery_codes, name="mfa_download_recovery_codes"),
    path("protection/cles/", keys.list_webauthn, name="mfa_list_webauthn"),
    path("protection/cles/ajouter/", keys.add_webauthn, name="mfa_add_webauthn"),
    path("protection/cles/<id:pk>/retirer/", keys.remove_webauthn, name="mfa_remove_webauthn"),
    path("protection/cles/<id:pk>/renommer/", keys.edit_webauthn, name="mfa_edit_webauthn"),
    # Seen by whoever is signed in; ended once they have said again who they are.
    path(
        "appareils/",
        reauthentication_required(sessions.list_usersessions, allow_get=True),
        name="usersessions_list",
    ),
]
