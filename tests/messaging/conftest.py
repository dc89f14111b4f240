"""A mail server for the tests of messaging, and settings that point at it."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from bocage.messaging import smtp
from tests.standins.smtp import Server, serving


@pytest.fixture
def mail_server(settings) -> Iterator[Server]:
    """A mail server on loopback, the one that EMAIL_URL names."""
    with serving() as server:
        settings.ENV = replace(settings.ENV, email_url=server.url)
        yield server
        smtp.forget()


@pytest.fixture
def demonstration(settings) -> None:
    """The demonstration's mode."""
    settings.DEMO = True
    settings.ENV = replace(settings.ENV, mode="demo")


@pytest.fixture(autouse=True)
def _private_storage(settings, tmp_path) -> None:
    """Letters of tests are written to a folder of the test."""
    storages = {**settings.STORAGES}
    storages["private"] = {
        **storages["private"],
        "OPTIONS": {**storages["private"]["OPTIONS"], "location": str(tmp_path)},
    }
    settings.STORAGES = storages
