"""Pictures are decoded and written again: what is kept has no hidden data, no position, no trailing bytes."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO

import pillow_heif
from django.utils.translation import gettext as _
from PIL import ExifTags, Image, ImageFile

from bocage.base.uploads.kinds import HEIC, JPEG, PNG, WEBP, Format
from bocage.base.uploads.refusal import RefusedFile

MAX_SIDE = 4000  # pixels kept: A4 at 340 dots per inch
# Decoded pixels; below Pillow's own alarm (89 million). JPEG is decoded already reduced, the others in full.
# 36 million is A4 at 600 dots per inch; telephones write 48 million in HEIC.
MAX_PIXELS = {JPEG: 80_000_000, PNG: 36_000_000, WEBP: 36_000_000, HEIC: 50_000_000}
QUALITY = 85

_PILLOW = {JPEG: "JPEG", PNG: "PNG", WEBP: "WEBP", HEIC: "HEIF"}
# The values of the EXIF tag Orientation (Exif 2.32, 4.6.4) that are not « upright ».
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_one_at_a_time = threading.Lock()
pillow_heif.register_heif_opener(thumbnails=False)
logging.getLogger("PIL").setLevel(logging.WARNING)


def rewrite(content: bytes, source: Format, max_bytes: int) -> tuple[bytes, str]:
    """The picture written again, and "jpeg" or "png": upright, at most 4000 pixels wide or high, without metadata.

    PNG stays PNG unless that makes it larger than ``max_bytes``; everything else becomes JPEG, on white where it was
    transparent. Raises RefusedFile for a truncated, damaged or too large picture.
    """
    try:
        opened = Image.open(BytesIO(content), formats=[_PILLOW[source]])
        if opened.width * opened.height > MAX_PIXELS[source]:
            raise _too_large()
        if source == JPEG:
            _draft(opened)
        with _strict():
            opened.load()
        turn = _turn(opened)
        picture = _plain(opened)
        picture.thumbnail((MAX_SIDE, MAX_SIDE), reducing_gap=2.0)
        if turn is not None:
            picture = picture.transpose(turn)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise _too_large() from error
    except RefusedFile:
        raise
    except Exception as error:  # decoders of hostile bytes raise anything
        raise RefusedFile(
            "damaged",
            _("Cette image est abîmée ou incomplète. Refaites la photo ou enregistrez-la à nouveau, puis renvoyez-la."),
        ) from error
    picture.info = {}  # comments, profiles, GPS: some encoders write them back from here
    if source == PNG:
        written = _save(picture, "PNG")
        if len(written) <= max_bytes:
            return written, "png"
    return _save(_on_white(picture), "JPEG"), "jpeg"


def _draft(image: Image.Image) -> None:
    """Let the decoder halve (or quarter) what is far larger than kept: 31 million pixels in memory at most."""
    share = 0.7 * MAX_SIDE / max(image.size)
    if share < 1:
        image.draft(None, (round(image.width * share) or 1, round(image.height * share) or 1))


def reduced(content: bytes, side: int, max_bytes: int) -> tuple[bytes, int, int]:
    """A copy of a picture that the house keeps, to publish: JPEG, at most ``side`` pixels wide or high and
    ``max_bytes`` bytes, without metadata; then its width and height.

    It is drawn again from the pixels alone, and smaller still where it is too heavy. Raises RefusedFile if damaged.
    """
    try:
        opened = Image.open(BytesIO(content), formats=["JPEG", "PNG"])
        with _strict():
            opened.load()
        picture = _on_white(_plain(opened))
    except Exception as error:
        raise RefusedFile("damaged", _("Cette image est abîmée ou incomplète.")) from error
    picture.info = {}
    while True:
        picture.thumbnail((side, side), reducing_gap=2.0)
        for quality in (QUALITY, 70, 55):
            buffer = BytesIO()
            picture.save(buffer, "JPEG", quality=quality, optimize=True, progressive=True)
            if buffer.tell() <= max_bytes:
                return buffer.getvalue(), picture.width, picture.height
        side = max(picture.size) * 3 // 4


def drawn_again(content: bytes, box: tuple[int, int], max_bytes: int) -> tuple[bytes, int, int]:
    """A drawing that the house keeps (a logo), as PNG: within ``box`` pixels and ``max_bytes`` bytes, without metadata,
    its transparency kept; then its width and height. One too rich loses colours, then size. Raises RefusedFile if
    damaged.
    """
    try:
        opened = Image.open(BytesIO(content), formats=["JPEG", "PNG"])
        with _strict():
            opened.load()
        picture = _plain(opened)
    except Exception as error:
        raise RefusedFile("damaged", _("Cette image est abîmée ou incomplète.")) from error
    picture.info = {}
    width, height = box
    while True:
        picture.thumbnail((width, height), reducing_gap=2.0)
        for colours in (0, 128, 32):
            written = _save(picture.quantize(colours) if colours else picture, "PNG")
            if len(written) <= max_bytes:
                return written, picture.width, picture.height
        width, height = width * 3 // 4, height * 3 // 4


@contextmanager
def _strict() -> Iterator[None]:
    """Refuse truncated pictures: importing WeasyPrint makes Pillow accept them, for the whole process."""
    with _one_at_a_time:
        before = ImageFile.LOAD_TRUNCATED_IMAGES
        ImageFile.LOAD_TRUNCATED_IMAGES = False
        try:
            yield
        finally:
            ImageFile.LOAD_TRUNCATED_IMAGES = before


def _turn(image: Image.Image) -> Image.Transpose | None:
    """What puts upright a picture whose camera was held sideways; a damaged EXIF block turns nothing."""
    try:
        return _TURNS.get(image.getexif().get(ExifTags.Base.Orientation) or 1)
    except Exception:
        return None


def _plain(image: Image.Image) -> Image.Image:
    """First frame in grey, RGB or RGBA."""
    if image.mode.startswith("I"):  # 16 bits a pixel: keep the upper 8
        return image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if image.mode in {"1", "L"} and "transparency" not in image.info:
        return _converted(image, "L")
    transparent = image.mode in {"LA", "La", "PA", "RGBA", "RGBa"} or "transparency" in image.info
    return _converted(image, "RGBA" if transparent else "RGB")


def _converted(image: Image.Image, mode: str) -> Image.Image:
    return image if image.mode == mode else image.convert(mode)


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode != "RGBA":
        return image
    white = Image.new("RGB", image.size, "white")
    white.paste(image, mask=image.getchannel("A"))
    return white


def _save(image: Image.Image, format_name: str) -> bytes:
    buffer = BytesIO()
    options = {"quality": QUALITY, "optimize": True} if format_name == "JPEG" else {"compress_level": 6}
    image.save(buffer, format_name, **options)
    return buffer.getvalue()


def _too_large() -> RefusedFile:
    return RefusedFile(
        "image_too_large",
        _("Cette image a trop de pixels. Réglez l’appareil sur une qualité normale, ou envoyez une copie réduite."),
    )
