"""Tables written line by line, in constant memory: CSV for programs, ODS (ISO/IEC 26300) for spreadsheets.

No library is used for ODS: those at hand keep the whole sheet in memory. A sheet without styles is a few tags.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import BinaryIO
from xml.sax.saxutils import escape

Cell = str | date | Decimal | None
Row = Sequence[Cell]

ODS, CSV = "ods", "csv"
CONTENT_TYPES = {
    ODS: "application/vnd.oasis.opendocument.spreadsheet",
    CSV: "text/csv; charset=utf-8",
}
_LINES = 200  # written at once

# What a spreadsheet takes for a formula at the head of a text, in the widths and behind the spaces it forgives
# (OWASP, "CSV Injection").
_FORMULA = re.compile(r"^[\s\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20|%]|^[\t\r\n]")
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")  # XML 1.0, 2.2


def write(format_: str, out: BinaryIO, header: Sequence[str], rows: Iterable[Row]) -> None:
    """Write a table; ``rows`` is read once, as it is written."""
    (_csv if format_ == CSV else _ods)(out, header, rows)


# --- CSV -----------------------------------------------------------------------------------------------------------
def harmless(text: str) -> str:
    """A text that no spreadsheet runs as a formula: an apostrophe goes before one that could be."""
    return f"'{text}" if _FORMULA.search(text) else text


def _plain(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, date):
        return f"{cell:%d/%m/%Y}"
    if isinstance(cell, Decimal):
        return f"{cell:f}".replace(".", ",")
    return harmless(cell.replace("\x00", ""))


def _csv(out: BinaryIO, header: Sequence[str], rows: Iterable[Row]) -> None:
    # The mark at the head and the semicolons: what a French spreadsheet opens without asking anything.
    text = io.TextIOWrapper(out, encoding="utf-8-sig", errors="replace", newline="")
    writer = csv.writer(text, delimiter=";")
    writer.writerow([harmless(title) for title in header])
    for row in rows:
        writer.writerow([_plain(cell) for cell in row])
    text.flush()
    text.detach()


# --- ODS -----------------------------------------------------------------------------------------------------------
_NAMESPACES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{space}:1.0"'
    for name, space in (
        ("office", "office"),
        ("table", "table"),
        ("text", "text"),
        ("style", "style"),
        ("number", "datastyle"),
        ("fo", "xsl-fo-compatible"),
    )
)
_HEAD = (
    f'<?xml version="1.0" encoding="UTF-8"?>\n<office:document-content {_NAMESPACES} office:version="1.3">'
    "<office:automatic-styles>"
    '<number:date-style style:name="d"><number:day number:style="long"/><number:text>/</number:text>'
    '<number:month number:style="long"/><number:text>/</number:text><number:year number:style="long"/>'
    "</number:date-style>"
    '<style:style style:name="day" style:family="table-cell" style:data-style-name="d"/>'
    '<style:style style:name="title" style:family="table-cell"><style:text-properties fo:font-weight="bold"/>'
    "</style:style>"
    '<style:style style:name="wide" style:family="table-column">'
    '<style:table-column-properties style:column-width="4cm"/></style:style>'
    "</office:automatic-styles>"
    '<office:body><office:spreadsheet><table:table table:name="Feuille">'
)
_TAIL = "</table:table></office:spreadsheet></office:body></office:document-content>"
_MANIFEST = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.3">'
    '<manifest:file-entry manifest:full-path="/" manifest:version="1.3" '
    f'manifest:media-type="{CONTENT_TYPES[ODS]}"/>'
    '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'
)


def _text(text: str, style: str = "") -> str:
    lines = "</text:p><text:p>".join(escape(_ILLEGAL.sub(" ", line)) for line in text.split("\n"))
    return f'<table:table-cell{style} office:value-type="string"><text:p>{lines}</text:p></table:table-cell>'


def _xml(cell: Cell) -> str:
    if cell is None or cell == "":
        return "<table:table-cell/>"
    if isinstance(cell, date):
        return (
            f'<table:table-cell table:style-name="day" office:value-type="date" office:date-value="{cell:%Y-%m-%d}">'
            f"<text:p>{cell:%d/%m/%Y}</text:p></table:table-cell>"
        )
    if isinstance(cell, Decimal):
        shown = f"{cell:f}"
        return (
            f'<table:table-cell office:value-type="float" office:value="{shown}">'
            f"<text:p>{shown.replace('.', ',')}</text:p></table:table-cell>"
        )
    return _text(cell)


def _line(cells: Iterable[str]) -> str:
    return f"<table:table-row>{''.join(cells)}</table:table-row>"


def _sheet(header: Sequence[str], rows: Iterable[Row]) -> Iterator[str]:
    yield _HEAD
    yield f'<table:table-column table:style-name="wide" table:number-columns-repeated="{len(header)}"/>'
    titles = (_text(title, ' table:style-name="title"') for title in header)
    yield f"<table:table-header-rows>{_line(titles)}</table:table-header-rows>"
    waiting: list[str] = []
    for row in rows:
        waiting.append(_line(_xml(cell) for cell in row))
        if len(waiting) == _LINES:
            yield "".join(waiting)
            waiting.clear()
    yield "".join(waiting)
    yield _TAIL


def _ods(out: BinaryIO, header: Sequence[str], rows: Iterable[Row]) -> None:
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=4) as package:
        # The standard wants the type first and as it is, so that a file tells what it is by its first bytes.
        package.writestr("mimetype", CONTENT_TYPES[ODS], zipfile.ZIP_STORED)
        package.writestr("META-INF/manifest.xml", _MANIFEST)
        with package.open("content.xml", "w", force_zip64=True) as content:
            for part in _sheet(header, rows):
                content.write(part.encode())
