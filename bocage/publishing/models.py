# mypy: disallow-subclassing-any=false, warn-return-any=false
# Wagtail has no types.
"""Editorial pages and news, held by Wagtail; and alerts, shown atop the portal.

Pages are written by Wagtail itself (drafts, revisions, publication); alerts through ``operations``.
"""

from datetime import date
from typing import Any

from django.core.paginator import Paginator
from django.db import models
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalManyToManyField
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.fields import StreamField
from wagtail.models import Page

from bocage.publishing.blocks import BodyBlock
from bocage.territory import queries as territory
from bocage.territory.chosen import chosen_commune
from bocage.territory.models import Commune

NEWS_PER_PAGE = 10


class LoadedPage(Page):
    """A page that may come from the territory's files; ``loaded`` is the digest of what was last loaded."""

    loaded = models.CharField(max_length=64, blank=True, editable=False)

    class Meta:
        abstract = True


class HomePage(Page):
    """The root of the tree. The portal's own view answers at « / »; this page only holds the others."""

    parent_page_types = ["wagtailcore.Page"]
    subpage_types = ["publishing.EditorialPage", "publishing.NewsIndexPage"]
    max_count = 1

    class Meta:
        verbose_name = _("racine des pages")

    def serve(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The portal's home, wherever this page is asked for."""
        return redirect("/")


class EditorialPage(LoadedPage):
    """A page of text: explanations, legal pages."""

    intro = models.TextField(_("introduction"), blank=True, max_length=400)
    body = StreamField(BodyBlock(), verbose_name=_("contenu"), blank=True)

    content_panels = [*Page.content_panels, FieldPanel("intro"), FieldPanel("body")]
    parent_page_types = ["publishing.HomePage", "publishing.EditorialPage"]
    subpage_types = ["publishing.EditorialPage"]
    template = "publishing/editorial_page.html"

    class Meta:
        verbose_name = _("page")
        verbose_name_plural = _("pages")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """The pages just below, listed at the end."""
        context: dict[str, Any] = super().get_context(request, *args, **kwargs)
        context["below"] = self.get_children().live().public().in_menu().specific() if self.numchild else []
        return context


class NewsIndexPage(LoadedPage):
    """The list of news."""

    intro = models.TextField(_("introduction"), blank=True, max_length=400)

    content_panels = [*Page.content_panels, FieldPanel("intro")]
    parent_page_types = ["publishing.HomePage"]
    subpage_types = ["publishing.NewsPage"]
    max_count = 1
    template = "publishing/news_index_page.html"

    class Meta:
        verbose_name = _("liste des actualités")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """A page of current news, that of the visitor's commune only when asked for."""
        from bocage.publishing import queries

        context: dict[str, Any] = super().get_context(request, *args, **kwargs)
        commune = chosen_commune(request)
        nearby = commune if commune and request.GET.get("commune") == "la-mienne" else None
        news = queries.current_news(territory.today(timezone.now()), commune=nearby)
        context |= {
            "commune": commune,
            "nearby": nearby,
            "news": Paginator(news, NEWS_PER_PAGE).get_page(request.GET.get("page")),
        }
        return context


class NewsPage(LoadedPage):
    """A piece of news. ``until`` is the last day on which it is worth reading; ``communes`` empty: everywhere."""

    date = models.DateField(_("date"), default=date.today)
    until = models.DateField(
        _("à lire jusqu’au"), null=True, blank=True, help_text=_("Passé ce jour, l’actualité quitte la liste.")
    )
    intro = models.TextField(_("introduction"), max_length=400)
    picture = models.ForeignKey(
        "wagtailimages.Image",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("image"),
    )
    picture_alt = models.CharField(
        _("ce que montre l’image"),
        max_length=250,
        blank=True,
        help_text=_("Lu à haute voix à qui ne voit pas l’image. Laissez vide si elle n’apprend rien de plus."),
    )
    communes = ParentalManyToManyField(
        Commune, blank=True, related_name="+", verbose_name=_("communes"), help_text=_("Aucune : toutes.")
    )
    body = StreamField(BodyBlock(), verbose_name=_("contenu"), blank=True)

    content_panels = [
        *Page.content_panels,
        MultiFieldPanel([FieldPanel("date"), FieldPanel("until"), FieldPanel("communes")], heading=_("Quand et où")),
        FieldPanel("intro"),
        MultiFieldPanel([FieldPanel("picture"), FieldPanel("picture_alt")], heading=_("Image")),
        FieldPanel("body"),
    ]
    parent_page_types = ["publishing.NewsIndexPage"]
    subpage_types: list[str] = []
    template = "publishing/news_page.html"

    class Meta:
        verbose_name = _("actualité")
        verbose_name_plural = _("actualités")

    def is_over(self) -> bool:
        """Past its last day: still there for who kept its address, and says so."""
        return self.until is not None and self.until < territory.today(timezone.now())

    def commune_list(self) -> QuerySet[Commune] | list[Commune]:
        """The communes that it is about, without their contours."""
        prefetched = getattr(self, "_prefetched_objects_cache", {})
        return prefetched["communes"] if "communes" in prefetched else self.communes.defer("contour").order_by("slug")


class Alert(models.Model):
    """A short warning atop every page of the portal, while it lasts. Without communes it is for everyone."""

    class Level(models.TextChoices):
        INFO = "info", _("information")
        WARNING = "warning", _("attention")
        DANGER = "danger", _("danger")

    level = models.CharField(_("niveau"), max_length=8, choices=Level, default=Level.INFO)
    text = models.CharField(_("message"), max_length=240, help_text=_("Une phrase : quoi, où, jusqu’à quand."))
    url = models.CharField(
        _("en savoir plus"),
        max_length=200,
        blank=True,
        help_text=_("Adresse d’une page de ce site, par exemple /actualites/…"),
    )
    starts = models.DateTimeField(_("à partir du"), default=timezone.now)
    ends = models.DateTimeField(_("jusqu’au"))
    communes = models.ManyToManyField(
        Commune, blank=True, related_name="+", verbose_name=_("communes"), help_text=_("Aucune : toutes.")
    )

    class Meta:
        verbose_name = _("alerte")
        verbose_name_plural = _("alertes")
        ordering = ["-starts"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends__gt=F("starts")),
                name="alert_dates",
                violation_error_message=_("La fin doit venir après le début."),
            ),
            models.CheckConstraint(
                condition=Q(url="") | Q(url__startswith="/"),
                name="alert_url_is_ours",
                violation_error_message=_("L’adresse doit être celle d’une page de ce site et commencer par « / »."),
            ),
        ]

    def __str__(self) -> str:
        return self.text
