"""The desk's menu and its one search field, from what the manifests contribute and what the agent's roles open."""

from typing import Any

from django import template
from django.template.context import Context
from django.urls import NoReverseMatch, reverse

from bocage.desk.access import may_open
from bocage.desk.menu import Item, items
from bocage.identity import reading

register = template.Library()


@register.simple_tag(takes_context=True)
def desk_menu(context: Context, part: str = "main") -> list[Item]:
    """The entries of the agent's menu; ``aside`` gives those kept under their name."""
    request = context["request"]
    return [item for item in items(request) if item.aside == (part == "aside")]


@register.inclusion_tag("desk/search.html", takes_context=True)
def desk_search(context: Context) -> dict[str, Any]:
    """The search of people and cases, where the agent's roles open the counter."""
    request = context["request"]
    scope = getattr(request, "scope", None)
    try:
        url = reverse("cases_counter") if scope and may_open(scope.roles, "cases_counter") else ""
    except NoReverseMatch:
        url = ""
    return {"url": url, "here": request.path == url}


@register.filter
def written_phone(number: str) -> str:
    """A telephone as one writes it in France."""
    return reading.written_phone(number) if number else ""
