"""Mail over STARTTLS: nothing is said in clear but the request for it, and only to a server whose certificate holds."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bocage.base import outbox
from bocage.messaging import smtp
from bocage.messaging.models import DeliveryState
from tests.conftest import NOW
from tests.messaging import factories
from tests.standins.smtp import Server, serving

pytestmark = pytest.mark.django_db
WHO = ("bocage", "quatre mots")


def certificate(folder: Path, address: str = "127.0.0.1", days: int = 1) -> Path:
    """A self-signed certificate for an address, with its key: one PEM file. Out of date when ``days`` is negative."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "standin")])
    now = datetime.now(UTC)  # what OpenSSL compares with
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=3))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / f"{address}{days}.pem"
    path.write_bytes(built.public_bytes(serialization.Encoding.PEM) + private)
    return path


@contextmanager
def mail_server(settings: Any, pem: Path) -> Iterator[Server]:
    """A server that wants TLS, under this certificate; the one that EMAIL_URL names."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    with serving(WHO, context) as server:
        settings.ENV = replace(settings.ENV, email_url=server.url)
        yield server
        smtp.forget()


def told(row: Any) -> tuple[str, str]:
    outbox.drain(NOW, queue_names=["default"])
    row.refresh_from_db()
    return row.state, row.error


def test_a_mail_and_the_password_travel_under_tls_only(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pem = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    with mail_server(settings, pem) as server:
        row = factories.delivery()
        assert told(row) == (DeliveryState.SENT, "")
        assert [mail.recipients for mail in server.accepted] == [["jeanne@example.org"]]
        assert server.overheard == ["EHLO", "STAR"]


@pytest.mark.parametrize("wrong", ["unknown", "another address", "out of date"])
def test_a_server_whose_certificate_does_not_hold_is_told_nothing(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    address, days = ("127.0.0.2" if wrong == "another address" else "127.0.0.1"), (-1 if wrong == "out of date" else 1)
    pem = certificate(tmp_path, address, days)
    if wrong != "unknown":
        monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    with mail_server(settings, pem) as server:
        row = factories.delivery()
        state, error = told(row)
        assert state == DeliveryState.QUEUED  # it leaves once the certificate is mended
        assert "certificat" in error
        assert not server.accepted
        assert server.overheard == ["EHLO", "STAR"]


def test_a_server_that_no_longer_offers_tls_is_told_nothing(settings: Any) -> None:
    """Someone on the way may have taken the offer out: going on in clear would give them the password."""
    with serving(WHO) as server:
        settings.ENV = replace(settings.ENV, email_url=f"{server.url}&tls=1")
        row = factories.delivery()
        state, error = told(row)
        smtp.forget()
        assert state == DeliveryState.QUEUED
        assert "chiffrée" in error
        assert set(server.overheard) <= {"EHLO", "QUIT"}
