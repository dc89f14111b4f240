"""Files made for the tests: honest ones, tricky ones; none comes from elsewhere."""

import io
import zipfile
import zlib

import pillow_heif
from PIL import ExifTags, Image
from pypdf import PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, NumberObject, TextStringObject


def picture(format_name="JPEG", size=(60, 40), mode="RGB", color=(200, 30, 30), **options) -> bytes:
    buffer = io.BytesIO()
    Image.new(mode, size, color).save(buffer, format_name, **options)
    return buffer.getvalue()


def photo(orientation=6, size=(60, 40)) -> bytes:
    """A telephone's JPEG: red left half, camera held sideways, position and comment inside."""
    image = Image.new("RGB", size, "white")
    image.paste("red", (0, 0, size[0] // 2, size[1]))
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    exif[ExifTags.Base.Make] = "SECRET-MAKER"
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (50.0, 15.0, 0.0)
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", exif=exif, comment=b"SECRET-COMMENT", quality=95)
    return buffer.getvalue()


def heic(size=(64, 48)) -> bytes:
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "SECRET-MAKER"
    buffer = io.BytesIO()
    pillow_heif.from_pillow(Image.new("RGB", size, "green")).save(buffer, exif=exif.tobytes())
    return buffer.getvalue()


def pdf(change=None, *, pages=1, **options) -> bytes:
    """A PDF by pypdf; ``change(writer)`` makes it tricky."""
    writer = PdfWriter(**options)
    for _ in range(pages):
        writer.add_blank_page(200, 200)
    if change:
        change(writer)
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def action(kind, **more):
    entries = {"/Type": "/Action", "/S": kind, **more}
    return dictionary(entries)


def dictionary(entries):
    return DictionaryObject({NameObject(key): value(item) for key, item in entries.items()})


def value(item):
    if isinstance(item, dict) and not isinstance(item, DictionaryObject):
        return dictionary(item)
    if isinstance(item, list):
        return ArrayObject(value(part) for part in item)
    if isinstance(item, int):
        return NumberObject(item)
    if isinstance(item, str):
        return NameObject(item) if item.startswith("/") else TextStringObject(item)
    return item


def raw_pdf(objects, *, trailer=b"", hidden=b"", xref_stream=False) -> bytes:
    """A PDF written by hand: ``objects`` maps numbers to bodies; ``hidden`` bytes stand beside the tables.

    With ``xref_stream``, objects without stream go into a compressed object stream, as modern programs write.
    """
    out = io.BytesIO()
    out.write(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    offsets = {}

    def write(number, body):
        offsets[number] = out.tell()
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))

    top = max(objects) + 1
    if not xref_stream:
        for number, body in objects.items():
            write(number, body)
        out.write(hidden)
        start = out.tell()
        out.write(b"xref\n0 %d\n0000000000 65535 f \n" % top)
        for number in range(1, top):
            out.write(b"%010d 00000 n \n" % offsets[number])
        out.write(b"trailer\n<</Size %d /Root 1 0 R %s>>\nstartxref\n%d\n%%%%EOF\n" % (top, trailer, start))
        return out.getvalue()
    write(top, object_stream(objects))
    out.write(hidden)
    start = out.tell()
    rows = b"\0" * 4
    for index, _ in enumerate(sorted(objects)):
        rows += b"\x02" + top.to_bytes(2, "big") + bytes([index])
    rows += b"\x01" + offsets[top].to_bytes(2, "big") + b"\0"
    rows += b"\x01" + start.to_bytes(2, "big") + b"\0"
    data = zlib.compress(rows)
    out.write(
        b"%d 0 obj\n<</Type/XRef/Size %d/W[1 2 1]/Root 1 0 R/Filter/FlateDecode/Length %d %s>>\n"
        b"stream\n%s\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % (top + 1, top + 2, len(data), trailer, data, start)
    )
    return out.getvalue()


def object_stream(objects) -> bytes:
    header, bodies = b"", b""
    for number in sorted(objects):
        header += b"%d %d " % (number, len(bodies))
        bodies += objects[number] + b" "
    data = zlib.compress(header + bodies)
    return b"<</Type/ObjStm/N %d/First %d/Filter/FlateDecode/Length %d>>\nstream\n%s\nendstream" % (
        len(objects),
        len(header),
        len(data),
        data,
    )


PLAIN = {
    1: b"<</Type/Catalog/Pages 2 0 R>>",
    2: b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
    3: b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>",
}


def archive(entries, *, first="mimetype") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as zipped:
        if first in entries:
            zipped.writestr(zipfile.ZipInfo(first), entries[first])
        for name, content in entries.items():
            if name != first:
                zipped.writestr(name, content)
    return buffer.getvalue()


ODT = {
    "mimetype": "application/vnd.oasis.opendocument.text",
    "content.xml": "<office:document-content><office:scripts/><text:p>Bonjour</text:p></office:document-content>",
    "META-INF/manifest.xml": "<manifest:manifest/>",
}
