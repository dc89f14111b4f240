"""Two records that may be one person, compared: what differs, what would follow, and what forbids making them one.

A room of its own beside ``queries``: read by the desk before a merge, and again by the merge itself. The rows that
follow are declared by each app in its manifest (``person_rows``): identity knows none of the floors above.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import apps
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Max, Model, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bocage.base import registry
from bocage.base.actors import Actor
from bocage.base.dates import french_date
from bocage.base.manifest import Manifest, PersonRows
from bocage.identity.models import (
    ERASED,
    Account,
    ExternalIdentity,
    IdentityLevel,
    Mandate,
    Membership,
    MergeChange,
    Person,
)
from bocage.identity.reading import written_phone
from bocage.identity.scope import Scope

UNDO_DAYS = 30
"""How long a merge can be undone; what it wrote is then forgotten."""

KEPT, OTHER = "kept", "other"

_SURE = {IdentityLevel.DECLARED.value: 0, IdentityLevel.VERIFIED.value: 1, IdentityLevel.EIDAS1.value: 2}


# --- Two records, part by part -------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Part:
    """A part of a record, taken whole from one or the other. ``civil``: of civil status, the surer record says it."""

    name: str
    label: str | Promise
    fields: tuple[str, ...]
    civil: bool = False

    def value(self, person: Person) -> tuple[Any, ...]:
        """What a record holds of it."""
        return tuple(getattr(person, field) for field in self.fields)

    def told(self, person: Person) -> str:
        """The same for people."""
        if self.name == "home":
            town = f"{person.postcode} {person.commune or person.locality}".strip()
            return ", ".join(filter(None, (person.address, town)))
        if self.name == "birth_date":
            return french_date(person.birth_date) if person.birth_date else ""
        if self.name == "birth_place":
            return " ".join(filter(None, (person.birth_place, person.birth_country)))
        if self.name == "gender":
            return str(person.get_gender_display())
        if self.name == "told_by":
            return str(person.get_told_by_display())
        if self.name == "phone":
            return written_phone(person.phone) if person.phone else ""
        return str(getattr(person, self.fields[0]))


PARTS = (
    Part("birth_name", gettext_lazy("Nom de naissance"), ("birth_name",), civil=True),
    Part("usual_name", gettext_lazy("Nom d’usage"), ("usual_name",)),
    Part("given_names", gettext_lazy("Prénoms"), ("given_names",), civil=True),
    Part("birth_date", gettext_lazy("Date de naissance"), ("birth_date",), civil=True),
    Part("birth_place", gettext_lazy("Lieu de naissance (code INSEE)"), ("birth_place", "birth_country"), civil=True),
    Part("gender", gettext_lazy("Sexe"), ("gender",), civil=True),
    Part("phone", gettext_lazy("Téléphone"), ("phone",)),
    Part("email", gettext_lazy("Adresse e-mail"), ("email",)),
    Part("told_by", gettext_lazy("Être prévenu"), ("told_by",)),
    Part("home", gettext_lazy("Adresse"), ("address", "postcode", "commune_id", "locality")),
)


def sure(person: Person) -> int:
    """How sure the house is of a record: declared, verified by an agent, FranceConnect."""
    return _SURE[person.identity_level]


def ordered(one: Person, two: Person) -> tuple[Person, Person]:
    """Which record is kept, and which leads to it: the one that an account opens, then the surer, then the older."""
    opened = set(Account.objects.filter(person__in=[one, two], is_active=True).values_list("person_id", flat=True))
    first, second = sorted((one, two), key=lambda person: (person.pk not in opened, -sure(person), person.pk))
    return first, second


def imposed(part: Part, kept: Person, other: Person) -> str:
    """Whose value it must be: they say the same, one says nothing, or one is surer of civil status. "" to choose."""
    mine, theirs = part.value(kept), part.value(other)
    if mine == theirs or not any(theirs):
        return KEPT
    if not any(mine):
        return OTHER
    if part.civil and sure(kept) != sure(other):
        return KEPT if sure(kept) > sure(other) else OTHER
    return ""


def chosen(kept: Person, other: Person, choices: Mapping[str, str]) -> dict[str, Any]:
    """The values that the kept record takes from the other. ``choices``: a part's name → KEPT or OTHER."""
    values: dict[str, Any] = {}
    for part in PARTS:
        side = imposed(part, kept, other) or choices.get(part.name, KEPT)
        if side == OTHER:
            values |= dict(zip(part.fields, part.value(other), strict=True))
    if sure(other) > sure(kept):
        values["identity_level"] = other.identity_level
    return {name: value for name, value in values.items() if getattr(kept, name) != value}


def fingerprint(kept: Person, other: Person) -> str:
    """What a page showed of two records: a merge compares it with what they say by then."""
    told = [[person.pk, person.identity_level, *(part.value(person) for part in PARTS)] for person in (kept, other)]
    return hashlib.sha256(json.dumps(told, cls=DjangoJSONEncoder).encode()).hexdigest()[:16]


# --- What forbids it, and what to look at --------------------------------------------------------------------------
def accounts_of(kept: Person, other: Person) -> tuple[Account | None, Account | None]:
    """The accounts of two records, open or closed."""
    found = {account.person_id: account for account in Account.objects.filter(person__in=[kept, other])}
    return found.get(kept.pk), found.get(other.pk)


def refusals(kept: Person, other: Person) -> list[str]:
    """Why two records cannot be made one, each with what to do first."""
    if kept.pk == other.pk:
        return [_("C’est la même fiche.")]
    found = []
    if ERASED in (kept.birth_name, other.birth_name):
        found.append(_("Une de ces fiches a été effacée."))
    for mine, theirs in shared_homes(kept, other):
        if mine.role != theirs.role:
            told = {"home": mine.household, "one": mine.get_role_display(), "two": theirs.get_role_display()}
            found.append(
                _(
                    "Dans le foyer « %(home)s », l’une est « %(one)s » et l’autre « %(two)s » : ce sont sans doute "
                    "deux personnes. Si c’est une erreur, corrigez d’abord le foyer."
                )
                % told
            )
    return found


def shared_homes(kept: Person, other: Person) -> list[tuple[Membership, Membership]]:
    """The households of which both records are members today, with both parts."""
    parts = Membership.objects.filter(person__in=[kept, other], ends=None).select_related("household").order_by("pk")
    held: dict[int, dict[int, Membership]] = {}
    for part in parts:
        held.setdefault(part.household_id, {})[part.person_id] = part
    return [(two[kept.pk], two[other.pk]) for two in held.values() if len(two) == 2]


def notes(kept: Person, other: Person, scope: Scope) -> list[str]:
    """What happens by itself, or asks for a look, in words."""
    found = []
    if sure(kept) and sure(other) and any(part.civil and not imposed(part, kept, other) for part in PARTS):
        found.append(
            _("Les deux identités ont été vérifiées et ne disent pas la même chose : regardez une pièce d’identité.")
        )
    for mine, theirs in shared_homes(kept, other):
        found.append(_("Les deux fiches sont dans le foyer « %s » : il n’y en aura plus qu’une.") % mine.household)
        if mine.legal_authority != theirs.legal_authority:
            found.append(_("L’autorité parentale, notée sur une seule des deux, est gardée."))
    between = Q(principal=kept, holder_person=other) | Q(principal=other, holder_person=kept)
    if Mandate.objects.filter(between, revoked_at=None).exists():
        found.append(_("Un mandat lie ces deux fiches : il prend fin, personne ne se donne mandat à soi-même."))
    mine_known, theirs_known = (
        set(ExternalIdentity.objects.filter(account__person=person).values_list("issuer", flat=True))
        for person in (kept, other)
    )
    if mine_known & theirs_known:
        found.append(
            _("Chaque fiche a sa propre identité FranceConnect ou ProConnect : regardez une pièce d’identité.")
        )
    for manifest, rows in registry.contributions("person_rows"):
        if rows.notes:
            told = registry.isolated(manifest, rows.notes, lambda call: call(kept, other, scope))
            found += (
                told if told is not None else [_("Ces fiches n’ont pas pu être comparées en entier : %s.") % rows.label]
            )
    return found


# --- What follows --------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Following:
    """Rows of one kind, for the page: how many, and those that this agent may read in words."""

    label: str
    count: int
    told: Sequence[str] = ()

    @property
    def others(self) -> int:
        """How many more than those told."""
        return self.count - len(self.told)


SHOWN = 5  # rows of a kind told one by one


def columns() -> list[tuple[Manifest, PersonRows]]:
    """Every column that names a person and follows, in the order of the apps."""
    return list(registry.contributions("person_rows"))


def model_of(name: str) -> tuple[type[Model], str]:
    """The model and the field of a column: ``cases.Case.applicant``."""
    app, model, field = name.split(".")
    return apps.get_model(app, model), field


def marks() -> dict[str, int]:
    """The highest row number of each table of which rows follow."""
    found = {}
    for _manifest, rows in columns():
        model, _field = model_of(rows.name)
        found[rows.name] = model._default_manager.aggregate(last=Max("pk"))["last"] or 0
    return found


def rows_that_follow(rows: PersonRows, kept: Person | Account, other: Person | Account) -> QuerySet[Any]:
    """The rows of ``other`` that would name ``kept``."""
    if rows.rows:
        found: QuerySet[Any] = registry.resolve(rows.rows)(kept, other)
        return found
    model, field = model_of(rows.name)
    return model._default_manager.filter(**{field: other.pk})


def _following(manifest: Manifest, rows: PersonRows, pks: list[int], scope: Scope) -> Following:
    told: list[str] = []
    if pks and rows.told:
        told = registry.isolated(manifest, rows.told, lambda call: list(call(pks[:SHOWN], scope))) or []
    return Following(rows.label, len(pks), told)


def preview(kept: Person, other: Person, scope: Scope) -> list[Following]:
    """Everything that would follow, kind by kind, whatever the agent may read of it."""
    mine, theirs = accounts_of(kept, other)
    found = []
    for manifest, rows in columns():
        if rows.of == "person":
            pks = list(rows_that_follow(rows, kept, other).order_by("-pk").values_list("pk", flat=True))
        elif mine and theirs:
            pks = list(rows_that_follow(rows, mine, theirs).order_by("-pk").values_list("pk", flat=True))
        else:
            continue
        found.append(_following(manifest, rows, pks, scope))
    if theirs and not mine:
        found.append(Following(_("compte en ligne"), 1, [str(theirs)]))
    return [one for one in found if one.count]


def came_after(merge: Any, scope: Scope) -> list[Following]:
    """What the kept record received since a merge: undoing it leaves these where they are."""
    found = []
    for manifest, rows in columns():
        if rows.of != "person":
            continue
        model, field = model_of(rows.name)
        moved = merge.changes.filter(column=rows.name).values_list("row", flat=True)
        after = model._default_manager.filter(**{field: merge.kept_id}, pk__gt=merge.marks.get(rows.name, 0))
        pks = list(after.exclude(pk__in=list(moved)).order_by("-pk").values_list("pk", flat=True))
        found.append(_following(manifest, rows, pks, scope))
    return [one for one in found if one.count]


def goes_back(merge: Any, scope: Scope) -> list[Following]:
    """What undoing a merge gives back to the other record: what it moved, and nothing else."""
    found = []
    for manifest, rows in columns():
        model, field = model_of(rows.name)
        moved = merge.changes.filter(column=rows.name)
        pks = [pk for pk, _after in moved.values_list("row", "after")]
        still = model._default_manager.filter(pk__in=pks)
        if rows.of == "person":
            still = still.filter(**{field: merge.kept_id})
        found.append(_following(manifest, rows, list(still.order_by("-pk").values_list("pk", flat=True)), scope))
    return [one for one in found if one.count]


# --- Moving ---------------------------------------------------------------------------------------------------------
Move = Callable[..., list[int]]


def mover(model: type[Model], field: str) -> Move:
    """The plain ``move`` of a column (``PersonRows``): the rows that still name ``before`` name ``after``."""

    def move(pks: Iterable[int], before: int, after: int, *, actor: Actor, now: datetime) -> list[int]:
        rows = model._default_manager.filter(pk__in=list(pks))
        held = list(rows.filter(**{field: before}).values_list("pk", flat=True))
        rows.filter(pk__in=held, **{field: before}).update(**{field: after})
        return list(rows.filter(pk__in=held, **{field: after}).values_list("pk", flat=True))

    return move


def changes_due(now: datetime) -> int:
    """How many remembered values ``forget_merges`` would forget."""
    return MergeChange.objects.filter(merge__until__lt=now).count()
