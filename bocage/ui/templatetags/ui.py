"""Tags and filters of the design system, available in every template (docs/developers/ui.md, and /charte/)."""

from datetime import date, datetime
from typing import Any
from uuid import uuid4

from django import template
from django.forms import BaseForm, BoundField
from django.template.context import Context
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from bocage.base import dates
from bocage.base.once import ONCE, sent
from bocage.base.sizes import french_size
from bocage.ui import fields
from bocage.ui.typography import typeset

register = template.Library()

_INPUT_TYPES = {kind: kind for kind in ("email", "tel", "password", "search", "url")} | {"phone": "tel"}


# --- Icons ------------------------------------------------------------------------------------------------------------
@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """An icon of our sprite; decorative unless ``label`` says what it means."""
    address = f"{static('ui/icons.svg')}#{name}"
    if label:
        return format_html('<svg class="icon" role="img" aria-label="{}"><use href="{}"></use></svg>', label, address)
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}"></use></svg>', address)


# --- Forms ------------------------------------------------------------------------------------------------------------
@register.inclusion_tag("ui/components/field.html")
def field(bound: BoundField, **extra: Any) -> dict[str, Any]:
    """A field of a Django form: its label, hint, error and control. ``extra`` overrides any parameter."""
    return {**fields.parameters(bound), **extra}


@register.inclusion_tag("ui/components/field.html")
def ui_field(**parameters: Any) -> dict[str, Any]:
    """A field from plain data; a mapping given as ``from_`` holds the parameters that are not named."""
    return {**(parameters.pop("from_", None) or {}), **parameters}


@register.inclusion_tag("ui/components/form_fields.html")
def form_fields(form: BaseForm) -> dict[str, Any]:
    """Every visible field of a Django form, in order, then its hidden ones."""
    return {"form": form}


@register.inclusion_tag("ui/components/error_summary.html")
def error_summary(form_or_errors: Any, title: str = "") -> dict[str, Any]:
    """The errors of a form (or of a list of ``{"target", "message"}``) with links to their fields."""
    errors = fields.errors(form_or_errors) if isinstance(form_or_errors, BaseForm) else form_or_errors
    return {"errors": errors, "title": title or getattr(form_or_errors, "summary_title", "")}


@register.simple_tag(takes_context=True)
def once(context: Context) -> SafeString:
    """In a form that creates something, the UUID by which pressing twice makes it once (``bocage.base.once``)."""
    request = context.get("request")
    known = sent(request) if request is not None and request.method == "POST" else None  # the same form, shown again
    return format_html('<input type="hidden" name="{}" value="{}">', ONCE, known or uuid4())


@register.filter
def input_type(kind: str) -> str:
    """The type of the ``<input>`` of a kind: numbers and dates are typed as text, which forgives more."""
    return _INPUT_TYPES.get(kind, "text")


@register.filter
def text(value: Any) -> str:
    """Text of a value; nothing for None, so that options and answers compare whatever their type."""
    return "" if value is None else str(value)


@register.filter
def is_in(value: Any, chosen: Any) -> bool:
    """Whether an option is among the answers (one answer, or a list of them)."""
    answers = chosen if isinstance(chosen, list | tuple | set) else [chosen]
    return str(value) in {str(answer) for answer in answers if answer is not None}


@register.filter
def is_yes(value: Any) -> bool:
    """Whether an answer to a yes/no question is yes."""
    return value is True or str(value).lower() in {"oui", "true", "yes"}


@register.filter
def is_no(value: Any) -> bool:
    """Whether an answer to a yes/no question is no (not: nothing answered)."""
    return value is False or str(value).lower() in {"non", "false", "no"}


# --- Texts ------------------------------------------------------------------------------------------------------------
@register.filter
def phone_link(number: str) -> str:
    """A telephone number as ``tel:`` wants it: digits and a leading plus."""
    return "".join(sign for sign in str(number) if sign.isdigit() or sign == "+")


@register.filter
def percent_of(value: Any, total: Any) -> int:
    """``value`` as a whole percentage of ``total``; 0 when there is nothing to compare."""
    try:
        return round(100 * float(value) / float(total))
    except (TypeError, ValueError, ZeroDivisionError):
        return 0


register.filter("french_size", french_size)


@register.simple_block_tag(name="typeset")
def typeset_block(content: str) -> SafeString:
    """What it holds with the no-break spaces and the apostrophes of French; the layout sets every page with it."""
    return SafeString(typeset(content))  # what it holds is already a page: nothing is added but spaces


# --- Components that hold other content -------------------------------------------------------------------------------
@register.simple_block_tag
def alert(content: str, kind: str = "info", title: str = "", role: str = "", level: int = 2) -> SafeString:
    """A message set apart: info, success, warning or error; ``role`` only when it appears after an act."""
    heading = format_html("<h{0}>{1}</h{0}>", level, title) if title else ""
    attribute = format_html(' role="{}"', role) if role else ""
    return format_html('<div class="alert {}"{}>{}{}</div>', kind, attribute, heading, content)


@register.simple_block_tag
def disclosure(content: str, title: str, open: bool = False, box: bool = True) -> SafeString:
    """Something to unfold: what most people do not need."""
    return format_html(
        "<details{}{}><summary>{}</summary>{}</details>",
        SafeString(' class="box"') if box else "",
        SafeString(" open") if open else "",
        title,
        content,
    )


@register.simple_block_tag
def card(content: str, title: str, url: str = "", level: int = 3, meta: str = "") -> SafeString:
    """A card; with ``url``, the whole card leads there and its title is the link."""
    heading = format_html('<a href="{}">{}</a>', url, title) if url else title
    note = format_html('<p class="meta">{}</p>', meta) if meta else ""
    return format_html(
        '<div class="card{0}"><h{1}>{2}</h{1}>{3}{4}</div>', " link" if url else "", level, heading, note, content
    )


@register.simple_block_tag
def empty_state(content: str, title: str = "") -> SafeString:
    """An empty state; its content says what one can do."""
    heading = format_html("<p><strong>{}</strong></p>", title) if title else ""
    return format_html('<div class="empty">{}{}</div>', heading, content)


@register.simple_block_tag(name="ui_fieldset")
def ui_fieldset(content: str, id: str, legend: str, hint: str = "", error: str = "") -> SafeString:
    """Fields that make one question: a legend, a hint and an error of all of them together."""
    context = {"content": content, "id": id, "label": legend, "hint": hint, "error": error, "required": True}
    return SafeString(render_to_string("ui/components/fieldset.html", context))


@register.simple_block_tag
def list_table(content: str, caption: str, *columns: str) -> SafeString:
    """A list as a table that stacks on small screens: its name, those of its columns; what it holds are its rows.

    The cell that names a row is ``<th scope="row">``; the others repeat their column's name in ``data-label``.
    """
    heads = format_html_join("", '<th scope="col">{}</th>', ((column,) for column in columns))
    return format_html(
        '<div class="table"><table class="stacks"><caption class="hidden-visually">{}</caption>'
        "<thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>",
        caption,
        heads,
        content,
    )


@register.inclusion_tag("ui/components/list_search.html")
def list_search(id: str, about: str, label: str, text: str, filters: str = "", **kept: str) -> dict[str, Any]:
    """The search above a list. ``filters``: the id of the list that shrinks while one types; ``kept``: sent along."""
    return {"id": id, "about": about, "label": label, "text": text, "filters": filters, "kept": kept}


# --- Navigation -------------------------------------------------------------------------------------------------------
@register.inclusion_tag("ui/components/breadcrumbs.html", takes_context=True)
def breadcrumbs(context: Context, *steps: str) -> dict[str, Any]:
    """The path to a page: labels and addresses in turn, the page itself last, without address.

    ``{% breadcrumbs "Démarches" procedures_url "Commander un composteur" %}``
    """
    trail = [{"label": steps[i], "url": steps[i + 1]} for i in range(0, len(steps) - 1, 2)]
    house = context.get("house")
    return {
        "home": house.links.get("home", "/") if house else "/",
        "trail": trail,
        "here": steps[-1] if len(steps) % 2 else "",
    }


@register.inclusion_tag("ui/components/pager.html", takes_context=True)
def pager(context: Context, page: Any, parameter: str = "page", total: str = "") -> dict[str, Any]:
    """Previous and next pages of a Django ``Page``; other parameters of the address are kept."""
    request = context.get("request")
    query = request.GET.copy() if request else None

    def address(number: int) -> str:
        if query is None:
            return f"?{parameter}={number}"
        query[parameter] = str(number)
        return "?" + query.urlencode()

    return {
        "page": page,
        "total": total,
        "previous": address(page.number - 1) if page.has_previous() else "",
        "next": address(page.number + 1) if page.has_next() else "",
    }


@register.filter
def of(mapping: Any, key: Any) -> Any:
    """The value of a key of a mapping, or None."""
    return mapping.get(key) if hasattr(mapping, "get") else None


# --- Dates ------------------------------------------------------------------------------------------------------------
@register.filter
def french_date(day: date | None) -> str:
    """``1er mars 2026``, in the current time zone; nothing for no date."""
    return dates.french_date(day) if day else ""


@register.filter
def french_day(day: date | None) -> str:
    """The same without its year: ``1er mars``."""
    return dates.french_date(day, year=False) if day else ""


@register.filter
def french_datetime(moment: datetime | None) -> str:
    """``1er mars 2026 à 17 h 30``, in the current time zone; nothing for no instant."""
    return dates.french_datetime(moment) if moment else ""


@register.filter
def french_weekday(day: date | None) -> str:
    """``mardi 1er mars 2026``; nothing for no date."""
    return dates.french_date(day, weekday=True) if day else ""
