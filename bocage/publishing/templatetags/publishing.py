"""Pictures of editorial pages."""

from typing import Any

from django import template
from wagtail.images.models import AbstractImage

from bocage.base.readonly import allow_write

register = template.Library()

WIDTHS = (400, 800)  # CSS pixels of a phone, and of the column of text (or a phone's twice as dense)


@register.inclusion_tag("publishing/picture.html")
def picture(
    image: AbstractImage | None, alt: str = "", *, lazy: bool = True, thumbnail: bool = False
) -> dict[str, Any]:
    """An image in the sizes that pages use, as WebP, never larger than itself; nothing when there is none.

    ``thumbnail``: beside a line of a list, cropped to one shape.
    """
    if image is None:
        return {"sources": []}
    shape = ("fill-240x160", "fill-480x320") if thumbnail else tuple(f"width-{width}" for width in WIDTHS)
    filters = [f"{one}|format-webp|webpquality-72" for one in shape]
    # A rendition is made, and its row written, the first time that a page shows it.
    with allow_write("an image's rendition is made at its first reading"):
        renditions = image.get_renditions(*filters)
    sources = sorted((renditions[one] for one in filters), key=lambda one: one.width)
    return {
        "sources": sources,
        "smallest": sources[0],
        "largest": sources[-1],
        "alt": alt,
        "lazy": lazy,
        "sizes": "(min-width: 40em) 15rem, 40vw" if thumbnail else "(min-width: 50em) 45rem, 94vw",
    }
