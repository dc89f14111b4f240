# mypy: disallow-subclassing-any=false
# Wagtail has no types.
"""What an editorial page is made of. Few blocks: a page that needs more is probably a procedure or a place."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.images.blocks import ImageChooserBlock

from bocage.territory import queries as territory

RICH_TEXT = ["bold", "italic", "ul", "ol", "link", "document-link"]
"""What an editor may do in a text: no headings (they are blocks), colours, sizes, embeds or pictures."""


class HeadingBlock(blocks.StructBlock):
    """A heading of the page; the page's title is level 1."""

    text = blocks.CharBlock(label=_("Texte"), max_length=120)
    level = blocks.ChoiceBlock(label=_("Niveau"), choices=[("h2", _("Titre")), ("h3", _("Sous-titre"))], default="h2")

    class Meta:
        label = _("Titre")
        icon = "title"
        template = "publishing/blocks/heading.html"


class KeyInfoBlock(blocks.StructBlock):
    """What must not be missed: a price, a date, a condition."""

    title = blocks.CharBlock(label=_("Titre"), max_length=120, required=False)
    text = blocks.RichTextBlock(label=_("Texte"), features=RICH_TEXT)

    class Meta:
        label = _("À retenir")
        icon = "info-circle"
        template = "publishing/blocks/key_info.html"


class StepBlock(blocks.StructBlock):
    """One step of what to do."""

    title = blocks.CharBlock(label=_("Étape"), max_length=120)
    text = blocks.RichTextBlock(label=_("Explication"), features=RICH_TEXT, required=False)


class PictureBlock(blocks.StructBlock):
    """A picture, which says what it shows, or says that it is only there to please."""

    image = ImageChooserBlock(label=_("Image"))
    alt = blocks.CharBlock(
        label=_("Ce que montre l’image"),
        max_length=250,
        required=False,
        help_text=_("Lu à haute voix à qui ne voit pas l’image. Laissez vide si elle n’apprend rien de plus."),
    )
    caption = blocks.CharBlock(label=_("Légende"), max_length=250, required=False)

    class Meta:
        label = _("Image")
        icon = "image"
        template = "publishing/blocks/picture.html"


class ProcedureBlock(blocks.StructBlock):
    """The way to a procedure."""

    label = blocks.CharBlock(label=_("Texte du bouton"), max_length=80)
    slug = blocks.RegexBlock(
        regex=r"^[a-z0-9][a-z0-9-]*$",
        label=_("Nom de la démarche dans son adresse"),
        help_text=_("Par exemple « composteur » pour /demarches/composteur/."),
        error_messages={"invalid": _("Écrivez seulement la fin de l’adresse : lettres, chiffres et tirets.")},
    )

    class Meta:
        label = _("Démarche")
        icon = "form"
        template = "publishing/blocks/procedure.html"


class ContactBlock(blocks.StructBlock):
    """Whom to ask: a place of the territory with its live hours, or a name and a telephone number."""

    place = blocks.RegexBlock(
        regex=r"^[a-z0-9-]*$",
        label=_("Nom du lieu dans son adresse"),
        required=False,
        help_text=_("Par exemple « antenne-bavay » : ses horaires du jour s’affichent tout seuls."),
        error_messages={"invalid": _("Écrivez seulement la fin de l’adresse : lettres, chiffres et tirets.")},
    )
    name = blocks.CharBlock(label=_("Nom"), max_length=120, required=False)
    phone = blocks.CharBlock(label=_("Téléphone"), max_length=20, required=False)
    email = blocks.EmailBlock(label=_("Courriel"), required=False)

    class Meta:
        label = _("Contact")
        icon = "mail"
        template = "publishing/blocks/contact.html"

    def clean(self, value: Any) -> Any:
        """A place that exists, or a name."""
        value = super().clean(value)
        if value["place"] and territory.place_by_slug(value["place"]) is None:
            raise blocks.StructBlockValidationError({"place": ValidationError(_("Aucun lieu ne porte ce nom."))})
        if not value["place"] and not value["name"]:
            raise blocks.StructBlockValidationError(
                {"name": ValidationError(_("Indiquez un lieu, ou le nom de qui répond."))}
            )
        return value

    def get_context(self, value: Any, parent_context: Any = None) -> dict[str, Any]:
        """The place and whether it is open."""
        context: dict[str, Any] = super().get_context(value, parent_context=parent_context)
        place = territory.place_by_slug(value["place"]) if value.get("place") else None
        if place is not None:
            context |= {"place": place, "status": territory.hours_of(place).status(timezone.now())}
        return context


class BodyBlock(blocks.StreamBlock):
    """The body of a page."""

    paragraph = blocks.RichTextBlock(
        label=_("Paragraphe"), features=RICH_TEXT, icon="pilcrow", template="publishing/blocks/paragraph.html"
    )
    heading = HeadingBlock()
    key_info = KeyInfoBlock()
    steps = blocks.ListBlock(
        StepBlock(), label=_("Étapes"), icon="list-ol", template="publishing/blocks/steps.html", min_num=2
    )
    picture = PictureBlock()
    procedure = ProcedureBlock()
    contact = ContactBlock()

    class Meta:
        required = False
