"""A browser's part, reduced to what a benchmark needs: one request, its status, where it leads."""

import http.client
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

TOKEN = "b" * 32
"""What stands in for the cross-site token that the form's own page would have given."""


@dataclass(frozen=True)
class Answer:
    """What came back, and how long it took (seconds)."""

    status: int
    location: str
    body: bytes
    seconds: float


def ask(port: int, path: str, session: str = "", form: dict[str, Any] | None = None, timeout: float = 60) -> Answer:
    """GET ``path``, or POST ``form``. Raises OSError or http.client.HTTPException when the line is cut."""
    begun = time.perf_counter()
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    headers = {"Host": f"localhost:{port}", "Cookie": f"csrftoken={TOKEN}", "Accept-Language": "fr"}
    if session:
        headers["Cookie"] += f"; sessionid={session}"
    try:
        if form is None:
            line.request("GET", path, headers=headers)
        else:
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "Origin": f"http://localhost:{port}"}
            line.request("POST", path, urlencode({"csrfmiddlewaretoken": TOKEN, **form}), headers)
        answer = line.getresponse()
        body = answer.read()
        return Answer(answer.status, answer.headers.get("Location", ""), body, time.perf_counter() - begun)
    finally:
        line.close()
