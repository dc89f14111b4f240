"""Authorization, token, discovery: django-allauth's, made stricter.

* The address to come back to is compared letter by letter (OAuth 2.0 Security BCP, RFC 9700 §2.1); the package compares
  hosts and paths.
* PKCE with S256 for every site, also those that keep a secret (RFC 9700 §2.1.1).
* A code serves once, whatever happens at the same instant: codes are in the cache, which reads and deletes apart.
* What someone allows is remembered site by site: the package's silent authorization looks at any site's tokens.
* Discovery tells of what is allowed here, and of nothing else.
"""

import hashlib
import json
from typing import Any, cast
from urllib.parse import parse_qs, urlencode, urlsplit

from allauth.idp.oidc import views
from allauth.idp.oidc.adapter import get_adapter
from allauth.idp.oidc.forms import AuthorizationForm
from allauth.idp.oidc.internal.tokens import decode_jwt_token
from allauth.idp.oidc.models import Client
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.clickjacking import xframe_options_deny
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from bocage.base import security_log
from bocage.base.actors import Actor
from bocage.identity import operations
from bocage.identity.actors import actor_of
from bocage.identity.federation.leaving import SIGNED_IN
from bocage.identity.models import Account, SiteConsent, SiteSubject
from bocage.identity.provider import proof
from bocage.identity.provider.claims import CLAIMS, SCOPES
from bocage.identity.second_factor import has_second_factor

CODE_SECONDS = 120  # longer than a code lives


@method_decorator(login_not_required, name="dispatch")
@method_decorator(csrf_exempt, name="dispatch")  # the package checks it itself, for what comes from its own page
@method_decorator(xframe_options_deny, name="dispatch")
class Authorization(views.AuthorizationView):  # type: ignore[misc]
    """A site asks who someone is: sign in, say what is told, come back to it."""

    template_name = "identity/sites/consent.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Check what the site asks; ask the person, unless they have already said yes to this."""
        asked = request.GET
        client = Client.objects.filter(pk=asked.get("client_id", "")[:100]).first()
        back = asked.get("redirect_uri", "")
        if client is None or back not in client.get_redirect_uris():
            return render(request, "identity/sites/wrong.html", status=400)
        if asked.get("response_type") != "code":
            return _sent_back(request, back, "unsupported_response_type")
        if not asked.get("code_challenge") or asked.get("code_challenge_method") != "S256":
            return _sent_back(request, back, "invalid_request", "PKCE with S256 is required")
        if set(asked.get("scope", "").split()) - set(client.get_scopes()) or "openid" not in asked.get("scope", ""):
            return _sent_back(request, back, "invalid_scope")
        if len(asked.get("max_age", "")) > 9 or not asked.get("max_age", "0").isdigit():
            return _sent_back(request, back, "invalid_request", "max_age is a number of seconds")
        prompts = asked.get("prompt", "").split()
        limited = request.user.is_authenticated and "login" not in prompts and asked.get("max_age")
        if limited and not proof.is_fresh(request, int(asked["max_age"])):
            if "none" in prompts:
                return _sent_back(request, back, "login_required")
            return self._handle_login_prompt(request, ["login", *prompts])
        if "none" in prompts:
            if not request.user.is_authenticated:
                return _sent_back(request, back, "login_required")
            if not _is_who_is_meant(request, client):
                return _sent_back(request, back, "login_required")
            if not _allowed(request, client, asked["scope"].split()):
                return _sent_back(request, back, "consent_required")
            _without(request, "prompt")  # all that it asks is checked: the package's own check is of any site's tokens
        return cast(HttpResponse, super().get(request, *args, **kwargs))

    def _handle_login_prompt(self, request: HttpRequest, prompts: list[str]) -> HttpResponse:
        """Prove who one is once more: with what one has."""
        response = super()._handle_login_prompt(request, prompts)
        opened = request.session.get(SIGNED_IN)
        account = request.user
        if (
            opened
            and isinstance(account, Account)
            and not (account.has_usable_password() or has_second_factor(account))
        ):
            after = parse_qs(urlsplit(response["Location"]).query)["next"][0]
            way = reverse("federation_start", kwargs={"key": opened["provider"]})
            response["Location"] = f"{way}?{urlencode({'next': after})}"
        return cast(HttpResponse, response)

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        """The page that asks; passed over when the same was allowed before, and the site does not insist."""
        client: Client = context["client"]
        insists = "consent" in self.request.GET.get("prompt", "").split()
        if self.request.method != "POST" and not insists and _allowed(self.request, client, self._scopes):
            form = AuthorizationForm(
                data={"scopes": self._scopes, "request": "allowed before"},
                requested_scopes=self._scopes,
                user=self.request.user,
            )
            if form.is_valid():
                return self._granted(form)
        told = [{"value": scope, "label": label} for scope, label in SCOPES.items() if scope in self._scopes]
        asked = [option["value"] for option in told]
        response = super().render_to_response({**context, "told": told, "asked": asked}, **kwargs)
        return _leads_to(response, self._request_info["redirect_uri"])

    def form_valid(self, form: AuthorizationForm) -> HttpResponse:
        """The person said yes, perhaps to less than was asked."""
        client = Client.objects.get(pk=self._request_info["client_id"])
        scopes = ["openid", *(scope for scope in form.cleaned_data["scopes"] if scope != "openid")]
        form.cleaned_data["scopes"] = scopes
        operations.allow_site(
            cast(Account, self.request.user), client, scopes, actor=actor_of(self.request), now=timezone.now()
        )
        return self._granted(form)

    def _granted(self, form: AuthorizationForm) -> HttpResponse:
        response = super().form_valid(form)
        _remember_proof(self.request, response)
        return cast(HttpResponse, response)


def _leads_to(response: HttpResponse, address: str) -> HttpResponse:
    """The answer to this page's form leads to a site: browsers ask that the page says so."""
    parts = urlsplit(address)
    response._csp_update = {"form-action": [f"{parts.scheme}://{parts.netloc}"]}  # type: ignore[attr-defined]
    return response


def _allowed(request: HttpRequest, client: Client, scopes: list[str]) -> bool:
    """Whether this was allowed to this site, and still is."""
    standing = SiteConsent.objects.filter(account=request.user.pk, client=client, withdrawn_at=None).first()
    return standing is not None and set(scopes) <= set(standing.scopes)


def _is_who_is_meant(request: HttpRequest, client: Client) -> bool:
    """Whether who is signed in is whom the site means, when it says so (``id_token_hint``)."""
    hint = request.GET.get("id_token_hint", "")
    if not hint:
        return True
    told = decode_jwt_token(hint, client_id=client.pk, verify_exp=False, verify_iss=True)
    known = SiteSubject.objects.filter(client=client, account=request.user.pk).first()
    return bool(told and known and told.get("sub") == known.subject)


def _without(request: HttpRequest, name: str) -> None:
    """Take a parameter out of what was asked, where the package reads it too."""
    kept = request.GET.copy()
    kept.pop(name, None)
    request.GET = kept  # type: ignore[assignment]
    request.META["QUERY_STRING"] = kept.urlencode()


def _remember_proof(request: HttpRequest, response: HttpResponse) -> None:
    """Keep what this session proves under the code that leaves with the browser."""
    codes = parse_qs(urlsplit(response.get("Location", "")).query).get("code", [])
    if codes:
        proof.remember(request, codes[0])


def _sent_back(request: HttpRequest, back: str, error: str, description: str = "") -> HttpResponse:
    """Tell the site what is wrong, at its registered address (RFC 6749 §4.1.2.1, RFC 9207)."""
    told = {"error": error, "iss": settings.ENV.base_url}
    if description:
        told["error_description"] = description
    if state := request.GET.get("state"):
        told["state"] = state
    response = HttpResponse(status=302)
    response["Location"] = f"{back}{'&' if '?' in back else '?'}{urlencode(told)}"
    return response


@method_decorator(login_not_required, name="dispatch")
@method_decorator(csrf_exempt, name="dispatch")  # as above
class Logout(views.LogoutView):  # type: ignore[misc]
    """A site signs someone out: from it alone, or from here too (RP-Initiated Logout 1.0)."""

    template_name = "identity/sites/logout.html"

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        """The page that asks; its answer leads back to the site, when it said where."""
        told = context["form"].cleaned_data
        response = super().render_to_response({**context, "site": told.get("client")}, **kwargs)
        back = told.get("post_logout_redirect_uri")
        return _leads_to(response, back) if back else cast(HttpResponse, response)

    def form_invalid(self, form: Any) -> HttpResponse:
        """A site that is not known, or that sends elsewhere."""
        return render(self.request, "identity/sites/wrong.html", status=400)


@method_decorator(login_not_required, name="dispatch")
@method_decorator(csrf_exempt, name="dispatch")
class Token(views.TokenView):  # type: ignore[misc]
    """A code against tokens, once."""

    def post(self, request: HttpRequest) -> HttpResponse:
        """Exchange; the second of two requests with one code is refused, even at the same instant."""
        if request.POST.get("grant_type") != Client.GrantType.AUTHORIZATION_CODE:
            return _refused("unsupported_grant_type")
        code = request.POST.get("code", "")
        used = f"oidc-used:{hashlib.sha256(code.encode()).hexdigest()}"
        if not code or not cache.add(used, "", CODE_SECONDS):
            self._shown_twice(request, used)
            return _refused("invalid_grant")
        response = super().post(request)
        if response.status_code == 200:
            token = json.loads(response.content)["access_token"]
            cache.set(used, get_adapter().hash_token(token), settings.IDP_OIDC_ACCESS_TOKEN_EXPIRES_IN)
        response["Cache-Control"] = "no-store"
        return cast(HttpResponse, response)

    @staticmethod
    def _shown_twice(request: HttpRequest, used: str) -> None:
        """Somebody else has the code, or had it first: its token is taken back."""
        if token_hash := cache.get(used):
            security_log.tell("code_replayed", request)
            operations.withdraw_replayed(token_hash, actor=Actor.system("identity.provider"), now=timezone.now())


def _refused(error: str) -> HttpResponse:
    response = JsonResponse({"error": error}, status=400)
    response["Cache-Control"] = "no-store"
    return response


@login_not_required
@require_safe
def configuration(request: HttpRequest) -> HttpResponse:
    """What this provider allows (OpenID Connect Discovery 1.0, §3)."""

    def at(name: str) -> str:
        return f"{settings.ENV.base_url}{reverse(f'idp:oidc:{name}')}"

    response = JsonResponse(
        {
            "issuer": settings.ENV.base_url,
            "authorization_endpoint": at("authorization"),
            "token_endpoint": at("token"),
            "userinfo_endpoint": at("userinfo"),
            "jwks_uri": at("jwks"),
            "revocation_endpoint": at("revoke"),
            "end_session_endpoint": at("logout"),
            "scopes_supported": list(CLAIMS),
            "claims_supported": sorted({claim for claims in CLAIMS.values() for claim in claims}),
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": settings.IDP_OIDC_AUTH_METHODS,
            "code_challenge_methods_supported": ["S256"],
            "acr_values_supported": list(proof.LEVELS),
            "prompt_values_supported": ["none", "login", "consent"],
            "ui_locales_supported": ["fr"],
            "claims_parameter_supported": False,
            "request_parameter_supported": False,
            "request_uri_parameter_supported": False,
        }
    )
    response["Access-Control-Allow-Origin"] = "*"
    return response
