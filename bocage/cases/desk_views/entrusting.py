"""« Confier une démarche »: the agreements by which a commune, a syndicate or an association runs a procedure."""

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bocage.base.dates import french_date
from bocage.base.once import key_of
from bocage.base.shown import ChangedMeanwhile, CorrectionForm
from bocage.cases.editor_views.common import my_procedures
from bocage.cases.engine import Refused
from bocage.cases.entrusting import head_of
from bocage.cases.models import Agreement, Procedure
from bocage.cases.models_entrusting import Entrusted, Sight
from bocage.cases.operations import change_agreement, end_agreement, entrust, set_logo
from bocage.cases.operations.entrusting import HEAD, KINDS
from bocage.identity.actors import actor_of
from bocage.identity.fields import TypedDateField
from bocage.territory.models import Commune, Organisation
from bocage.territory.queries import around_towns, today


class _HeadForm(forms.Form):
    """What the community sees, and the letterhead."""

    sight = forms.ChoiceField(
        label=gettext_lazy("Ce que la communauté de communes voit"),
        choices=Sight.choices,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choisissez ce que la communauté de communes voit.")},
    )
    name = forms.CharField(
        label=gettext_lazy("Nom sur les lettres"),
        required=False,
        max_length=160,
        help_text=gettext_lazy(
            "Vide : le nom, l’adresse et le téléphone connus de l’organisme. Exemple : Mairie de Locquignol"
        ),
    )
    address = forms.CharField(
        label=gettext_lazy("Adresse"), required=False, max_length=400, widget=forms.Textarea(attrs={"rows": 3})
    )
    phone = forms.CharField(label=gettext_lazy("Téléphone"), required=False, max_length=20)
    email = forms.EmailField(label=gettext_lazy("Adresse électronique"), required=False)


class ChangeForm(CorrectionForm, _HeadForm):
    """What may change of an agreement."""


class _Communes(forms.ModelMultipleChoiceField):
    """Communes to tick; a number that no key can have is refused like one that is nobody's."""

    def clean(self, value: Any) -> Any:
        """The communes. SQLite cannot even compare a number beyond 64 bits."""
        for one in value or ():
            if len(str(one)) > 18:
                raise forms.ValidationError(self.error_messages["invalid_choice"], "invalid_choice", {"value": "…"})
        return super().clean(value)


class AgreementForm(_HeadForm):
    """A new agreement."""

    field_order = ["procedure", "organisation", "what", "communes", "starts", "ends", "sight"]

    procedure = forms.ModelChoiceField(
        Procedure.objects.none(),
        label=gettext_lazy("Démarche"),
        error_messages={"required": gettext_lazy("Choisissez la démarche à confier.")},
    )
    organisation = forms.ModelChoiceField(
        Organisation.objects.filter(kind__in=KINDS).only("pk", "name", "kind", "siren", "siret", "rna"),
        label=gettext_lazy("À qui ?"),
        help_text=gettext_lazy("Une commune, un syndicat ou une association dont la fiche porte le SIRET ou le RNA."),
        error_messages={"required": gettext_lazy("Choisissez à qui la démarche est confiée.")},
    )
    what = forms.ChoiceField(
        label=gettext_lazy("Ce qui est confié"),
        choices=Entrusted.choices,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choisissez ce qui est confié.")},
    )
    communes = _Communes(
        Commune.objects.only("pk", "name", "insee"),
        label=gettext_lazy("Pour les demandes de quelles communes ?"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Aucune case cochée : tout le territoire."),
    )
    starts = TypedDateField(
        label=gettext_lazy("Premier jour"),
        help_text=gettext_lazy("Exemple : 02/03/2026"),
        error_messages={"required": gettext_lazy("Indiquez le premier jour. Exemple : 02/03/2026")},
    )
    ends = TypedDateField(
        label=gettext_lazy("Dernier jour"),
        required=False,
        help_text=gettext_lazy("Laissez vide si la convention n’a pas de fin connue."),
    )

    def __init__(self, *args: Any, procedures: QuerySet[Procedure], today: date, **kwargs: Any) -> None:
        kwargs["initial"] = {"starts": today, "sight": Sight.ALL}
        super().__init__(*args, **kwargs)
        self.fields["procedure"].queryset = procedures  # type: ignore[attr-defined]


def _places(form: AgreementForm) -> list[dict[str, Any]]:
    """The communes in groups that fold, each opened where something in it is ticked."""
    ticked = {str(value) for value in form["communes"].value() or ()}
    groups = []
    for town, communes in around_towns():
        options = [{"value": one.pk, "label": one.name, "ticked": str(one.pk) in ticked} for one in communes]
        groups.append({"town": town, "options": options, "ticked": sum(one["ticked"] for one in options)})
    return groups


class EndForm(forms.Form):
    """The last day of an agreement."""

    last = TypedDateField(
        label=gettext_lazy("Dernier jour de la convention"),
        help_text=gettext_lazy("Elle vaut encore ce jour-là. Pour l’arrêter tout de suite, indiquez hier."),
        error_messages={"required": gettext_lazy("Indiquez le dernier jour. Exemple : 30/06/2026")},
    )


def sentence(agreement: Agreement, communes: list[str]) -> str:
    """An agreement in one plain sentence: who does what, for whom, who sees it."""
    told = {
        "who": head_of(agreement).name,
        "procedure": agreement.procedure.title,
        "where": ", ".join(communes) if communes else _("tout le territoire"),
    }
    does = {
        Entrusted.WHOLE: _("%(who)s reçoit, étudie et décide les demandes « %(procedure)s » (%(where)s)."),
        Entrusted.COUNTER: _(
            "%(who)s reçoit, saisit et vérifie les demandes « %(procedure)s » (%(where)s), puis les passe à la "
            "communauté de communes, qui décide."
        ),
    }
    sees = {
        Sight.ALL: _("La communauté de communes lit ces dossiers ; elle ne les traite qu’une fois passés."),
        Sight.FIGURES: _("La communauté de communes en voit des chiffres, et les dossiers une fois passés."),
    }
    return f"{does[Entrusted(agreement.what)]} {sees[Sight(agreement.sight)]}" % told


def _mine(request: HttpRequest) -> QuerySet[Agreement]:
    """The agreements on the procedures that this agent answers for."""
    found = Agreement.objects.filter(procedure__in=my_procedures(request).values("pk"))
    held = Count("cases", filter=Q(cases__custody="held", cases__outcome=""))
    return found.select_related("procedure", "organisation", "logo").annotate(held=held)


def _agreement(request: HttpRequest, pk: int) -> Agreement:
    found = _mine(request).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def _where(agreement: Agreement) -> list[str]:
    return sorted(scope.commune.name for scope in agreement.scopes.all() if scope.commune is not None)


@require_safe
def agreements(request: HttpRequest) -> HttpResponse:
    """Who runs what, now and before."""
    day = today(timezone.now())
    found = _mine(request).prefetch_related("scopes__commune").order_by("-starts", "-pk")[:200]
    rows = [
        {
            "agreement": one,
            "sentence": sentence(one, _where(one)),
            "dates": _("du %(starts)s au %(ends)s") % {"starts": french_date(one.starts), "ends": french_date(one.ends)}
            if one.ends
            else _("depuis le %(starts)s") % {"starts": french_date(one.starts)},
            "past": one.ends is not None and one.ends < day,
        }
        for one in found
    ]
    return render(request, "cases/desk/agreements.html", {"rows": rows})


def _give(form: forms.Form, refused: Refused) -> None:
    for name, text in (refused.errors or {"": refused.message}).items():
        form.add_error(name if name in form.fields else None, text)


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Entrust a procedure, or its counter."""
    now = timezone.now()
    form = AgreementForm(request.POST or None, procedures=my_procedures(request), today=today(now))
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        try:
            made = entrust(
                told["procedure"],
                told["organisation"],
                what=told["what"],
                sight=told["sight"],
                communes=told["communes"],
                starts=told["starts"],
                ends=told["ends"],
                head={name: told[name] for name in HEAD},
                actor=actor_of(request),
                now=now,
                once=key_of(request),
            )
        except Refused as refused:
            _give(form, refused)
        else:
            text = _("C’est confié : %(who)s. Donnez maintenant un poste à ses agents.")
            messages.success(request, text % {"who": made.organisation})
            return redirect("cases_agreements")
    context = {"form": form, "places": _places(form)}
    return render(request, "cases/desk/agreement_new.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, pk: int) -> HttpResponseBase:
    """What the community will see, and the letterhead."""
    known = _agreement(request, pk)
    initial = {name: getattr(known, name) for name in ("sight", *HEAD)}
    form = ChangeForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        try:
            change_agreement(
                known,
                sight=told["sight"],
                head={name: told[name] for name in HEAD},
                actor=actor_of(request),
                now=timezone.now(),
            )
        except ChangedMeanwhile:  # this very moment: compared again, the form now says so
            return change(request, pk)
        messages.success(request, _("La convention est enregistrée."))
        return redirect("cases_agreements")
    return _show_change(request, known, form, form.status)


def _show_change(
    request: HttpRequest, known: Agreement, form: ChangeForm, status: int, refused: str = ""
) -> HttpResponse:
    context = {
        "form": form,
        "agreement": known,
        "sentence": sentence(known, _where(known)),
        "refused": refused,
        "links": [{"target": "f-logo", "message": refused}] if refused else [],
    }
    return render(request, "cases/desk/agreement.html", context, status=status)


@require_POST
def logo(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Put a logo at the head of the letters, or take it away; what is typed in the other form is not sent here."""
    known = _agreement(request, pk)
    upload = None if request.POST.get("do") == "remove" else request.FILES.get("logo")
    error = ""
    if upload is None and request.POST.get("do") != "remove":
        error = _("Choisissez une image. Exemple : logo.png")
    else:
        try:
            set_logo(known, upload, actor=actor_of(request), now=timezone.now())
        except Refused as refused:
            error = refused.message
    if error:
        initial = {name: getattr(known, name) for name in ("sight", *HEAD)}
        return _show_change(request, known, ChangeForm(initial=initial), 422, error)
    messages.success(request, _("L’en-tête est enregistré : il vaut pour les lettres à venir."))
    return redirect("cases_agreement", pk)


@require_http_methods(["GET", "HEAD", "POST"])
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """End an agreement."""
    known, now = _agreement(request, pk), timezone.now()
    form = EndForm(request.POST or None, initial={"last": today(now)})
    if request.method == "POST" and form.is_valid():
        try:
            end_agreement(known, last=form.cleaned_data["last"], actor=actor_of(request), now=now)
        except Refused as refused:
            _give(form, refused)
        else:
            messages.success(request, _("La fin de la convention est notée."))
            return redirect("cases_agreements")
    context = {"form": form, "agreement": known, "sentence": sentence(known, _where(known))}
    return render(request, "cases/desk/agreement_end.html", context, status=422 if form.errors else 200)
