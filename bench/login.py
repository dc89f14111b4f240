"""A sign-in with e-mail and password against the cost of the password's digest alone.

CPU of the web workers for the POST that signs in, and for it alone, over the CPU of one check of the same digest
(scrypt) in a process of its own. Each sign-in comes from an address of its own, on loopback: the house limits them.
Wanted: ratio <= 1.5.
"""

import http.client
from urllib.parse import urlencode

from bench import lib, web

TIMES = 60
PASSWORD = "trois pommes sous la pluie"
OPEN = f"""
import time
from django.contrib.auth.hashers import check_password
from django.utils import timezone
from bocage.base.actors import Actor
from bocage.identity import operations
from bocage.identity.operations.accounts import trust_email
account = operations.create_account(username="bench", email="bench@example.org", password="{PASSWORD}",
    actor=Actor.system("bench"), now=timezone.now())
trust_email(account)
begun = time.process_time()
for _ in range(20):
    assert check_password("{PASSWORD}", account.password)
print((time.process_time() - begun) * 1000 / 20)
"""


def _sign_in(port: int, number: int) -> None:
    line = http.client.HTTPConnection(
        "127.0.0.1", port, timeout=60, source_address=(f"127.0.{1 + number // 200}.{1 + number % 200}", 0)
    )
    headers = {
        "Host": f"localhost:{port}",
        "Cookie": f"csrftoken={web.TOKEN}",
        "Origin": f"http://localhost:{port}",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    form = {"csrfmiddlewaretoken": web.TOKEN, "login": "bench@example.org", "password": PASSWORD}
    try:
        line.request("POST", "/compte/connexion/", urlencode(form), headers)
        answer = line.getresponse()
        answer.read()
        if answer.status != 302 or answer.headers["Location"] != "/espace/":
            raise RuntimeError(f"sign-in: {answer.status} {answer.headers.get('Location')}")
    finally:
        line.close()


def run(kind: str) -> lib.Figures:
    """The benchmark."""
    with lib.house(kind) as house:
        told = lib.shell(house, OPEN)
        digest_ms = float(told)
        numbers = iter(range(1000))
        login_ms = lib.cpu_per_request_ms(house, lambda: _sign_in(house.port, next(numbers)), times=TIMES, warm=8)
    return {
        "login_cpu_ms": login_ms,
        "digest_cpu_ms": round(digest_ms, 2),
        "ratio": round(login_ms / digest_ms, 2),
        "times": TIMES,
    }
