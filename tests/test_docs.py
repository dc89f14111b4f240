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
PAGES = [ROOT / "README.md", ROOT / "SECURITY.md", *sorted(DOCS.rglob("*.md"))]
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


# --- Security ------------------------------------------------------------------------------------------------------

# OWASP ASVS 5.0.0: how many requirements of level 1 or 2 each section has are told by their last numbers. Numbers that
# level 3 has in between are left out.
REQUIREMENTS = """
1.1: 1 2 · 1.2: 1 2 3 4 5 6 7 8 9 · 1.3: 1 2 3 4 5 6 7 8 9 10 11 · 1.4: 1 2 3 · 1.5: 1 2
2.1: 1 2 3 · 2.2: 1 2 3 · 2.3: 1 2 3 4 · 2.4: 1
3.2: 1 2 · 3.3: 1 2 3 4 · 3.4: 1 2 3 4 5 6 · 3.5: 1 2 3 4 5 · 3.7: 1 2
4.1: 1 2 3 · 4.2: 1 · 4.3: 1 2 · 4.4: 1 2 3 4
5.1: 1 · 5.2: 1 2 3 · 5.3: 1 2 · 5.4: 1 2 3
6.1: 1 2 3 · 6.2: 1 2 3 4 5 6 7 8 9 10 11 12 · 6.3: 1 2 3 4 · 6.4: 1 2 3 4 · 6.5: 1 2 3 4 5 · 6.6: 1 2 3 · 6.8: 1 2 3 4
7.1: 1 2 3 · 7.2: 1 2 3 4 · 7.3: 1 2 · 7.4: 1 2 3 4 5 · 7.5: 1 2 · 7.6: 1 2
8.1: 1 2 · 8.2: 1 2 3 · 8.3: 1 · 8.4: 1
9.1: 1 2 3 · 9.2: 1 2 3 4
10.1: 1 2 · 10.2: 1 2 · 10.3: 1 2 3 4 · 10.4: 1 2 3 4 5 6 7 8 9 10 11 · 10.5: 1 2 3 4 5 · 10.6: 1 2 · 10.7: 1 2 3
11.1: 1 2 · 11.2: 1 2 3 · 11.3: 1 2 3 · 11.4: 1 2 3 4 · 11.5: 1 · 11.6: 1
12.1: 1 2 3 · 12.2: 1 2 · 12.3: 1 2 3 4
13.1: 1 · 13.2: 1 2 3 4 5 · 13.3: 1 2 · 13.4: 1 2 3 4 5
14.1: 1 2 · 14.2: 1 2 3 4 · 14.3: 1 2 3
15.1: 1 2 3 · 15.2: 1 2 3 · 15.3: 1 2 3 4 5 6 7
16.1: 1 · 16.2: 1 2 3 4 5 · 16.3: 1 2 3 4 · 16.4: 1 2 3 · 16.5: 1 2 3
17.1: 1 · 17.2: 1 2 3 4 · 17.3: 1 2
"""
LEVEL_1, LEVEL_2 = 70, 183
STATES = ("met", "partly", "not met", "not applicable")


def asvs() -> list[list[str]]:
    """Each line of the list: number, level, asked, state, where, what is missing."""
    lines = text_of("docs/security/asvs.md").splitlines()
    return [[cell.strip() for cell in line[1:-1].split("|")] for line in lines if line.startswith("| v5.0.0-")]


def test_every_requirement_of_the_standard_is_answered_once() -> None:
    sections = re.findall(r"(\d+\.\d+): ([\d ]+)", REQUIREMENTS)
    wanted = [f"v5.0.0-{section}.{number}" for section, numbers in sections for number in numbers.split()]
    rows = asvs()
    assert [row[0] for row in rows] == wanted
    levels = [row[1] for row in rows]
    assert (levels.count("1"), levels.count("2")) == (LEVEL_1, LEVEL_2)


def test_every_answer_has_a_state_and_what_shows_it() -> None:
    for number, _level, asked, state, where, missing in asvs():
        assert state in STATES, number
        assert 1 <= len(asked.split()) <= 9, number
        files = re.findall(r"`((?:bocage|tests|docs|requirements)/[^`]+|SECURITY\.md)`", where)
        if state in {"met", "partly"}:
            assert files or state == "partly", f"{number}: a claim needs a file or a test"
        assert bool(missing) is (state in {"partly", "not met"}), number


def test_the_count_of_the_standard_is_true() -> None:
    rows, page = asvs(), text_of("docs/security/asvs.md")
    for level in ("1", "2"):
        counted = [sum(row[1] == level and row[3] == state for row in rows) for state in STATES]
        assert f"| {level} | {' | '.join(map(str, counted))} |" in page


def test_the_events_of_the_log_of_security_are_told() -> None:
    told = text_of("docs/security.md")
    source = "\n".join(path.read_text() for path in (ROOT / "bocage").rglob("*.py"))
    events = set(re.findall(r"(?:security_log\.tell|_tell_changes)\(\s*\"(\w+)\"", source)) | {
        "refused",
        "too_many",
        "out_of_reach",
    }
    assert len(events) > 12
    assert [event for event in sorted(events) if f"`{event}`" not in told] == []


def test_the_words_and_limits_of_the_page_on_security_are_those_of_the_code() -> None:
    from bocage.identity import passwords, sittings

    page = text_of("docs/security.md")
    assert [word for word in passwords.HOUSE if f"« {word} »" not in page] == []
    hours = sittings.HOUR
    assert f"| agents | {sittings.AGENTS.idle // hours} hour | {sittings.AGENTS.whole // hours} hours |" in page
    assert f"| residents | {sittings.RESIDENTS.idle // hours} hours, or" in page
    assert f"| {sittings.KEPT.idle // sittings.DAY} days | {sittings.KEPT.whole // sittings.DAY} days |" in page
