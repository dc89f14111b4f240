"""Tables of the territory: communes, organisations, places, calendars, and which services are switched on.

A territory is data (``data/territories/<slug>/``): nothing here names one.
"""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from bocage.base.once import MadeOnce, once_constraint


class Territory(models.Model):
    """The one territory of this installation: its names, contacts, time zone, and the texts that name it."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=120)
    siren = models.CharField(max_length=9)
    phone = models.CharField(max_length=20)
    email = models.EmailField(blank=True)
    address = models.TextField()
    time_zone = models.CharField(max_length=40, default="Europe/Paris")
    school_zone = models.CharField(max_length=1, default="B")
    settings = models.JSONField(default=dict)  # texts of the footer, accessibility statement's state, DPO…

    class Meta:
        verbose_name = _("territoire")

    def __str__(self) -> str:
        return self.name


class ServiceSwitch(models.Model):
    """A service of the house switched on for the territory; the list of what exists is code."""

    service = models.SlugField(unique=True)
    enabled = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.service


class Commune(models.Model):
    """A commune, by its INSEE code."""

    insee = models.CharField(max_length=5, unique=True)
    name = models.CharField(max_length=80)
    slug = models.SlugField(unique=True)
    siren = models.CharField(max_length=9, blank=True)
    population = models.PositiveIntegerField()
    lat = models.FloatField()
    lon = models.FloatField()
    contour = models.JSONField()  # a GeoJSON geometry, WGS 84
    search = models.CharField(max_length=200, editable=False)  # folded names, aliases' too

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class CommuneAlias(models.Model):
    """A delegated commune, or another name people still use."""

    commune = models.ForeignKey(Commune, models.CASCADE, related_name="aliases")
    insee = models.CharField(max_length=5)  # a delegated commune may keep its capital's code: not unique
    name = models.CharField(max_length=80)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["commune", "name"], name="alias_once")]

    def __str__(self) -> str:
        return self.name


class Postcode(models.Model):
    """A postcode of a commune; one postcode serves several communes and the reverse."""

    commune = models.ForeignKey(Commune, models.CASCADE, related_name="postcodes")
    code = models.CharField(max_length=5, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["commune", "code"], name="postcode_once")]

    def __str__(self) -> str:
        return self.code


class Organisation(MadeOnce):
    """A body: the EPCI, a commune, an association, a business.

    SIREN, SIRET and RNA are checked on entry (``bocage.base.identifiers``).
    """

    class Kind(models.TextChoices):
        EPCI = "epci", _("intercommunalité")
        COMMUNE = "commune", _("commune")
        SYNDICATE = "syndicate", _("syndicat")
        ASSOCIATION = "association", _("association")
        BUSINESS = "business", _("entreprise")
        OTHER = "other", _("autre")

    name = models.CharField(max_length=160)
    kind = models.CharField(max_length=12, choices=Kind)
    siren = models.CharField(max_length=9, blank=True, db_index=True)  # one SIREN may have several establishments
    siret = models.CharField(max_length=14, null=True, blank=True, unique=True)
    rna = models.CharField(max_length=10, null=True, blank=True, unique=True)
    commune = models.ForeignKey(Commune, models.PROTECT, null=True, blank=True, related_name="organisations")

    class Meta:
        constraints = [once_constraint("organisation")]
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Place(MadeOnce):
    """Somewhere people go: a town hall, a counter, a waste-site. ``source_id`` makes imports repeatable."""

    class Kind(models.TextChoices):
        TOWN_HALL = "town_hall", _("mairie")
        COUNTER = "counter", _("accueil de la communauté de communes")
        FRANCE_SERVICES = "france_services", _("espace France services")
        WASTE_SITE = "waste_site", _("déchèterie")
        LIBRARY = "library", _("bibliothèque")
        OTHER = "other", _("autre lieu")

    source_id = models.CharField(max_length=80, unique=True)
    kind = models.CharField(max_length=20, choices=Kind)
    name = models.CharField(max_length=160)
    slug = models.SlugField(max_length=170, unique=True)
    commune = models.ForeignKey(Commune, models.PROTECT, related_name="places")
    address = models.TextField(blank=True)
    lat = models.FloatField(null=True, blank=True)
    lon = models.FloatField(null=True, blank=True)
    phone = models.CharField(max_length=20, blank=True)
    email = models.EmailField(blank=True)
    website = models.URLField(blank=True)
    opening_hours = models.CharField(max_length=400, blank=True)  # OSM opening_hours; empty: not known
    accessibility = models.CharField(max_length=10, blank=True)  # ACC, DEM, NAC as DILA's directory has it
    accessibility_details = models.TextField(blank=True)
    notice = models.CharField(max_length=200, blank=True)  # a line under the name: "entrée par la cour"
    demonstration = models.BooleanField(default=False)  # invented for the demonstration: every page says so
    run_by = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="places")
    # What the last import wrote, by field: a field that an agent changed since is left alone by the next one.
    imported = models.JSONField(default=dict, editable=False)

    class Meta:
        ordering = ["name"]
        indexes = [models.Index(fields=["kind", "commune"], name="place_kind_commune")]
        constraints = [
            once_constraint("place"),
            models.CheckConstraint(
                # A CHECK that comes to NULL passes: NOT NULL is said as well.
                condition=Q(lat=None, lon=None)
                | Q(lat__isnull=False, lon__isnull=False, lat__range=(-90, 90), lon__range=(-180, 180)),
                name="place_point",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Closure(models.Model):
    """Days on which a place is closed against its hours: a holiday, a bridge day, works."""

    place = models.ForeignKey(Place, models.CASCADE, related_name="closures")
    starts = models.DateField()
    ends = models.DateField()
    reason = models.CharField(max_length=120)

    class Meta:
        ordering = ["starts", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(ends__gte=F("starts")), name="closure_dates"),
            models.UniqueConstraint(fields=["place", "starts", "ends"], name="closure_once"),
        ]

    def __str__(self) -> str:
        return self.reason


class CalendarPeriod(models.Model):
    """A public holiday (one day) or a period of school holidays of the territory's zone."""

    class Kind(models.TextChoices):
        PUBLIC = "public", _("jour férié")
        SCHOOL = "school", _("vacances scolaires")

    kind = models.CharField(max_length=8, choices=Kind)
    name = models.CharField(max_length=80)
    starts = models.DateField()
    ends = models.DateField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends__gte=F("starts")), name="calendar_dates"),
            models.UniqueConstraint(fields=["kind", "name", "starts"], name="calendar_once"),
        ]

    def __str__(self) -> str:
        return self.name
