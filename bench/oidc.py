"""The house as an identity provider: codes against tokens, and userinfo, measured apart.

A site with a secret (client_secret_basic) and PKCE; each code comes from a real authorization of someone signed in, who
has allowed the site before. Four clients on the same machine ask without a pause, a connection for each request.
Wanted on 2 cores: token_per_s and userinfo_per_s >= 150, no error.
"""

import http.client
import json
import threading
import time
from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from bench import lib, web

CLIENTS = 4
CODES = 900  # codes live a minute: asked for in three goes
USERINFO = 3000
BACK = "https://media.example.org/retour"
VERIFIER = "v" * 64
REGISTER = f"""
import json
from django.utils import timezone
from bocage.base.actors import Actor
from bocage.identity import operations
from bocage.identity.models import Account
from allauth.account.models import EmailAddress
from django.test import RequestFactory
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.auth import HASH_SESSION_KEY, BACKEND_SESSION_KEY, SESSION_KEY
by = {{"actor": Actor.system("bench"), "now": timezone.now()}}
site, secret = operations.register_site(
    name="Bench", redirect_uris=["{BACK}"], logout_uris=[], scopes=["profile", "address"], **by)
account = Account.objects.get(username="demo-suzanne")
operations.allow_site(account, site, ["openid", "profile", "address"], **by)
session = SessionStore()
session[SESSION_KEY] = str(account.pk)
session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
session[HASH_SESSION_KEY] = account.get_session_auth_hash()
session.save()
print(json.dumps([site.pk, secret, session.session_key]))
"""


def _code(port: int, site: str, session: str) -> str:
    challenge = b64encode(sha256(VERIFIER.encode()).digest(), b"-_").rstrip(b"=").decode()
    asked = {
        "client_id": site,
        "redirect_uri": BACK,
        "response_type": "code",
        "scope": "openid profile address",
        "state": "s" * 32,
        "nonce": "n" * 32,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    answer = web.ask(port, f"/oidc/authorize?{urlencode(asked)}", session)
    codes = parse_qs(urlsplit(answer.location).query).get("code")
    if not codes:
        raise RuntimeError(f"authorize: {answer.status} {answer.location} {answer.body[:300]!r}")
    return codes[0]


def _send(port: int, method: str, path: str, body: str, headers: dict[str, str]) -> tuple[int, bytes, float]:
    begun = time.perf_counter()
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        line.request(method, path, body, {"Host": f"localhost:{port}", **headers})
        answer = line.getresponse()
        return answer.status, answer.read(), time.perf_counter() - begun
    finally:
        line.close()


def _together(jobs: list[Any], do: Callable[[Any], tuple[bool, float]]) -> tuple[float, list[float], int]:
    """Do every job, ``CLIENTS`` at a time; seconds in all, seconds of each, and how many went wrong."""
    seconds: list[float] = []
    wrong = 0
    waiting = iter(jobs)
    lock = threading.Lock()

    def work() -> None:
        nonlocal wrong
        while True:
            with lock:
                job = next(waiting, None)
            if job is None:
                return
            good, took = do(job)
            with lock:
                seconds.append(took)
                wrong += not good

    clients = [threading.Thread(target=work) for _ in range(CLIENTS)]
    begun = time.monotonic()
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    return time.monotonic() - begun, seconds, wrong


def run(kind: str) -> lib.Figures:
    """The benchmark."""
    with lib.house(kind) as house:
        told = lib.shell(house, REGISTER)
        site, secret, session = json.loads(told)
        credentials = b64encode(f"{site}:{secret}".encode()).decode()
        tokens: list[str] = []

        def exchange(code: str) -> tuple[bool, float]:
            form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": VERIFIER}
            headers = {
                "Content-Type": "application/x-www-form-urlencoded",
                "Authorization": f"Basic {credentials}",
            }
            status, body, took = _send(house.port, "POST", "/oidc/token", urlencode(form), headers)
            told = json.loads(body) if status == 200 else {}
            if "id_token" in told:
                tokens.append(told["access_token"])
            return "id_token" in told, took

        def userinfo(token: str) -> tuple[bool, float]:
            headers = {"Authorization": f"Bearer {token}"}
            status, body, took = _send(house.port, "GET", "/oidc/userinfo", "", headers)
            return status == 200 and "family_name" in json.loads(body), took

        for _ in range(20):
            exchange(_code(house.port, site, session))
        elapsed, seconds, errors = 0.0, [], 0
        workers = lib.web_workers(house)
        token_cpu = 0.0
        for _ in range(3):
            codes = [_code(house.port, site, session) for _ in range(CODES // 3)]
            before = lib.cpu_seconds(workers)
            part, took, wrong = _together(codes, exchange)
            token_cpu += lib.cpu_seconds(workers) - before
            elapsed, seconds, errors = elapsed + part, seconds + took, errors + wrong
        jobs = [tokens[number % len(tokens)] for number in range(USERINFO)]
        _together(jobs[:100], userinfo)
        before = lib.cpu_seconds(workers)
        read, each, wrong = _together(jobs, userinfo)
        userinfo_cpu = lib.cpu_seconds(workers) - before
    return {
        "token_per_s": round(CODES / elapsed, 1),
        "userinfo_per_s": round(USERINFO / read, 1),
        "p95_s": round(max(lib.percentile(seconds, 0.95), lib.percentile(each, 0.95)), 4),
        "errors": errors + wrong,
        "token_p95_s": round(lib.percentile(seconds, 0.95), 4),
        "userinfo_p95_s": round(lib.percentile(each, 0.95), 4),
        "token_cpu_ms": round(token_cpu * 1000 / CODES, 2),
        "userinfo_cpu_ms": round(userinfo_cpu * 1000 / USERINFO, 2),
        "clients": CLIENTS,
    }
