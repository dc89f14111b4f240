"""Who a notice is for, and by which way it can reach them."""

import hashlib
import re
from dataclasses import dataclass

import phonenumbers
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from bocage.messaging.models import Channel

_BREAK = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029]")
MOBILE = {phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE}


class BadRecipient(ValueError):
    """An address that cannot be used, or would smuggle something into a message; the message is for people."""


@dataclass(frozen=True, kw_only=True)
class Recipient:
    """Someone to tell: a name, and the ways to reach them. ``phone`` is E.164; ``address_lines`` exclude the name."""

    name: str
    email: str = ""
    phone: str = ""
    address_lines: tuple[str, ...] = ()
    person_id: int | None = None
    prefers: str = ""  # the channel they asked for, where it reaches them

    @property
    def key(self) -> str:
        """The same recipient gives the same key: the person, or what they are reached by."""
        if self.person_id is not None:
            return f"person:{self.person_id}"
        ways = "\n".join((self.email.casefold(), self.phone, self.name.casefold(), *self.address_lines))
        return "contact:" + hashlib.sha256(ways.encode()).hexdigest()[:32]

    def address(self, channel: str) -> str:
        """The address for a channel, checked. Raises BadRecipient."""
        if _BREAK.search(self.name) or any(_BREAK.search(line) for line in self.address_lines):
            raise BadRecipient("Le nom ou l’adresse contient un saut de ligne.")
        if channel == Channel.EMAIL:
            return checked_email(self.email)
        if channel == Channel.SMS:
            if not is_mobile(self.phone):
                raise BadRecipient("Ce numéro n’est pas celui d’un téléphone mobile.")
            return self.phone
        if channel == Channel.LETTER:
            lines = [line.strip() for line in self.address_lines if line.strip()]
            if not lines:
                raise BadRecipient("L’adresse postale manque.")
            return "\n".join(lines)
        return ""

    def best_channel(self) -> str:
        """The channel they asked for, where it reaches them; else an e-mail, an SMS, a letter; else the screen."""
        if self.prefers and self._reaches(self.prefers):
            return self.prefers
        if self.email:
            return Channel.EMAIL
        if is_mobile(self.phone):
            return Channel.SMS
        return Channel.LETTER if any(line.strip() for line in self.address_lines) else Channel.SCREEN

    def _reaches(self, channel: str) -> bool:
        try:
            return bool(self.address(channel))
        except BadRecipient:
            return False


def checked_email(address: str) -> str:
    """``address`` when mail can be sent to it. Raises BadRecipient."""
    try:
        if _BREAK.search(address):
            raise ValidationError("")
        validate_email(address)
    except ValidationError:
        raise BadRecipient("Cette adresse de courriel n’est pas valable (exemple : prenom.nom@exemple.fr).") from None
    return address


def is_mobile(phone: str) -> bool:
    """Whether an E.164 number can receive an SMS."""
    if not phone.startswith("+"):
        return False
    try:
        number = phonenumbers.parse(phone, None)
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.is_valid_number(number) and phonenumbers.number_type(number) in MOBILE
