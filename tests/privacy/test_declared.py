"""No table holds a person without a manifest that answers for it: over every model of every app, packages included."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.apps import apps
from django.db import models

from bocage.base import registry

PEOPLE = ("identity.Person", "identity.Account")
NAMING = re.compile(
    r"(^|_)(e?mails?|phones?|mobile|first_name|last_name|given_names|family_name|birth\w*|surname|usual_name|name"
    r"|address|addresses|street|ip|ip_address|user_agent|recipients?|gender|iban|actor|on_behalf_of|added_by)($|_)"
)
"""Names of columns that may tell of a person; what they tell elsewhere is said below, table by table."""

EXCEPTIONS = {
    # What has a name or an address, and is not a person
    "territory.Territory": "the community: its public name, address and telephone",
    "territory.Commune": "a commune and its names",
    "territory.CommuneAlias": "another name of a commune",
    "territory.Organisation": "a body: the address and telephone that it publishes",
    "territory.Place": "a public place: the address and telephone that it publishes",
    "territory.CalendarPeriod": "the name of a school holiday",
    "agenda.Pool": "the name of a lot of places",
    "base.Schedule": "the name of a job",
    "messaging.Template": "the name of a kind of notice",
    "privacy.RetentionRun": "the name of a kind of data, and counts",
    "auth.Group": "the name of a role",
    "auth.Permission": "the name of a right",
    "taggit.Tag": "a word of editors for pictures and files",
    "wagtailcore.Site": "the name of the site",
    "wagtailcore.Collection": "a folder of pictures",
    "wagtailcore.Task": "the name of a kind of proofreading, which is off",
    "wagtailcore.GroupApprovalTask": "the same",
    "wagtailcore.Workflow": "the same",
    "wagtailcore.WorkflowPage": "the same",
    "django_tasks_database.DBTaskResult": "the name of a queue; Wagtail's jobs carry ids of pages and pictures",
    # A page's rights and places: they lead to a page, which leads to its editor
    "publishing.NewsPage_communes": "a page and a commune",
    "wagtailcore.GroupPagePermission": "a role and a page",
    "wagtailcore.PageViewRestriction": "a page and a role",
}
"""Tables that a rule below takes for a person's and that are not, each with why. A line that is not needed fails."""


def holding(all_models: list[type[models.Model]]) -> dict[str, str]:
    """Label → why, of each model that holds a person: a column's name, or a way by foreign keys to a person's table."""
    found: dict[str, str] = {}
    for model in all_models:
        named = [field.name for field in model._meta.concrete_fields if _names(field)]
        if named:
            found[model._meta.label] = f"column {named[0]}"
        if model._meta.label in PEOPLE:
            found[model._meta.label] = "people themselves"
    while True:
        more = {
            model._meta.label: f"{field.name} leads to {_label(field)}"
            for model in all_models
            if model._meta.label not in found
            for field in [*model._meta.concrete_fields, *model._meta.many_to_many]
            if field.is_relation and _label(field) in found and _label(field) not in EXCEPTIONS
        }
        if not more:
            return found
        found |= more


def _names(field: models.Field[Any, Any]) -> bool:
    return not field.is_relation and bool(NAMING.search(field.name))


def _label(field: Any) -> str:
    return field.related_model._meta.label if field.related_model else ""


def declared() -> set[str]:
    """Every table that a manifest answers for."""
    held = {label for _manifest, holder in registry.contributions("personal_data") for label in holder.tables}
    return held | {label for _manifest, label in registry.contributions("traces")}


def undeclared(all_models: list[type[models.Model]]) -> dict[str, str]:
    """The tables that hold a person and that nobody answers for."""
    known = declared() | EXCEPTIONS.keys()
    return {label: why for label, why in holding(all_models).items() if label not in known}


def every_model() -> list[type[models.Model]]:
    """Those of every app, with the hidden tables of many-to-many relations."""
    return apps.get_models(include_auto_created=True)


# --- The rule can fail ----------------------------------------------------------------------------------------------
def made(**fields: Any) -> type[models.Model]:
    """A model of an app that declares nothing, out of the registry once the test is over."""
    meta = type("Meta", (), {"app_label": "nowhere"})
    return type("Card", (models.Model,), {"__module__": __name__, "Meta": meta, **fields})


@pytest.fixture
def nowhere() -> Iterator[None]:
    yield
    for app in [label for label in apps.all_models if label == "nowhere"]:
        del apps.all_models[app]
    apps.clear_cache()


@pytest.mark.usefixtures("nowhere")
@pytest.mark.parametrize(
    "field",
    [
        {"owner": models.ForeignKey("identity.Person", models.CASCADE, related_name="+")},
        {"agent": models.OneToOneField("identity.Account", models.CASCADE, related_name="+")},
        {"case": models.ForeignKey("cases.Case", models.CASCADE, related_name="+")},  # two steps away
        {"guests": models.ManyToManyField("identity.Person", related_name="+")},
        {"contact_email": models.CharField(max_length=9)},
        {"birth_date": models.DateField()},
        {"name": models.CharField(max_length=9)},
        {"phone": models.CharField(max_length=9)},
        {"delivery_address": models.TextField()},
    ],
)
def test_a_table_that_nobody_declares_fails(field: dict[str, Any]) -> None:
    assert "nowhere.Card" in undeclared([*every_model(), made(**field)])


@pytest.mark.usefixtures("nowhere")
def test_a_table_without_anybody_passes() -> None:
    assert "nowhere.Card" not in undeclared([*every_model(), made(amount=models.IntegerField())])


def test_a_declaration_that_is_taken_away_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    found = tuple(replace(one, personal_data=()) if one.name == "cases" else one for one in registry.manifests())
    monkeypatch.setattr(registry, "manifests", lambda: found)
    assert "cases.Case" in undeclared(every_model())


def test_no_exception_is_out_of_use() -> None:
    """An exception for what is declared, or holds nobody, would hide the day when it does."""
    found = holding(every_model())
    assert EXCEPTIONS.keys() - found.keys() == set()
    assert EXCEPTIONS.keys() & declared() == set()


# --- The house ------------------------------------------------------------------------------------------------------
def test_every_table_that_holds_a_person_is_declared() -> None:
    assert undeclared(every_model()) == {}
