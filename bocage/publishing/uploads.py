"""What editors publish is looked at as residents' files are: by its content, and by the scanner.

Named in the settings (``WAGTAILDOCS_DOCUMENT_FORM_BASE``, ``WAGTAILIMAGES_IMAGE_FORM_BASE``); Wagtail itself trusts the
end of a file's name. A picture is drawn again from its pixels: where it was taken stays with who took it.
"""

from collections.abc import Callable
from functools import wraps
from pathlib import PurePath
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from django.utils.translation import gettext as _
from wagtail.documents.forms import BaseDocumentForm
from wagtail.images.forms import BaseImageForm

from bocage.base import scanner, uploads
from bocage.base.sizes import french_size
from bocage.base.uploads import clean_name, kinds, opendocument, pdf

MAX_FILE = 20_000_000  # bytes
MAX_PICTURE = 10_000_000  # bytes, sent and kept
_TEXTS = {"csv", "ics"}
_OPEN_DOCUMENTS = {
    "odt": b"application/vnd.oasis.opendocument.text",
    "ods": b"application/vnd.oasis.opendocument.spreadsheet",
}


def _refused(message: str, code: str) -> ValidationError:
    return ValidationError(message, code=code)


def check(content: bytes, extension: str) -> None:
    """Whether a file is what its name says, and inert. Raises ValidationError with what to do."""
    if len(content) > MAX_FILE:
        raise _refused(_("Ce fichier dépasse %s. Réduisez-le, puis renvoyez-le.") % french_size(MAX_FILE), "too_big")
    try:
        if extension == "pdf" and kinds.sniff(content) == kinds.PDF:
            pdf.check(content)
        elif extension in _OPEN_DOCUMENTS and _says_it_is(content, _OPEN_DOCUMENTS[extension]):
            opendocument.check(content)
        elif extension not in _TEXTS or kinds.sniff(content) != kinds.TEXT:
            message = _("Le contenu de ce fichier n’est pas ce que dit son nom. Enregistrez-le à nouveau en %s.")
            raise _refused(message % extension.upper(), "unknown")
    except uploads.RefusedFile as refused:
        raise _refused(str(refused), refused.code) from refused
    _scan(content)


def _says_it_is(content: bytes, kind: bytes) -> bool:
    """An OpenDocument tells its kind first, uncompressed (ODF 1.3, part 2, § 3.3)."""
    return content.startswith(kinds.ZIP) and content[30:38] == b"mimetype" and kind + kinds.ZIP[:2] in content[:200]


def _scan(content: bytes) -> None:
    """Raises ValidationError when the scanner finds something, or cannot be asked now."""
    try:
        verdict = scanner.scan(content)
    except scanner.ScannerUnavailable as error:
        message = _("L’antivirus ne répond pas : rien n’est publié sans lui. Réessayez dans quelques minutes.")
        raise _refused(message, "scanner_down") from error
    if not verdict.clean:
        raise _refused(_("L’antivirus refuse ce fichier. Ne l’ouvrez pas, et prévenez votre service."), "infected")


class DocumentForm(BaseDocumentForm):  # type: ignore[misc]
    """A file to publish."""

    def clean_file(self) -> Any:
        """Look at a new file. Raises ValidationError."""
        file = self.cleaned_data["file"]
        if isinstance(file, UploadedFile):
            check(file.read(MAX_FILE + 1), PurePath(file.name or "").suffix.lower().removeprefix("."))
            file.seek(0)
        return file


def _saying_damaged(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Wagtail decodes a picture while it reads the form, and fails on a truncated one."""

    @wraps(read)
    def to_python(value: Any) -> Any:
        try:
            return read(value)
        except ValidationError:
            raise
        except Exception as error:  # decoders of hostile bytes raise anything
            message = _("Cette image est abîmée ou incomplète. Enregistrez-la à nouveau, puis renvoyez-la.")
            raise _refused(message, "damaged") from error

    return to_python


class ImageForm(BaseImageForm):  # type: ignore[misc]
    """A picture to publish."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["file"]
        field.to_python = _saying_damaged(field.to_python)

    def clean_file(self) -> Any:
        """Draw a new picture again, without what the camera wrote in it. Raises ValidationError."""
        file = self.cleaned_data["file"]
        if not isinstance(file, UploadedFile):
            return file
        file.seek(0)
        try:
            accepted = uploads.accept(file, allowed={"image"}, max_bytes=MAX_PICTURE)
        except uploads.RefusedFile as refused:
            raise _refused(str(refused), refused.code) from refused
        _scan(accepted.content)
        name = clean_name(file.name, accepted.extension)
        return SimpleUploadedFile(name, accepted.content, accepted.content_type)
