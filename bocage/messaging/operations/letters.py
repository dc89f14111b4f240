"""Letters: drawn by the worker, printed in batches, posted, and sometimes returned."""

import hashlib
import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from io import BytesIO

from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import transaction
from django.utils.translation import gettext as _
from pypdf import PdfReader, PdfWriter

from bocage.base import journal, pdf, private_files
from bocage.base.actors import Actor
from bocage.identity.models import Account
from bocage.messaging import letters, texts
from bocage.messaging.addressing import capitals
from bocage.messaging.models import Channel, Delivery, DeliveryState, Letter, LetterBatch, Notice, ReturnReason
from bocage.messaging.operations.notices import deliver
from bocage.messaging.queries import again_key
from bocage.messaging.recipients import Recipient
from bocage.territory.queries import today

REGISTERED = re.compile(r"[0-9][A-Z][0-9]{11}|[A-Z]{2}[0-9]{9}[A-Z]{2}")
"""La Poste's numbers: 1A 234 567 8901 2 within France, RK 123 456 789 FR (UPU S10) abroad, without their spaces."""

MAX_BATCH = 200


class LetterProblem(ValueError):
    """Something about letters cannot be done; the message is for agents and says what to do."""


def draw(letter: Letter, now: datetime) -> bool:
    """Draw the PDF of a letter once. False where PDF is off: the letter waits for ``draw_waiting``."""
    if letter.pdf:
        return True
    if not letters.available():
        return False
    content = letters.content(letter)
    pages = len(PdfReader(BytesIO(content)).pages)
    key = storages["private"].save(f"letters/{secrets.token_hex(16)}.pdf", ContentFile(content))
    drawn = Letter.objects.filter(pk=letter.pk, pdf="").update(
        pdf=key, pages=pages, sha256=hashlib.sha256(content).hexdigest()
    )
    if not drawn:  # another worker was first: its paper stands
        storages["private"].delete(key)
    letter.refresh_from_db(fields=["pdf", "pages", "sha256"])
    return True


def sweep_files(now: datetime) -> int:
    """Job: erase the PDFs that neither a letter nor a batch names; gives how many."""

    def known(paths: list[str]) -> set[str]:
        named: set[str] = set()
        for start in range(0, len(paths), 500):
            some = paths[start : start + 500]
            named.update(Letter.objects.filter(pdf__in=some).values_list("pdf", flat=True))
            named.update(LetterBatch.objects.filter(pdf__in=some).values_list("pdf", flat=True))
        return named

    return private_files.sweep("letters", known, now)


def draw_waiting(now: datetime) -> int:
    """Job: draw the letters that were written while PDF was off; gives how many. Bears being run twice."""
    if not letters.available():
        return 0
    waiting = Letter.objects.filter(pdf="", delivery__state=DeliveryState.QUEUED).select_related("delivery__notice")
    return sum(draw(letter, now) for letter in waiting[:MAX_BATCH])


def print_batch(
    chosen: Iterable[Letter], *, account: Account, actor: Actor, now: datetime, duplex: bool = True
) -> LetterBatch:
    """One PDF of letters to print together, oldest first; each is then « imprimé, à poster ».

    ``duplex`` begins every letter on a front page. The caller has checked that the agent may see them.
    Raises LetterProblem: nothing to print, too many, PDF off, or one of them printed or given up meanwhile.
    """
    found = sorted(chosen, key=lambda letter: letter.pk)
    if not found:
        raise LetterProblem("Choisissez au moins un courrier à imprimer.")
    if len(found) > MAX_BATCH:
        raise LetterProblem(f"Un lot compte {MAX_BATCH} courriers au plus : imprimez-les en plusieurs fois.")
    if not all(draw(letter, now) for letter in found):
        raise LetterProblem(pdf.why_not())
    content, pages = _merged(found, duplex)
    key = storages["private"].save(f"letters/{secrets.token_hex(16)}.pdf", ContentFile(content))
    try:
        return _batch(found, key, pages, account, actor, now)
    except BaseException:
        storages["private"].delete(key)  # nobody will open it, and it holds everybody's letters
        raise


def _batch(found: list[Letter], key: str, pages: int, account: Account, actor: Actor, now: datetime) -> LetterBatch:
    services = {letter.delivery.notice.service for letter in found}
    with transaction.atomic():
        batch = LetterBatch.objects.create(
            service=services.pop() if len(services) == 1 else "",
            created_by=account,
            printed_at=now,
            pdf=key,
            pages=pages,
        )
        pks = [letter.pk for letter in found]
        waiting = Letter.objects.filter(pk__in=pks, batch=None, delivery__state=DeliveryState.QUEUED)
        if waiting.update(batch=batch) != len(pks):
            raise LetterProblem("Un de ces courriers vient d’être imprimé ou abandonné. Rechargez la liste.")
        Delivery.objects.filter(pk__in=pks, state=DeliveryState.QUEUED).update(
            state=DeliveryState.HANDED_OVER, changed_at=now, error=""
        )
        for letter in found:
            _journal("letter_printed", letter, actor, now, {"batch": batch.pk})
    return batch


def _merged(found: list[Letter], duplex: bool) -> tuple[bytes, int]:
    writer = PdfWriter()
    for letter in found:
        with storages["private"].open(letter.pdf) as file:
            content = file.read()
        if hashlib.sha256(content).hexdigest() != letter.sha256:
            raise LetterProblem(f"Le fichier du courrier {letter.reference} est abîmé. Prévenez l’administrateur.")
        writer.append(PdfReader(BytesIO(content)), import_outline=False)
        if duplex and letter.pages % 2:
            writer.add_blank_page()
    whole = BytesIO()
    pages = len(writer.pages)
    writer.write(whole)
    return whole.getvalue(), pages


def registered_number(text: str) -> str:
    """A number of La Poste without spaces. Raises LetterProblem."""
    number = "".join(text.split()).upper()
    if not REGISTERED.fullmatch(number):
        raise LetterProblem(f"« {text} » n’est pas un numéro de recommandé (exemple : 1A 234 567 8901 2).")
    return number


def post_batch(batch: LetterBatch, *, posted_on: date, numbers: Mapping[int, str], actor: Actor, now: datetime) -> int:
    """Record that a batch was taken to the post office; ``numbers`` are registered numbers by letter's id.

    Recording it again changes nothing. Raises LetterProblem for a date before printing or to come, or a wrong number.
    """
    if posted_on > today(now):
        raise LetterProblem("La date de dépôt est à venir.")
    if posted_on < today(batch.printed_at):
        raise LetterProblem("La date de dépôt est avant l’impression du lot.")
    checked = {pk: registered_number(text) for pk, text in numbers.items() if text.strip()}
    with transaction.atomic():
        if not LetterBatch.objects.filter(pk=batch.pk, posted_on=None).update(posted_on=posted_on):
            return 0
        posted = list(batch.letters.filter(returned_on=None).select_related("delivery__notice"))
        Letter.objects.filter(pk__in=[letter.pk for letter in posted]).update(posted_on=posted_on)
        for letter in posted:
            if letter.pk in checked:
                Letter.objects.filter(pk=letter.pk).update(registered_number=checked[letter.pk], registered=True)
            _journal("letter_posted", letter, actor, now, {"posted_on": posted_on})
        Delivery.objects.filter(letter__in=posted, state=DeliveryState.HANDED_OVER).update(
            state=DeliveryState.SENT, sent_at=now, changed_at=now
        )
    batch.posted_on = posted_on
    return len(posted)


def record_return(letter: Letter, *, reason: str, returned_on: date, actor: Actor, now: datetime) -> bool:
    """Record that a letter came back, and why; its case hears ``messaging.letter_returned``. False when already known.

    Raises LetterProblem for a letter that never left, a date that cannot be, or an unknown reason.
    """
    if reason not in ReturnReason.values:
        raise LetterProblem("Choisissez le motif écrit par La Poste sur l’enveloppe.")
    if letter.batch is None:
        raise LetterProblem("Ce courrier n’est pas encore imprimé : il ne peut pas être revenu.")
    printed_on = today(letter.batch.printed_at)
    if returned_on > today(now) or returned_on < (letter.posted_on or printed_on):
        raise LetterProblem("La date du retour est à venir, ou avant l’envoi.")
    with transaction.atomic():
        if not Letter.objects.filter(pk=letter.pk, returned_on=None).update(
            returned_on=returned_on, return_reason=reason
        ):
            return False
        label = ReturnReason(reason).label
        Delivery.objects.filter(pk=letter.pk).update(
            state=DeliveryState.RETURNED, changed_at=now, error=f"Revenu : {label}."[:300]
        )
        _journal("letter_returned", letter, actor, now, {"reason": reason, "returned_on": returned_on})
    letter.refresh_from_db()
    return True


def send_again(letter: Letter, *, address_lines: Sequence[str], actor: Actor, now: datetime) -> Delivery:
    """Write again, word for word, a letter that came back, to a corrected address; once for each return.

    It is dated of the day it is written again: delays that run from its receipt begin then. Raises LetterProblem for a
    letter that did not come back, an address that is missing, or the very one where nobody lives.
    """
    if letter.returned_on is None:
        raise LetterProblem(_("Ce courrier n’est pas revenu."))
    lines = [line for line in (texts.one_line(line, 100) for line in address_lines) if line]
    if len(lines) < 2:
        raise LetterProblem(_("Indiquez la rue puis, sur une autre ligne, le code postal et la commune."))
    delivery = letter.delivery
    moved = letter.return_reason in {ReturnReason.UNKNOWN_ADDRESS, ReturnReason.INCOMPLETE}
    if moved and _same_place(lines, delivery.address.split("\n")):
        raise LetterProblem(_("C’est l’adresse d’où le courrier est revenu. Corrigez-la d’abord."))
    recipient = Recipient(name=delivery.name, address_lines=tuple(lines), person_id=delivery.person_id)
    with transaction.atomic():
        again = _copy(delivery.notice, again_key(letter), actor, now)
        if deliver(again, recipient, Channel.LETTER, letter.registered, now):
            _journal("letter_sent_again", letter, actor, now, {"notice": again.pk})
    return again.deliveries.get()


def _same_place(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether two addresses are one, capitals, accents and punctuation apart."""
    return [capitals(line) for line in one if line.strip()] == [capitals(line) for line in other if line.strip()]


def _copy(notice: Notice, key: str, actor: Actor, now: datetime) -> Notice:
    """The same words, said on another day."""
    kept = {
        field.attname: getattr(notice, field.attname)
        for field in Notice._meta.concrete_fields
        if field.attname not in {"id", "key", "actor", "created_at"}
    }
    Notice.objects.bulk_create([Notice(key=key, actor=actor.key, created_at=now, **kept)], ignore_conflicts=True)
    return Notice.objects.get(key=key)


def _journal(kind: str, letter: Letter, actor: Actor, now: datetime, told: dict[str, object]) -> None:
    journal.record(
        stream="messaging",
        kind=f"messaging.{kind}",
        subject=letter.delivery.notice.subject,
        actor=actor,
        now=now,
        payload={"letter": letter.pk, **told},
    )
