"""docs/developers/afternoon.md, followed to the letter: the service it writes stands in the house."""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import AppConfig
from django.core import checks
from django.test import Client, override_settings

import bocage.services
from bocage.base import journal, outbox, registry
from bocage.base.actors import Actor
from bocage.cases import schema
from bocage.cases.operations import save_answers, start_draft, submit_case
from bocage.cases.operations.procedures import publish
from bocage.desk import day
from bocage.identity.models import Role
from tests.conftest import NOW
from tests.identity import factories as people
from tests.territory import factories as territory

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs" / "developers" / "afternoon.md").read_text()
APP = "bocage.services.trees"


def written(page: str) -> dict[str, str]:
    """The files that the page writes: a path alone on its line, then a block of code."""
    return dict(re.findall(r"^`([\w./-]+\.py)`\n\n```python\n(.*?)```", page, re.MULTILINE | re.DOTALL))


def procedure() -> dict[str, Any]:
    """The example of procedures.md, which the page takes as it stands."""
    page = (ROOT / "docs" / "developers" / "procedures.md").read_text()
    blocks = re.findall(r"```json\n(.*?)```", page, re.DOTALL)
    return next(body for block in blocks if (body := json.loads(block)).get("slug") == "arbre-tombe")


def forget() -> None:
    """What the house remembers of its manifests."""
    registry.manifests.cache_clear()
    registry.resolve.cache_clear()
    outbox.topics.cache_clear()
    journal._by_name.cache_clear()
    journal.subscribers.cache_clear()


@pytest.fixture
def trees(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[None]:
    """The service as the page writes it, installed for one test."""
    for name, text in written(PAGE).items():
        if name.startswith("bocage/services/"):
            path = tmp_path / Path(name).relative_to("bocage/services")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    monkeypatch.setattr(bocage.services, "__path__", [*bocage.services.__path__, str(tmp_path)])
    # Not INSTALLED_APPS: packages cannot be made ready twice, and the service has neither tables nor templates.
    with override_settings(BOCAGE_APPS=[*settings.BOCAGE_APPS, APP]):
        forget()
        yield
    forget()
    for name in [name for name in sys.modules if name.startswith(APP)]:
        del sys.modules[name]
    vars(bocage.services).pop("trees", None)


def test_the_page_writes_the_files_it_names() -> None:
    names = {Path(name).name for name in written(PAGE)}
    assert {"__init__.py", "apps.py", "manifest.py", "queries.py", "test_trees.py"} == names


def test_its_manifest_is_sound(trees: None) -> None:
    assert AppConfig.create(APP).label == "trees"
    assert "trees" in {manifest.name for manifest in registry.manifests()}
    found = [message for message in checks.run_checks() if message.level >= checks.ERROR]
    assert found == []


def test_its_procedure_names_it() -> None:
    document = schema.ProcedureDocument.model_validate(procedure())
    assert document.service == "trees"
    assert document.act == "report"


@pytest.mark.django_db
@pytest.mark.usefixtures("frozen", "trees")
def test_it_stands_in_the_house(client: Client) -> None:
    from bocage.services.trees import queries  # type: ignore[import-not-found]

    territory.mormal(NOW)
    version = publish(procedure(), actor=Actor.system("load"), now=NOW)

    assert "Signaler un arbre tombé" in client.get("/faire/signaler/").content.decode()
    assert client.get("/demarches/arbre-tombe/").status_code == 200
    assert "arbres dégagés depuis un an" in client.get("/resultats/").content.decode()

    actor = Actor.system("test")
    case, _code = start_draft(version.procedure, actor=actor, now=NOW, contact_phone="+33353010001")
    answers = {
        "address": {"line": "Chemin du Gué", "commune": "59353", "postcode": "59530"},
        "blocked": "oui",
        "since": NOW.date().isoformat(),
    }
    save_answers(case, answers, now=NOW)
    submit_case(case, actor=actor, now=NOW)
    agent = people.agent(Role.AGENT, service="trees")
    assert [line["text"] for line in day.lines(agent, NOW) if "Locquignol" in line["label"]] == [case.reference]
    assert day.lines(people.agent(Role.AGENT, service="waste"), NOW) == []
    assert queries.cleared(NOW) == 0


@pytest.mark.django_db
@pytest.mark.usefixtures("trees")
def test_its_own_test_passes() -> None:
    space: dict[str, Any] = {}
    exec(compile(written(PAGE)["tests/services/test_trees.py"], "test_trees.py", "exec"), space)
    tests = [thing for name, thing in space.items() if name.startswith("test_")]
    assert tests
    for test in tests:
        test()
