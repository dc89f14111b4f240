"""Registrations follow when two records of one person are made one (manifest, ``person_rows``)."""

from bocage.agenda.models import Registration
from bocage.identity.merging import mover

move_registrations = mover(Registration, "person")
move_account_registrations = mover(Registration, "account")
