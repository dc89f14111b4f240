"""Tables of identity: people apart from accounts, households, memberships, mandates, and agents' posts.

A person may have no account, no e-mail and no telephone; two people may share either (couples, carers).
"""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce, Lower
from django.db.models.lookups import LessThanOrEqual
from django.utils.translation import gettext_lazy as _

from bocage.base.once import MadeOnce, once_constraint
from bocage.identity.models_mandates import LONGEST, DaysBetween, MandateAsk, MandateUse

ERASED = "Personne effacée"
"""What stands for the name of someone who has been erased: a birth name is required."""


class IdentityLevel(models.TextChoices):
    """How sure the house is of who a person is."""

    DECLARED = "declared", _("déclarée")
    VERIFIED = "verified", _("vérifiée par un agent")
    EIDAS1 = "eidas1", _("FranceConnect")


class ToldBy(models.TextChoices):
    """How someone wants to be told: the words of messaging's channels, which lies above."""

    BEST = "", _("au mieux : un courriel, sinon un SMS, sinon un courrier")
    EMAIL = "email", _("par courriel")
    SMS = "sms", _("par SMS")
    LETTER = "letter", _("par courrier postal")


class Person(MadeOnce):
    """Someone the territory serves. Names follow French civil status: birth name, usual name, given names."""

    birth_name = models.CharField(max_length=120)
    usual_name = models.CharField(max_length=120, blank=True)
    given_names = models.CharField(max_length=160)
    birth_date = models.DateField(null=True, blank=True)
    birth_place = models.CharField(max_length=5, blank=True)  # INSEE code of the commune; empty abroad, or not told
    birth_country = models.CharField(max_length=5, blank=True)  # INSEE code of the country; 99100: France
    gender = models.CharField(max_length=6, blank=True, choices=[("female", _("féminin")), ("male", _("masculin"))])
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=20, blank=True)  # E.164
    address = models.CharField(max_length=240, blank=True)
    postcode = models.CharField(max_length=5, blank=True)
    commune = models.ForeignKey("territory.Commune", models.PROTECT, null=True, blank=True, related_name="+")
    locality = models.CharField(max_length=120, blank=True)  # a town outside the territory
    told_by = models.CharField(max_length=6, blank=True, choices=ToldBy, default="", db_default="")
    identity_level = models.CharField(max_length=12, choices=IdentityLevel, default=IdentityLevel.DECLARED)
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="merged")
    created_at = models.DateTimeField()

    look_alikes: "list[Person]"  # set by ``find_people`` on what it gives

    class Meta:
        constraints = [
            once_constraint("person"),
            models.CheckConstraint(condition=~Q(merged_into=F("id")), name="person_not_merged_into_itself"),
            models.CheckConstraint(condition=~Q(birth_name=""), name="person_has_a_name"),
            models.CheckConstraint(condition=Q(phone="") | Q(phone__startswith="+"), name="person_phone_is_e164"),
            models.CheckConstraint(condition=Q(gender__in=["", "female", "male"]), name="person_gender_known"),
            models.CheckConstraint(condition=Q(told_by__in=ToldBy.values), name="person_told_by_known"),
        ]
        indexes = [
            models.Index(fields=["birth_date", "birth_name"], name="person_birth"),
            models.Index(fields=["phone"], name="person_phone"),
            models.Index(fields=["email"], name="person_email"),
        ]

    def __str__(self) -> str:
        return self.full_name

    @property
    def name(self) -> str:
        """The family name one uses."""
        return self.usual_name or self.birth_name

    @property
    def full_name(self) -> str:
        """First given name and usual name, as one greets people."""
        return f"{self.given_names.split(',')[0].split(' ')[0]} {self.name}".strip()


class PersonWord(models.Model):
    """A folded word of a person's names: agents' one search reads them by prefix, in any order, on both databases.

    Words hold a-z and 0-9 only, so that a plain index answers prefixes whatever the database's collation.
    """

    person = models.ForeignKey(Person, models.CASCADE, related_name="words")
    word = models.CharField(max_length=40)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "word"], name="person_word_once")]
        indexes = [models.Index(fields=["word", "person"], name="person_word")]

    def __str__(self) -> str:
        return self.word


class Account(AbstractUser):
    """A login: at most one for a person. Agents are accounts that hold posts."""

    person = models.OneToOneField(Person, models.PROTECT, null=True, blank=True, related_name="account")
    demo_label = models.CharField(max_length=80, blank=True)  # « Essayer en tant que », demonstration only
    demo_order = models.PositiveSmallIntegerField(default=0)

    working_for: int | None = None  # the body that the desk's door was told for this request; never kept

    class Meta(AbstractUser.Meta):
        constraints = [
            # People sign in with it: two sign-ups at once make one account. Without e-mail, any number.
            models.UniqueConstraint(Lower("email"), condition=~Q(email=""), name="account_email_once"),
        ]

    def __str__(self) -> str:
        return self.get_full_name() or self.username


class ExternalIdentity(models.Model):
    """Who someone is at an identity provider, and the account that it opens here. One of a provider's for an account.

    The subject is the only thing that names someone for good at a provider: names change, e-mails are shared.
    """

    issuer = models.CharField(max_length=200)
    subject = models.CharField(max_length=255)
    account = models.ForeignKey(Account, models.CASCADE, related_name="external_identities")
    linked_at = models.DateTimeField()
    used_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["issuer", "subject"], name="external_identity_once"),
            models.UniqueConstraint(fields=["issuer", "account"], name="external_identity_one_of_an_issuer"),
        ]

    def __str__(self) -> str:
        return f"{self.issuer} {self.pk}"


class Household(models.Model):
    """People who live together; a child of separated parents belongs to two."""

    name = models.CharField(max_length=120)
    commune = models.ForeignKey("territory.Commune", models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """Someone's part in a household, from a date to another."""

    class Role(models.TextChoices):
        GUARDIAN = "guardian", _("responsable")
        CHILD = "child", _("enfant")
        OTHER = "other", _("autre membre")

    household = models.ForeignKey(Household, models.CASCADE, related_name="memberships")
    person = models.ForeignKey(Person, models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role)
    legal_authority = models.BooleanField(default=False)
    billing_share = models.PositiveSmallIntegerField(default=100)  # percent
    starts = models.DateField()
    ends = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(billing_share__lte=100), name="membership_share_is_percent"),
            models.CheckConstraint(condition=Q(ends=None) | Q(ends__gte=F("starts")), name="membership_dates"),
            models.UniqueConstraint(
                fields=["household", "person"], condition=Q(ends=None), name="membership_once_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} ({self.get_role_display()})"


class OrganisationMembership(models.Model):
    """Someone who may act for an organisation."""

    organisation = models.ForeignKey("territory.Organisation", models.PROTECT, related_name="memberships")
    person = models.ForeignKey(Person, models.PROTECT, related_name="organisations")
    role = models.CharField(max_length=80)
    is_helper = models.BooleanField(default=False)  # may ask residents for mandates in its name, and use them
    starts = models.DateField()
    ends = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends=None) | Q(ends__gte=F("starts")), name="organisation_member_dates"),
            models.UniqueConstraint(
                fields=["organisation", "person"], condition=Q(ends=None), name="organisation_member_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}, {self.role}"


class Mandate(models.Model):
    """The right of a helper (person or organisation) to act for someone, within scopes and dates."""

    class Consent(models.TextChoices):
        PAPER = "paper", _("signé sur papier")
        SMS = "sms", _("confirmé par SMS")
        ONLINE = "online", _("donné en ligne")
        PHONE = "phone", _("donné par téléphone")

    principal = models.ForeignKey(Person, models.PROTECT, related_name="mandates_given")
    holder_person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="mandates_held")
    holder_organisation = models.ForeignKey(
        "territory.Organisation", models.PROTECT, null=True, blank=True, related_name="mandates_held"
    )
    #: Of an organisation's mandate: who uses it, alone; empty: any of its members.
    helper = models.ForeignKey("Account", models.PROTECT, null=True, blank=True, related_name="mandates_used")
    scopes = models.JSONField(default=list)  # slugs of procedures, ``service:`` and a service; ["*"] for all
    consent = models.CharField(max_length=10, choices=Consent)
    text_version = models.CharField(max_length=20)
    evidence = models.CharField(max_length=64, blank=True)  # key of the scanned paper in the private storage
    starts = models.DateField()
    ends = models.DateField()
    told_by = models.CharField(max_length=6, blank=True)  # channel by which each use is told; empty: the best one
    used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=LessThanOrEqual(DaysBetween(F("ends"), F("starts")), Value(LONGEST)),
                name="mandate_a_year_at_most",
            ),
            models.CheckConstraint(
                condition=Q(helper=None) | Q(holder_organisation__isnull=False), name="mandate_helper_of_organisation"
            ),
            models.CheckConstraint(
                condition=Q(holder_person=None, holder_organisation__isnull=False)
                | Q(holder_person__isnull=False, holder_organisation=None),
                name="mandate_has_one_holder",
            ),
            models.CheckConstraint(condition=~Q(principal=F("holder_person")), name="mandate_is_for_another"),
            models.CheckConstraint(condition=Q(ends__gte=F("starts")), name="mandate_dates"),
        ]

    def __str__(self) -> str:
        return f"{self.principal} → {self.holder_person or self.holder_organisation}"

    def covers(self, procedure: str, service: str) -> bool:
        """Whether it is given for a procedure (its slug), or for its service."""
        return bool({"*", procedure, f"{SERVICE}{service}"} & set(self.scopes))


SERVICE = "service:"
"""Before a service's name in a mandate's scopes: all of that service's procedures."""


class Role(models.TextChoices):
    """What a post lets an agent do; where, is the post's service, commune and organisation."""

    ADMINISTRATOR = "administrator", _("administrateur")
    MANAGER = "manager", _("responsable de service")  # decides, assigns
    AGENT = "agent", _("agent instructeur")  # handles cases of a service
    RECEPTION = "reception", _("accueil")  # a town-hall secretary: enters and follows the cases of communes
    ELECTED = "elected", _("élu")  # figures without names
    EDITOR = "editor", _("rédacteur")  # pages and news


class Post(models.Model):
    """An agent's post: a role, bounded by a service, a commune, an organisation; empty bounds bound nothing.

    A secretary of three communes holds three posts.
    """

    account = models.ForeignKey(Account, models.CASCADE, related_name="posts")
    role = models.CharField(max_length=14, choices=Role)
    service = models.SlugField(max_length=40, blank=True)
    commune = models.ForeignKey("territory.Commune", models.PROTECT, null=True, blank=True, related_name="+")
    organisation = models.ForeignKey("territory.Organisation", models.PROTECT, null=True, blank=True, related_name="+")
    title = models.CharField(max_length=120, blank=True)
    delegation = models.CharField(max_length=200, blank=True)  # the act that lets them sign decisions (CRPA L212-1)
    starts = models.DateField()
    ends = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends=None) | Q(ends__gte=F("starts")), name="post_dates"),
            models.CheckConstraint(
                condition=~Q(role__in=["reception", "elected"]) | Q(commune__isnull=False), name="post_of_a_commune"
            ),
            models.UniqueConstraint(
                "account",
                "role",
                "service",
                Coalesce("commune", Value(0)),
                Coalesce("organisation", Value(0)),
                condition=Q(ends=None),
                name="post_held_once",
            ),
        ]

    def __str__(self) -> str:
        return self.title or self.get_role_display()


class Absence(models.Model):
    """While an agent is away, a substitute sees their work in their own day's page."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="absences")
    substitute = models.ForeignKey(Account, models.CASCADE, related_name="substitutions")
    starts = models.DateField()
    ends = models.DateField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends__gte=F("starts")), name="absence_dates"),
            models.CheckConstraint(condition=~Q(account=F("substitute")), name="absence_substitute_is_another"),
            models.UniqueConstraint("account", "substitute", "starts", "ends", name="absence_said_once"),
        ]

    def __str__(self) -> str:
        return f"{self.account} → {self.substitute}"


# At the end: these tables lead to accounts.
from bocage.identity.models_entrance import CardCode, CodeCard, SignInLink  # noqa: E402
from bocage.identity.models_homes import HomeAsk  # noqa: E402
from bocage.identity.models_merging import MergeChange, PeopleMerge, PossibleDuplicate  # noqa: E402
from bocage.identity.models_provider import SigningKey, SiteConsent, SiteSubject  # noqa: E402
from bocage.identity.models_representing import Representation  # noqa: E402

__all__ = [
    "ERASED",
    "SERVICE",
    "Absence",
    "Account",
    "CardCode",
    "CodeCard",
    "ExternalIdentity",
    "HomeAsk",
    "Household",
    "IdentityLevel",
    "Mandate",
    "MandateAsk",
    "MandateUse",
    "Membership",
    "MergeChange",
    "OrganisationMembership",
    "PeopleMerge",
    "Person",
    "PersonWord",
    "PossibleDuplicate",
    "Post",
    "Representation",
    "Role",
    "SignInLink",
    "SigningKey",
    "SiteConsent",
    "SiteSubject",
    "ToldBy",
]
