"""Answers of sensitive fields: sealed in the table, readable by the house, sealed anew when keys rotate."""

import pytest
from cryptography.fernet import Fernet

from bocage.base import crypto
from bocage.base.actors import Actor
from bocage.cases.models import Case
from bocage.cases.operations import open_answers, publish, save_answers, start_draft
from bocage.search.queries import case_ids_matching
from tests.cases.factories import RESIDENT, body, draft, submit_case

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("territory")]


@pytest.fixture
def sensitive(now):
    """A composter whose reason to be delivered at home is sensitive."""
    told = {**body(), "steps": [_marked(step) for step in body()["steps"]]}
    return publish(told, actor=Actor.system("test"), now=now).procedure


def _marked(step):
    fields = [{**field, "sensitive": True} if field["id"] == "home_reason" else field for field in step["fields"]]
    return {**step, "fields": fields}


def test_a_sensitive_answer_is_never_written_in_clear(sensitive, now):
    case, _code = start_draft(sensitive, actor=RESIDENT, now=now)
    save_answers(case, {"home_reason": "Marche avec difficulté"}, now=now)
    kept = Case.objects.get(pk=case.pk).answers["home_reason"]
    assert "Marche" not in kept
    assert open_answers(Case.objects.get(pk=case.pk).answers)["home_reason"] == "Marche avec difficulté"


def test_a_sensitive_answer_is_not_in_the_search_index(sensitive, now):
    case = submit_case(draft(now, pickup_place="home", home_reason="Marche avec difficulté"), actor=RESIDENT, now=now)
    assert list(case_ids_matching("Delattre")) == [case.pk]
    assert not list(case_ids_matching("difficulté"))


def test_keys_rotate(sensitive, now, settings):
    case, _code = start_draft(sensitive, actor=RESIDENT, now=now)
    save_answers(case, {"home_reason": "Marche avec difficulté"}, now=now)
    from dataclasses import replace

    new = Fernet.generate_key().decode()
    settings.ENV = replace(settings.ENV, keys=(new, *settings.ENV.keys))
    assert crypto.rotate() == 2, "the answer, and the case's tracking code"
    assert crypto.rotate() == 0
    settings.ENV = replace(settings.ENV, keys=(new,))
    assert open_answers(Case.objects.get(pk=case.pk).answers)["home_reason"] == "Marche avec difficulté"


def test_a_group_is_protected_as_soon_as_one_of_its_lines_is(now):
    group = {"id": "health", "kind": "group", "label": "Soins", "required": False}
    group["fields"] = [{"id": "what", "kind": "text", "label": "Lequel", "sensitive": True}]
    first = body()["steps"][0]
    told = {**body(), "steps": [{**first, "fields": [*first["fields"], group]}, *body()["steps"][1:]]}
    procedure = publish(told, actor=Actor.system("test"), now=now).procedure
    case, _code = start_draft(procedure, actor=RESIDENT, now=now)
    save_answers(case, {"health": [{"what": "Dialyse"}]}, now=now)
    assert "Dialyse" not in str(Case.objects.get(pk=case.pk).answers)
    assert procedure.current.document.by_id["health"].sensitive
