"""Forms of « Agents et accès »: an agent to invite, a post to give, a post to end."""

from datetime import date
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bocage.base.dates import french_date
from bocage.identity import staff
from bocage.identity.fields import TypedDateField
from bocage.identity.models import Account, Post, Representation, Role
from bocage.territory.models import Commune, Organisation

_ROLES = (
    ("", _("Choisissez")),
    (Role.RECEPTION, _("Accueil : saisit et suit les dossiers d’une commune")),
    (Role.AGENT, _("Agent instructeur : étudie les dossiers")),
    (Role.MANAGER, _("Responsable de service : décide et répartit")),
    (Role.ELECTED, _("Élue ou élu : des chiffres sans nom, sur sa commune")),
    (Role.EDITOR, _("Rédaction : les pages et les actualités")),
    (Role.ADMINISTRATOR, _("Administration : tout, et les accès de chacun")),
)


class PostForm(forms.Form):
    """A post: what it lets do, where, and when. ``post()`` gives ``grant_post``'s arguments."""

    role = forms.ChoiceField(
        label=_("Ce que le poste permet"),
        choices=_ROLES,
        error_messages={"required": _("Choisissez ce que le poste permet. Exemple : accueil")},
    )
    service = forms.ChoiceField(
        label=_("Service"), required=False, help_text=_("Sans choix, le poste vaut pour tous les services.")
    )
    commune = forms.ModelChoiceField(
        Commune.objects.none(),
        label=_("Commune"),
        required=False,
        empty_label=_("Toutes les communes"),
        help_text=_("Pour plusieurs communes, donnez un poste pour chacune."),
    )
    organisation = forms.ModelChoiceField(
        Organisation.objects.none(),
        label=_("Organisme"),
        required=False,
        empty_label=_("Aucun en particulier"),
        help_text=_("Seulement si le service est confié à cet organisme."),
    )
    title = forms.CharField(
        label=_("Intitulé du poste"),
        required=False,
        max_length=120,
        help_text=_("Il paraît sous la signature des courriers. Exemple : Secrétaire de mairie"),
    )
    delegation = forms.CharField(
        label=_("Délégation de signature"),
        required=False,
        max_length=200,
        help_text=_("L’acte qui permet de signer les décisions. Exemple : arrêté du 12 mars 2026"),
    )
    starts = TypedDateField(
        label=_("Premier jour"),
        help_text=_("Exemple : 02/03/2026"),
        error_messages={"required": _("Indiquez le premier jour du poste. Exemple : 02/03/2026")},
    )
    ends = TypedDateField(
        label=_("Dernier jour"), required=False, help_text=_("Laissez vide si le poste n’a pas de fin connue.")
    )

    def __init__(self, *args: Any, today: date, account: Account | None = None, **kwargs: Any) -> None:
        kwargs["initial"] = {"starts": today}
        super().__init__(*args, **kwargs)
        self._account = account
        self.fields["service"].choices = [("", _("Tous les services")), *staff.services().items()]  # type: ignore[attr-defined]
        self.fields["commune"].queryset = Commune.objects.only("pk", "name")  # type: ignore[attr-defined]
        self.fields["organisation"].queryset = Organisation.objects.only("pk", "name")  # type: ignore[attr-defined]

    def post(self) -> dict[str, Any]:
        """The post that was asked."""
        names = ("role", "service", "commune", "organisation", "title", "delegation", "starts", "ends")
        return {name: self.cleaned_data[name] for name in names}

    def clean(self) -> dict[str, Any]:
        """A post whose bounds make sense, and that is not held already."""
        data = super().clean() or self.cleaned_data
        role, starts, ends = data.get("role"), data.get("starts"), data.get("ends")
        bounds = {name: data.get(name) for name in ("service", "commune", "organisation")}
        if role in (Role.RECEPTION, Role.ELECTED) and not bounds["commune"] and "commune" not in self.errors:
            self.add_error("commune", _("Ce poste vaut pour une commune : choisissez-la. Exemple : Locquignol"))
        if role == Role.ADMINISTRATOR and any(bounds.values()):
            self.add_error(
                "role", _("L’administration voit tout : ne choisissez ni service, ni commune, ni organisme.")
            )
        if starts and ends and ends < starts:
            self.add_error("ends", _("Le dernier jour précède le premier. Exemple : du 02/03/2026 au 30/06/2026"))
        if self._account and role and starts and not self.errors:
            same = Post.objects.filter(Q(ends=None) | Q(ends__gte=starts), account=self._account, role=role, **bounds)
            if (same.filter(starts__lte=ends) if ends else same).exists():
                self.add_error(None, _("Cet agent tient déjà ce poste à ces dates."))
        return data


class InviteForm(PostForm):
    """Someone new, with their first post."""

    field_order = ["first_name", "last_name", "email"]

    first_name = forms.CharField(
        label=_("Prénom"), max_length=120, error_messages={"required": _("Indiquez le prénom. Exemple : Camille")}
    )
    last_name = forms.CharField(
        label=_("Nom"), max_length=120, error_messages={"required": _("Indiquez le nom. Exemple : Martin")}
    )
    email = forms.EmailField(
        label=_("Adresse e-mail professionnelle"),
        help_text=_("L’invitation part à cette adresse. Exemple : camille.martin@mairie.example"),
        error_messages={
            "required": _("Indiquez l’adresse e-mail. Exemple : camille.martin@mairie.example"),
            "invalid": _("Cette adresse n’est pas complète. Exemple : camille.martin@mairie.example"),
        },
    )


class RepresentationForm(forms.Form):
    """A judge's decision that protects an adult; who represents them is chosen beside."""

    kind = forms.ChoiceField(
        label=_("La mesure"),
        choices=[("", _("Choisissez")), *Representation.Kind.choices],
        help_text=_("Curatelle : la personne et son curateur agissent ensemble. Sinon, elle est représentée."),
        error_messages={"required": _("Choisissez la mesure. Exemple : tutelle")},
    )
    organisation = forms.ModelChoiceField(
        Organisation.objects.none(),
        label=_("Ou un organisme, nommé par le juge"),
        required=False,
        empty_label=_("Non, une personne"),
    )
    decision = forms.CharField(
        label=_("La décision, que vous avez vue"),
        max_length=200,
        help_text=_("Exemple : jugement du 12/03/2026, tribunal d’Avesnes-sur-Helpe, n° 26/00123"),
        error_messages={"required": _("Indiquez la décision. Exemple : jugement du 12/03/2026, tribunal d’Avesnes")},
    )
    decided_on = TypedDateField(
        label=_("Prise le"),
        help_text=_("Exemple : 12/03/2026"),
        error_messages={"required": _("Indiquez le jour de la décision. Exemple : 12/03/2026")},
    )
    starts = TypedDateField(
        label=_("Premier jour"),
        help_text=_("Exemple : 12/03/2026"),
        error_messages={"required": _("Indiquez le premier jour de la mesure. Exemple : 12/03/2026")},
    )
    ends = TypedDateField(
        label=_("Dernier jour"),
        help_text=_("La décision le dit. Exemple : 11/03/2031"),
        error_messages={"required": _("Indiquez le dernier jour de la mesure. Exemple : 11/03/2031")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = Organisation.objects.only("pk", "name")  # type: ignore[attr-defined]


class EndPostForm(forms.Form):
    """The last day of a post."""

    last = TypedDateField(
        label=_("Dernier jour du poste"),
        help_text=_(
            "Le poste vaut encore ce jour-là. Pour l’arrêter tout de suite, indiquez hier. Exemple : 30/06/2026"
        ),
        error_messages={"required": _("Indiquez le dernier jour du poste. Exemple : 30/06/2026")},
    )

    def __init__(self, *args: Any, post: Post, today: date, **kwargs: Any) -> None:
        kwargs["initial"] = {"last": today}
        super().__init__(*args, **kwargs)
        self._post = post

    def clean_last(self) -> date:
        """Not beyond the end already set."""
        last: date = self.cleaned_data["last"]
        if self._post.ends and last >= self._post.ends:
            told = _("Ce poste finit déjà le %s. Indiquez un jour d’avant.") % french_date(self._post.ends)
            raise forms.ValidationError(told)
        return last


class CardForm(forms.Form):
    """What the administrator vouches for."""

    seen = forms.BooleanField(
        label=_("Cette personne est devant moi, et je lui remets la carte en main propre"),
        error_messages={"required": _("Cochez la case une fois la personne devant vous.")},
    )
