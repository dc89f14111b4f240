"""The documentation says what the code does: settings, commands, links, procedures, pictures."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from bocage.base import env
from bocage.cases import schema

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
LARGEST_PICTURE = 150_000  # bytes


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def text_of(name: str) -> str:
    return (ROOT / name).read_text()


# --- Settings and commands -----------------------------------------------------------------------------------------


def variables() -> set[str]:
    """The names that bocage/base/env.py asks the environment for."""
    tree = ast.parse(Path(env.__file__).read_text())
    asked = {
        node.args[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and (node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")) == "get"
        and node.args
        and isinstance(node.args[0], ast.Constant)
    }
    return {str(name) for name in asked if str(name).isupper()}


def documented(name: str) -> set[str]:
    """The names in the first column of the tables of a page."""
    return set(re.findall(r"^\| `([^`]+)`", text_of(name), re.MULTILINE))


def test_every_variable_of_the_environment_is_documented() -> None:
    wanted = variables()
    assert {"BOCAGE_MODE", "DATABASE_URL", "SECRET_KEY", "BOCAGE_KEYS"} <= wanted  # the reading above still works
    told = documented("docs/install/settings.md")
    assert wanted - told == set()
    beside = {"BOCAGE_ADMIN_PASSWORD", "FORWARDED_ALLOW_IPS"}  # read by one command only
    assert told - wanted - beside == set(), "settings.md tells of variables that nobody reads"


def test_every_variable_has_a_meaning_and_a_default() -> None:
    for line in text_of("docs/install/settings.md").splitlines():
        if line.startswith("| `"):
            _name, meaning, default, *_example = [cell.strip() for cell in line.strip("|").split(" | ")]
            assert meaning, line
            assert default, line


def test_every_command_is_documented() -> None:
    from bocage.cli import parser

    root = parser()
    commands = next(action for action in root._actions if action.choices)
    assert commands.choices
    page = text_of("docs/install/README.md")
    assert [name for name in commands.choices if f"bocage {name}" not in page] == []


def test_every_option_of_run_is_documented() -> None:
    import argparse

    from bocage.base.bootstrap import add_serve_options

    parser = argparse.ArgumentParser(add_help=False)
    add_serve_options(parser)
    page = text_of("docs/install/README.md")
    options = [option for action in parser._actions for option in action.option_strings]
    assert [option for option in options if f"`{option}" not in page] == []


# --- Procedures ----------------------------------------------------------------------------------------------------


def models() -> Iterator[type[BaseModel]]:
    """Every part of a procedure's document."""
    for thing in vars(schema).values():
        if isinstance(thing, type) and issubclass(thing, schema.Strict) and thing is not schema.Strict:
            yield thing


SECTIONS = {
    "AmountColumn": "Columns of amounts",
    "AmountLine": "Lines of amounts",
    "ProcedureDocument": "The document",
    "PublicList": "public_list",
    "Question": "eligibility",
    "Step": "steps",
    "FormField": "Fields",
    "Option": "options",
    "Rule": "rules",
    "Workflow": "workflow",
    "State": "states",
    "Transition": "transitions",
    "Effect": "effects",
    "Silence": "silence",
    "Algorithm": "algorithm",
    "NoticeText": "notices",
    "DataTable": "tables",
    "DocumentText": "documents",
    "Scenario": "scenarios",
    "ScenarioStep": "Scenario steps",
}


def section(page: str, title: str) -> str:
    found = re.search(rf"^#+ `?{re.escape(title)}`?.*?$(.*?)(?=^#|\Z)", page, re.MULTILINE | re.DOTALL)
    assert found, f"procedures.md has no section {title}"
    return found[1]


def test_every_key_of_a_procedure_is_documented() -> None:
    page = text_of("docs/developers/procedures.md")
    found = list(models())
    assert {model.__name__ for model in found} == SECTIONS.keys()
    missing, unknown = [], []
    for model in found:
        told = set(re.findall(r"^\| `(\w+)`", section(page, SECTIONS[model.__name__]), re.MULTILINE))
        missing += [f"{model.__name__}.{key}" for key in model.model_fields if key not in told]
        unknown += [f"{model.__name__}.{key}" for key in told if key not in model.model_fields]
    assert missing == []
    assert unknown == []


def test_every_kind_and_role_is_documented() -> None:
    from typing import get_args

    page = text_of("docs/developers/procedures.md")
    words = {*get_args(schema.FieldKind), *get_args(schema.EffectKind), *get_args(schema.PersonRole)}
    assert sorted(word for word in words if word and f"`{word}`" not in page) == []


def test_the_example_of_a_procedure_is_sound() -> None:
    page = text_of("docs/developers/procedures.md")
    examples = re.findall(r"```json\n(.*?)```", page, re.DOTALL)
    whole = [json.loads(example) for example in examples if '"schema_version"' in example]
    assert whole
    for body in whole:
        schema.ProcedureDocument.model_validate(body)


# --- Manifests -----------------------------------------------------------------------------------------------------


def test_every_field_of_a_manifest_is_documented() -> None:
    from dataclasses import fields

    from bocage.base.manifest import Manifest

    page = text_of("docs/developers/architecture.md")
    assert [field.name for field in fields(Manifest) if f"`{field.name}`" not in page] == []


# --- Links, words, pictures ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)", text) + re.findall(r"(?:src|href)=\"([^\"#]+)", text)
    broken = [t for t in targets if "://" not in t and not t.startswith("mailto:") and not (page.parent / t).exists()]
    assert broken == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_files_named_in_the_text_exist(page: Path) -> None:
    named = re.findall(r"`((?:bocage|tests|data|docs|requirements|bench)/[\w./-]*\w)`", page.read_text())
    # What the reader of afternoon.md makes.
    made = {"data/territories/mormal/procedures/arbre-tombe.json", "tests/services/test_trees.py"}
    missing = [name for name in named if not (ROOT / name).exists() and name not in made]
    assert [name for name in missing if not name.startswith("bocage/services/trees")] == []


def test_pages_for_agents_use_the_words_of_the_house() -> None:
    never = re.compile(r"\b(usagers?|téléservices?|dématérialis\w*|soumettr?e\w*|soumissions?)\b", re.IGNORECASE)
    found = [
        f"{name_of(p)}: {match[0]}"
        for p in (DOCS / "agents").glob("*.md")
        for match in [never.search(p.read_text())]
        if match
    ]
    assert found == []


def test_pictures_are_light_and_shown() -> None:
    shown = "\n".join(page.read_text() for page in PAGES)
    pictures = sorted((DOCS / "pictures").glob("*.png"))
    assert pictures
    assert [p.name for p in pictures if p.stat().st_size > LARGEST_PICTURE] == []
    assert [p.name for p in pictures if p.name not in shown] == []


def test_decisions_are_numbered_and_listed() -> None:
    records = sorted((DOCS / "decisions").glob("[0-9]*.md"))
    assert [int(path.name[:4]) for path in records] == list(range(1, len(records) + 1))
    index = (DOCS / "decisions" / "README.md").read_text()
    assert [path.name for path in records if path.name not in index] == []


def test_the_proxy_of_the_documentation_logs_no_address_of_a_page() -> None:
    """An address may open a request (« /suivi/… ») or hold a name (« ?q=… »)."""
    proxy = text_of("docs/install/production.md").split("```nginx")[1].split("```")[0]
    (told,) = re.findall(r"log_format bocage '([^']*)'", proxy)
    assert re.search(r"access_log \S+ bocage;", proxy)
    variables = set(re.findall(r"\$\w+", told))
    assert not variables & {"$request", "$request_uri", "$uri", "$args", "$query_string", "$http_referer"}
    assert variables
