"""The stand-ins' own addresses: discovery, keys, authorization, token, userinfo, end of session."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from authlib.oauth2.rfc7636 import create_s256_code_challenge
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bocage.identity.federation.providers import PROCONNECT, Provider, provider
from bocage.identity.stand_in import people, tokens

FORGERIES = frozenset(
    {
        "other_key",
        "unsigned",
        "other_audience",
        "two_audiences",
        "other_issuer",
        "expired",
        "old",
        "later",
        "other_nonce",
        "no_nonce",
        "low_level",
        "plain_userinfo",
        "other_subject",
        "other_userinfo_key",
        "no_id_token",
        "no_names",
    }
)
"""What the tests ask the stand-ins to send instead of the truth."""

View = Callable[..., HttpResponseBase]


def _of_demonstration(view: View) -> View:
    """These addresses do not exist outside the demonstration and the tests."""

    @login_not_required
    @never_cache
    @wraps(view)
    def inner(request: HttpRequest, key: str) -> HttpResponseBase:
        found = provider(key) if settings.DEMO or settings.TESTING else None
        if found is None or not found.is_stand_in:
            raise Http404
        return view(request, found)

    return inner


@_of_demonstration
@require_GET
def discovery(request: HttpRequest, idp: Provider) -> HttpResponse:
    """What the stand-in says of itself."""
    here = idp.issuer
    return JsonResponse(
        {
            "issuer": here,
            "authorization_endpoint": f"{here}/authorize",
            "token_endpoint": f"{here}/token",
            "userinfo_endpoint": f"{here}/userinfo",
            "end_session_endpoint": f"{here}/session/end",
            "jwks_uri": f"{here}/jwks",
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": [tokens.ALGORITHM],
            "userinfo_signing_alg_values_supported": [tokens.ALGORITHM],
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
            "acr_values_supported": ["eidas1"],
        }
    )


@_of_demonstration
@require_GET
def jwks(request: HttpRequest, idp: Provider) -> HttpResponse:
    """The public key."""
    return JsonResponse({"keys": [tokens.key().as_dict(private=False)]})


@_of_demonstration
@require_http_methods(["GET", "HEAD", "POST"])
def authorize(request: HttpRequest, idp: Provider) -> HttpResponse:
    """Choose an invented person, or refuse: then back to the site that asked."""
    asked = request.GET
    back, state = asked.get("redirect_uri", ""), asked.get("state", "")
    wrong = (
        asked.get("client_id") != idp.client_id
        or not _is_ours(request, back)
        or asked.get("response_type") != "code"
        or "openid" not in asked.get("scope", "").split()
        or len(state) < 32
        or len(asked.get("nonce", "")) < 32
        or asked.get("acr_values") not in idp.acr
        or asked.get("code_challenge_method") != "S256"
    )
    if wrong:
        return render(request, "stand_in/wrong.html", {"provider": idp}, status=400)
    if request.method != "POST":
        return render(request, "stand_in/authorize.html", {"provider": idp, "people": people.people(idp.key)})
    if error := request.POST.get("error"):
        return redirect(f"{back}?{urlencode({'error': error[:40], 'state': state})}")
    someone = people.person(idp.key, request.POST.get("person", ""))
    if someone is None:
        return render(
            request, "stand_in/authorize.html", {"provider": idp, "people": people.people(idp.key)}, status=400
        )
    forgery = request.POST.get("forgery", "") if settings.TESTING else ""
    code = tokens.sealed(
        "code",
        {
            "person": someone.key,
            "nonce": asked["nonce"],
            "redirect_uri": back,
            "challenge": asked.get("code_challenge", ""),
            "forgery": forgery if forgery in FORGERIES else "",
        },
    )
    return redirect(f"{back}?{urlencode({'code': code, 'state': state})}")


@csrf_exempt
@_of_demonstration
@require_POST
def token(request: HttpRequest, idp: Provider) -> HttpResponse:
    """A code against tokens, once, for the site that asked and proves it."""
    told = request.POST
    if told.get("client_id") != idp.client_id or not constant_time_compare(
        told.get("client_secret", ""), idp.client_secret
    ):
        return JsonResponse({"error": "invalid_client"}, status=401)
    code = tokens.opened("code", told.get("code", ""), tokens.CODE_SECONDS)
    if (
        code is None
        or told.get("grant_type") != "authorization_code"
        or told.get("redirect_uri") != code["redirect_uri"]
        or create_s256_code_challenge(told.get("code_verifier", "")) != code["challenge"]
        or not tokens.first_use(told["code"])
    ):
        return JsonResponse({"error": "invalid_grant"}, status=400)
    answer = {
        "access_token": tokens.sealed("access", {"person": code["person"], "forgery": code["forgery"]}),
        "token_type": "Bearer",
        "expires_in": tokens.TOKEN_SECONDS,
    }
    if code["forgery"] != "no_id_token":
        answer["id_token"] = _id_token(idp, code)
    return JsonResponse(answer)


def _id_token(idp: Provider, code: dict[str, Any]) -> str:
    now, forgery = int(time.time()), code["forgery"]
    claims: dict[str, Any] = {
        "iss": idp.issuer,
        "aud": idp.client_id,
        "sub": people.subject(idp.client_id, code["person"]),
        "iat": now,
        "exp": now + 60,
        "nonce": code["nonce"],
        "acr": idp.acr[0],
    }
    if idp.key == PROCONNECT:
        claims["amr"] = ["pwd", "mfa"] if code["person"].endswith("-mfa") else ["pwd"]
    forged: dict[str, dict[str, Any]] = {
        "other_audience": {"aud": "somebody-else"},
        "two_audiences": {"aud": [idp.client_id, "somebody-else"]},
        "other_issuer": {"iss": "https://franceconnect.example.org"},
        "expired": {"exp": now - 120},
        "old": {"iat": now - 3600},
        "later": {"nbf": now + 600},
        "other_nonce": {"nonce": "x" * 43},
        "low_level": {"acr": "eidas0"},
    }
    claims |= forged.get(forgery, {})
    if forgery == "no_nonce":
        del claims["nonce"]
    if forgery == "unsigned":
        return tokens.unsigned(claims)
    return tokens.signed(claims, "forged" if forgery == "other_key" else "signature")


@_of_demonstration
@require_GET
def userinfo(request: HttpRequest, idp: Provider) -> HttpResponse:
    """Who it is, in a signed document."""
    kind, _space, text = request.headers.get("Authorization", "").partition(" ")
    access = tokens.opened("access", text, tokens.TOKEN_SECONDS) if kind == "Bearer" else None
    someone = people.person(idp.key, access["person"]) if access else None
    if access is None or someone is None:
        return JsonResponse({"error": "invalid_token"}, status=401)
    forgery = access["forgery"]
    claims = {
        **someone.claims,
        "sub": people.subject(idp.client_id, "somebody-else" if forgery == "other_subject" else someone.key),
        "iss": idp.issuer,
        "aud": idp.client_id,
    }
    if forgery == "plain_userinfo":
        return JsonResponse(claims)
    if forgery == "no_names":
        del claims["family_name"]
    forged = "forged" if forgery == "other_userinfo_key" else "signature"
    return HttpResponse(tokens.signed(claims, forged), content_type="application/jwt")


@_of_demonstration
@require_GET
def end(request: HttpRequest, idp: Provider) -> HttpResponse:
    """The session ends here too; then back to the site, with its state."""
    back = request.GET.get("post_logout_redirect_uri", "")
    if not _is_ours(request, back) or not request.GET.get("id_token_hint"):
        return render(request, "stand_in/wrong.html", {"provider": idp}, status=400)
    return redirect(f"{back}?{urlencode({'state': request.GET.get('state', '')})}")


def _is_ours(request: HttpRequest, address: str) -> bool:
    """Only this site is registered with its own stand-ins."""
    return address.startswith(f"{request.scheme}://{request.get_host()}/compte/")
