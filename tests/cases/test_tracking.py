"""Tracking codes: kept sealed, apart from SECRET_KEY, moved to new keys; those of before still open."""

import hashlib
from dataclasses import replace

import pytest
from django.db import connection

from bocage.base import crypto
from bocage.cases.models import Case
from bocage.cases.operations import start_draft, tracking
from tests.cases.factories import RESIDENT, composter

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("territory")]


@pytest.fixture
def started(now):
    return start_draft(composter(now), actor=RESIDENT, now=now)


def kept(case):
    """The case as the table holds it."""
    return Case.objects.get(pk=case.pk)


def test_a_code_opens_its_case_however_it_is_copied(started):
    case, code = started
    assert tracking.opens(kept(case), f" {code[:4].lower()}-{code[4:]} ")
    assert not tracking.opens(kept(case), "BBBB2222")
    assert not tracking.opens(kept(case), "")


def test_nothing_in_the_table_tells_the_code(started):
    case, code = started
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM cases_case WHERE id = %s", [case.pk])
        row = repr(cursor.fetchone())
    for digest in (code, tracking.digest_under_secret_key(code), hashlib.sha256(code.encode()).hexdigest()):
        assert digest not in row


def test_another_secret_key_changes_nothing(started, settings):
    case, code = started
    settings.SECRET_KEY = "another"
    assert tracking.opens(kept(case), code)


def test_keys_rotate(started, settings):
    case, code = started
    new = crypto.new_key()
    settings.ENV = replace(settings.ENV, keys=(new, *settings.ENV.keys))
    assert tracking.opens(kept(case), code), "an older key still opens"
    assert crypto.rotate() == 1
    assert crypto.rotate() == 0
    settings.ENV = replace(settings.ENV, keys=(new,))
    assert tracking.opens(kept(case), code)
    settings.ENV = replace(settings.ENV, keys=(crypto.new_key(),))
    assert not tracking.opens(kept(case), code)


def test_a_code_kept_under_the_secret_key_opens_and_is_sealed(started, settings):
    case, code = started
    Case.objects.update(tracking_sealed="", tracking_hash=tracking.digest_under_secret_key(code))
    assert not tracking.opens(kept(case), "BBBB2222")
    assert kept(case).tracking_hash
    assert tracking.opens(kept(case), code)
    assert kept(case).tracking_hash == ""
    settings.SECRET_KEY = "another"
    assert tracking.opens(kept(case), code)


def test_a_case_without_code_opens_with_none(started):
    case, _code = started
    Case.objects.update(tracking_sealed="", tracking_hash="")
    assert not tracking.opens(kept(case), "")


def test_an_installation_without_keys_still_gives_codes_that_open(now, settings):
    keys = settings.ENV
    settings.ENV = replace(keys, keys=())
    case, code = start_draft(composter(now), actor=RESIDENT, now=now)
    assert tracking.opens(kept(case), code)
    settings.ENV = keys
    assert tracking.opens(kept(case), code)
    assert kept(case).tracking_sealed
    settings.ENV = replace(keys, keys=())
    assert not tracking.opens(kept(case), code), "sealed since, its keys lost"
