"""Components as templates make them."""

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.core.paginator import Paginator
from django.template import Context, Template
from django.test import RequestFactory

from bocage.ui import __file__ as ui
from bocage.ui import catalogue
from bocage.ui.templatetags import ui as tags


def render(source: str, **context: Any) -> str:
    return Template(source).render(Context(context))


class Elements(HTMLParser):
    """Every element of some HTML, with its attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.all: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.all.append((tag, dict(attrs)))

    def controls(self) -> list[dict[str, str | None]]:
        return [given for tag, given in self.all if tag in {"input", "select", "textarea"}]

    def ids(self) -> set[str]:
        return {given["id"] or "" for _tag, given in self.all if "id" in given}


class Form(forms.Form):
    name = forms.CharField(label="Nom", help_text="Comme sur votre carte", max_length=40)
    email = forms.EmailField(label="Courriel", required=False)
    model = forms.ChoiceField(label="Modèle", choices=[("a", "Un"), ("b", "Deux")], widget=forms.RadioSelect)
    ways = forms.MultipleChoiceField(label="Moyens", choices=[("m", "Courriel"), ("s", "SMS")], required=False,
                                     widget=forms.CheckboxSelectMultiple)  # fmt: skip
    commune = forms.ChoiceField(label="Commune", choices=[("", "—"), ("59481", "Le Quesnoy")])
    text = forms.CharField(label="Message", widget=forms.Textarea, required=False)
    agree = forms.BooleanField(label="J’ai compris")
    secret = forms.CharField(widget=forms.HiddenInput, initial="x")
    password = forms.CharField(label="Mot de passe", widget=forms.PasswordInput)


POSTED = {
    "name": "<b>",
    "email": "non",
    "model": "b",
    "ways": ["s"],
    "commune": "59481",
    "text": "a\nb",
    "password": "p",
}


def test_a_form_shows_what_was_typed_and_what_is_wrong() -> None:
    form = Form(POSTED)
    assert not form.is_valid()
    html = render("{% error_summary form %}{% form_fields form %}", form=form)
    found = Elements(html)
    values = {(c.get("name"), c.get("value")): c for c in found.controls()}
    assert values["name", "<b>"]["id"] == "id_name"
    assert "checked" in values["model", "b"]
    assert "checked" not in values["model", "a"]
    assert "checked" in values["ways", "s"]
    assert values["email", "non"]["aria-invalid"] == "true"
    assert "id_email-erreur" in (values["email", "non"]["aria-describedby"] or "")
    assert ("password", "") in values  # never sent back
    assert "facultatif" in html
    assert re.search(r'<option value="59481" selected>Le Quesnoy', html)
    assert "<b>" not in html.replace("&lt;b&gt;", "")


def test_links_of_the_summary_lead_to_controls() -> None:
    form = Form({})
    html = render("{% error_summary form %}{% form_fields form %}", form=form)
    found = Elements(html)
    targets = {(given.get("href") or "")[1:] for tag, given in found.all if tag == "a"}
    controls = {control["id"] for control in found.controls() if "id" in control}
    assert {"id_name", "id_model", "id_commune", "id_agree", "id_password"} == targets  # not the hidden field
    assert targets <= controls


def test_no_summary_without_errors() -> None:
    assert render("{% error_summary errors %}", errors=[]).strip() == ""


@pytest.mark.parametrize(
    "kind",
    ["text", "textarea", "number", "amount", "date", "email", "tel", "phone", "select", "file", "password", "search"],
)
def test_each_simple_kind_has_a_label_a_hint_and_an_error(kind: str) -> None:
    html = render(
        '{% ui_field id="f" name="n" kind=kind label="Question" hint="Exemple" error="À revoir" options=options %}',
        kind=kind,
        options=[{"value": "a", "label": "A"}],
    )
    found = Elements(html)
    (control,) = found.controls()
    assert '<label for="f">' in html
    described = (control["aria-describedby"] or "").split()
    assert {"f-aide", "f-erreur"} <= set(described) <= found.ids()
    assert control["aria-invalid"] == "true"
    assert control["name"] == "n"


@pytest.mark.parametrize(
    "kind", ["radio", "choice", "checkboxes", "choices", "yesno", "address", "date_parts", "organisation"]
)
def test_each_group_is_a_fieldset_that_its_legend_names(kind: str) -> None:
    html = render(
        '{% ui_field id="f" name="n" kind=kind label="Question" hint="Exemple" error="À revoir" options=options %}',
        kind=kind,
        options=[{"value": "a", "label": "A"}, {"value": "b", "label": "B", "hint": "plus"}],
    )
    found = Elements(html)
    tag, given = found.all[0]
    assert tag == "fieldset"
    assert set((given["aria-describedby"] or "").split()) <= found.ids()
    assert "<legend>" in html
    assert found.controls()[0]["id"] == "f"  # where error links lead
    ids = [given["id"] for _tag, given in found.all if "id" in given]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(
    ("value", "yes", "no"),
    [(True, 1, 0), ("oui", 1, 0), (False, 0, 1), ("non", 0, 1), (None, 0, 0), ("", 0, 0)],
)
def test_yes_or_no(value: Any, yes: int, no: int) -> None:
    html = render('{% ui_field id="f" name="n" kind="yesno" label="?" value=value %}', value=value)
    oui, non = Elements(html).controls()
    assert ("checked" in oui, "checked" in non) == (bool(yes), bool(no))


def test_parameters_may_come_as_a_mapping() -> None:
    html = render(
        "{% ui_field from_=given value='2' %}",
        given={"id": "f", "name": "n", "kind": "text", "label": "L", "value": "1"},
    )
    assert 'value="2"' in html


def test_an_address_keeps_its_parts() -> None:
    value = {"line": "12 rue", "commune": "59053", "postcode": "59000", "locality": "Lille"}
    html = render(
        '{% ui_field id="f" name="home" kind="address" label="Adresse" value=value communes=communes %}',
        value=value,
        communes=catalogue.CONTEXT["communes"],
    )
    names = {control["name"]: control.get("value") for control in Elements(html).controls()}
    assert names["home.line"] == "12 rue"
    assert names["home.postcode"] == "59000"
    assert names["home.locality"] == "Lille"
    assert '<option value="59053" selected>' in html


def test_what_people_type_is_escaped_everywhere() -> None:
    bad = '"><script>alert(1)</script>'
    html = render(
        '{% alert "info" title=bad %}{{ bad }}{% endalert %}{% card title=bad url=bad meta=bad %}{% endcard %}'
        '{% ui_field id="f" name="n" kind="text" label=bad value=bad error=bad hint=bad %}'
        "{% disclosure bad %}{% enddisclosure %}"
        '{% icon "pin" label=bad %}{% empty_state title=bad %}{% endempty_state %}',
        bad=bad,
    )
    assert "<script>" not in html


def test_icons_exist_in_the_sprite() -> None:
    sprite = (Path(ui).parent / "static" / "ui" / "icons.svg").read_text()
    drawn = set(re.findall(r'<symbol id="([a-z_]+)"', sprite))
    assert drawn == set(catalogue.ICONS)
    used = set()
    for template in Path(ui).parents[1].rglob("templates/**/*.html"):
        used |= set(re.findall(r'{% icon "([a-z_]+)"', template.read_text()))
    assert used <= drawn, used - drawn


def test_an_icon_is_silent_unless_it_is_alone() -> None:
    assert 'aria-hidden="true"' in tags.icon("pin")
    assert 'aria-label="Lieu"' in tags.icon("pin", label="Lieu")


def test_pages_keep_the_rest_of_the_address() -> None:
    request = RequestFactory().get("/x/?q=haie&page=2")
    page = Paginator(range(30), 10).get_page(2)
    html = render("{% pager page %}", page=page, request=request)
    assert "?q=haie&amp;page=1" in html
    assert "?q=haie&amp;page=3" in html
    assert render("{% pager page %}", page=Paginator([1], 10).get_page(1), request=request).strip() == ""


def test_breadcrumbs_end_where_one_is() -> None:
    html = render('{% breadcrumbs "Démarches" "/demarches/" "Composteur" %}')
    assert re.search(r'<a href="/demarches/">Démarches</a>', html)
    assert re.search(r'<li aria-current="page">Composteur</li>', html)


@pytest.mark.parametrize(("number", "link"), [("03 53 01 00 00", "0353010000"), ("+33 3 53", "+33353")])
def test_telephone_links(number: str, link: str) -> None:
    assert tags.phone_link(number) == link


def test_a_sample_for_each_component_of_the_catalogue() -> None:
    folder = Path(ui).parent / "templates" / "ui" / "charte" / "samples"
    listed = {sample.slug for family in catalogue.FAMILIES for sample in family.samples}
    assert listed == {path.stem for path in folder.glob("*.html")}


@pytest.mark.django_db
def test_the_catalogue_shows_every_sample_with_its_code(client: Any) -> None:
    response = client.get("/charte/")
    assert response.status_code == 200
    html = response.content.decode()
    for family in catalogue.FAMILIES:
        for sample in family.samples:
            assert str(sample.name) in html
    assert "{% error_summary errors %}" in html
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert len(ids) == len(set(ids)), [one for one in ids if ids.count(one) > 1]


def test_a_list_has_its_search_and_names_its_columns():
    html = render(
        '{% list_search id="who" about="Chercher" label="Nom" text=text situation=former %}'
        '{% list_table caption "Agent" column %}<tr><th scope="row">{braces} {{ text }}</th></tr>{% endlist_table %}',
        caption="Agents <b>",
        text='Léa "la" <b>',
        former="former",
        column="Où & quand",
    )
    hidden, typed = Elements(html).controls()
    assert (hidden["name"], hidden["value"]) == ("situation", "former")
    assert (typed["name"], typed["value"]) == ("q", 'Léa "la" <b>')
    assert 'for="who"' in html
    assert ">Agents &lt;b&gt;</caption>" in html
    assert '<th scope="col">Où &amp; quand</th></tr></thead><tbody><tr><th scope="row">{braces} Léa' in html
    assert "<b>" not in html
