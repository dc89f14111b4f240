"""Which form edits what stands at a place, what a new item of each kind begins as, and how each is named."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from bocage.cases.editing import conditions, edits
from bocage.cases.editing.places import ALONE, BY_KEY, NoSuchPlace, read
from bocage.cases.editing.ready_rules import ready_rules
from bocage.cases.editor_views import words
from bocage.cases.editor_views.forms.asking import QuestionForm, RuleForm, StepForm
from bocage.cases.editor_views.forms.base import Item, ItemForm, new_id
from bocage.cases.editor_views.forms.documents import DocumentForm, PublicListForm
from bocage.cases.editor_views.forms.fields import FieldForm
from bocage.cases.editor_views.forms.flow import StateForm, TransitionForm
from bocage.cases.editor_views.forms.new_field import starter
from bocage.cases.editor_views.forms.scenarios import ScenarioForm
from bocage.cases.editor_views.forms.settings import SettingsForm
from bocage.cases.editor_views.forms.texts import NoticeForm, TableForm

FORMS: dict[str, type[ItemForm]] = {
    "settings": SettingsForm,
    "eligibility": QuestionForm,
    "steps": StepForm,
    "fields": FieldForm,
    "rules": RuleForm,
    "states": StateForm,
    "transitions": TransitionForm,
    "notices": NoticeForm,
    "tables": TableForm,
    "documents": DocumentForm,
    "public_list": PublicListForm,
    "scenarios": ScenarioForm,
}
ADDED = frozenset(
    {"eligibility", "steps", "rules", "states", "transitions", "notices", "tables", "documents", "scenarios"}
)
"""Collections whose new item is written on its own page, before it exists."""


@dataclass(frozen=True)
class Named:
    """What a page calls the thing: « la question », « le bouton »."""

    one: str
    new: str
    remove: str


def named(kind: str) -> Named:
    """The words for a kind of item."""
    found = {
        "settings": Named(_("Réglages de la démarche"), "", ""),
        "eligibility": Named(_("Question préalable"), _("Nouvelle question préalable"), _("Retirer cette question")),
        "steps": Named(_("Étape"), _("Nouvelle étape"), _("Retirer cette étape et ses champs")),
        "fields": Named(_("Champ"), _("Nouveau champ"), _("Retirer ce champ")),
        "rules": Named(_("Règle"), _("Nouvelle règle"), _("Retirer cette règle")),
        "states": Named(_("État du dossier"), _("Nouvel état"), _("Retirer cet état")),
        "transitions": Named(_("Bouton"), _("Nouveau bouton"), _("Retirer ce bouton")),
        "notices": Named(_("Avis"), _("Nouvel avis"), _("Retirer cet avis")),
        "tables": Named(_("Table"), _("Nouvelle table"), _("Retirer cette table")),
        "documents": Named(_("Document délivré"), _("Nouveau document à délivrer"), _("Retirer ce document")),
        "public_list": Named(_("Liste publique"), "", ""),
        "scenarios": Named(_("Scénario"), _("Nouveau scénario"), _("Retirer ce scénario")),
    }
    return found[kind]


def kind_of(place: str) -> str:
    """The kind of what stands at a place, as ``FORMS`` knows it. Raises NoSuchPlace."""
    if place in ALONE and place in FORMS:
        return place
    found = read(place)
    if found.kind not in FORMS or not found.key:
        raise NoSuchPlace(place)
    return found.kind


def title_of(place: str, item: Item) -> str:
    """What an item is called where it is listed."""
    kind = kind_of(place)
    if kind == "settings":
        return str(item.get("title") or named(kind).one)
    if kind == "public_list":
        return _("Ce que tout le monde peut lire")
    if kind == "rules":
        return _("Règle %(number)s") % {"number": int(place.rpartition("/")[2]) + 1}
    if kind == "notices":
        key = place.rpartition("/")[2]
        return str(words.NOTICES.get(key, "") or item.get("title") or key)
    if kind == "tables":
        return place.rpartition("/")[2]
    return str(item.get("label") or item.get("title") or item.get("id") or "")


def inner(place: str) -> bool:
    """Whether a question stands inside lines that repeat."""
    return place.startswith("steps/") and place.count("/") == 5


def form_at(body: Item, place: str, data: Any = None, **extra: Any) -> ItemForm:
    """The form of what stands at a place. Raises NoSuchPlace."""
    kind = kind_of(place)
    item = edits.get(body, place)
    if kind == "fields":
        extra["inner"] = inner(place)
    return FORMS[kind](data, body=body, item=item, **extra)


def new_form(body: Item, collection: str, data: Any = None, ready: str = "") -> ItemForm:
    """The form of an item to add to a collection; ``ready`` names one of the ready rules to begin with."""
    kind = read(collection).kind
    if kind not in ADDED or read(collection).key:
        raise NoSuchPlace(collection)
    return FORMS[kind](data, body=body, item=_beginning(kind) if kind != "rules" else _ready_rule(body, ready))


def _beginning(kind: str) -> Item:
    if kind == "eligibility":
        return {"options": [{"value": "oui", "label": _("Oui")}, {"value": "non", "label": _("Non")}]}
    return {}


def _ready_rule(body: Item, key: str) -> Item:
    return next((one.rule for one in ready_rules(body) if one.key == key), {})


def taken(body: Item, collection: str) -> list[str]:
    """The ids that a new item of a collection cannot have."""
    kind = read(collection).kind
    if kind in {"fields", "eligibility"} and collection.count("/") <= 2:
        return sorted(edits.names_taken(body))
    found = edits.get(body, collection)
    return list(found) if isinstance(found, dict) else [str(item.get("id", "")) for item in found]


def add(body: Item, collection: str, form: ItemForm) -> tuple[Item, str]:
    """The body with what the form of a new item says, and its place. Raises BadEdit."""
    kind = read(collection).kind
    item = form.written()
    if kind == "rules":
        return edits.add(body, collection, item), f"rules/{len(edits.get(body, 'rules'))}"
    label = str(item.get("label") or item.get("title") or "")
    key = form.key(label, taken(body, collection), kind.rstrip("s"))
    if kind == "steps":
        item = {**item, "fields": item.get("fields", [])}
    if kind in BY_KEY:
        return edits.add(body, f"{collection}/{key}", item), f"{collection}/{key}"
    item = _refer_to_itself(item, key)
    return edits.add(body, f"{collection}/{key}", {**item, "id": key}), f"{collection}/{key}"


def _refer_to_itself(item: Item, key: str) -> Item:
    def walk(node: Any) -> Any:
        if isinstance(node, dict):
            if node == {"field": conditions.ITSELF}:
                return {"field": key}
            return {name: walk(value) for name, value in node.items()}
        return [walk(one) for one in node] if isinstance(node, list) else node

    if "refuse" in item:
        return {**item, "refuse": walk(item["refuse"])}
    return item


def add_field(body: Item, collection: str, kind: str, label: str) -> tuple[Item, str]:
    """The body with a new question, and its place; its page asks for the rest. Raises BadEdit."""
    key = new_id(label, taken(body, collection), "champ")
    place = f"{collection}/{key}"
    return edits.add(body, place, starter(key, kind, label)), place
