"""By which channel someone hears from the house: the one they asked for, where it reaches them."""

import pytest

from bocage.messaging.recipients import Recipient

EMAIL, MOBILE, LANDLINE, HOME = "a@example.org", "+33612345678", "+33353010001", ("1 rue Basse", "59530 Hecq")


@pytest.mark.parametrize(
    ("prefers", "email", "phone", "lines", "channel"),
    [
        ("", EMAIL, MOBILE, HOME, "email"),
        ("sms", EMAIL, MOBILE, HOME, "sms"),
        ("letter", EMAIL, MOBILE, HOME, "letter"),
        ("email", "", MOBILE, HOME, "sms"),  # no address to write to
        ("sms", EMAIL, LANDLINE, HOME, "email"),  # a landline receives none
        ("letter", EMAIL, MOBILE, (), "email"),
        ("letter", "", "", (), "screen"),
        ("pigeon", EMAIL, MOBILE, HOME, "email"),
    ],
)
def test_the_channel_asked_for_where_it_reaches(
    prefers: str, email: str, phone: str, lines: tuple[str, ...], channel: str
) -> None:
    told = Recipient(name="Léa Moreau", email=email, phone=phone, address_lines=lines, prefers=prefers)
    assert told.best_channel() == channel
