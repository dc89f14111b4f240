"""What the columns of a case may hold, with its words: how it came, in whose hands it is, how much it presses."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Channel(models.TextChoices):
    """How a case came."""

    WEB = "web", _("en ligne")
    COUNTER = "counter", _("au guichet")
    POST = "post", _("par courrier")
    PHONE = "phone", _("par téléphone")
    EMAIL = "email", _("par courriel")


class Custody(models.TextChoices):
    """In whose hands an entrusted case is; empty for one that was entrusted to nobody."""

    HELD = "held", _("chez l’organisme à qui la démarche est confiée")
    PASSED = "passed", _("passé à la communauté de communes")


class Urgency(models.IntegerChoices):
    """How much a case presses, as an agent judges it; its dates press by themselves."""

    USUAL = 0, _("habituel")
    FIRST = 1, _("prioritaire")
    URGENT = 2, _("urgent")
