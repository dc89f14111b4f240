"""PDFs that act are refused, however they hide; those that do not are kept as they are."""

import io
import time
import zlib

import pytest
from pypdf.generic import NameObject, TextStringObject
from weasyprint import HTML

from bocage.base import uploads
from tests.base import files

pytestmark = pytest.mark.slow


def accept(content, **options):
    return uploads.accept(io.BytesIO(content), allowed={"pdf"}, max_bytes=20_000_000, **options)


def code(content, **options):
    with pytest.raises(uploads.RefusedFile) as refused:
        accept(content, **options)
    return refused.value.code


def test_a_printed_pdf_is_kept_byte_for_byte():
    page = "<h1>Devis</h1><p><a href='https://example.org'>lien</a><p style='page-break-before:always'>2 : /AA (/JS)"
    content = HTML(string=page).write_pdf()
    kept = accept(content, name="devis.pdf")
    assert kept.content == content
    assert (kept.kind, kept.content_type, kept.name, kept.pages) == ("pdf", "application/pdf", "devis.pdf", 2)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # WeasyPrint leaves its profile open
@pytest.mark.parametrize("version", ["pdf/a-3b", "pdf/ua-1"])
def test_archive_and_accessible_variants_are_kept(version):
    html = "<html lang='fr'><title>Attestation</title><p>Bonjour"
    assert accept(HTML(string=html).write_pdf(pdf_variant=version)).pages == 1


def test_filled_forms_outlines_and_opening_pages_are_kept():
    form = "<form><input name='nom' value='Marie'></form><h1>Titre</h1>"
    assert accept(HTML(string=form).write_pdf(pdf_forms=True)).pages == 1

    def destination(writer):
        writer._root_object[NameObject("/OpenAction")] = files.value([writer.pages[0].indirect_reference, "/Fit"])

    def go_to(writer):
        target = files.action("/GoTo", **{"/D": [writer.pages[0].indirect_reference, "/Fit"]})
        writer._root_object[NameObject("/OpenAction")] = writer._add_object(target)

    assert accept(files.pdf(destination)).pages == 1
    assert accept(files.pdf(go_to)).pages == 1


def test_leading_blanks_and_old_scanners():
    assert accept(b"\xef\xbb\xbf\r\n" + files.pdf()).pages == 1
    content = files.raw_pdf(files.PLAIN)
    broken_table = content.replace(b"startxref\n", b"startxref\n1")  # the reader rebuilds it
    assert accept(broken_table).pages == 1
    assert accept(files.raw_pdf(files.PLAIN, xref_stream=True)).pages == 1


def root(**entries):
    def change(writer):
        for key, item in entries.items():
            writer._root_object[NameObject(f"/{key}")] = files.value(item)

    return change


def annotation(**entries):
    def change(writer):
        note = files.dictionary({"/Type": "/Annot", "/Rect": [0, 0, 9, 9], **{f"/{k}": v for k, v in entries.items()}})
        writer.pages[0][NameObject("/Annots")] = files.value([writer._add_object(note)])

    return change


def script(writer):
    program = writer._add_object(files.action("/JavaScript", **{"/JS": "app.alert('x')"}))
    root(Names={"/JavaScript": {"/Names": ["start", program]}})(writer)


def attachment(writer):
    writer.add_attachment("virus.txt", b"x")


def indirect_opening(writer):
    launched = writer._add_object(files.action("/Launch", **{"/F": "calc.exe"}))
    writer._root_object[NameObject("/OpenAction")] = launched


def page_event(writer):
    writer.pages[0][NameObject("/AA")] = files.value({"/O": files.action("/Named", **{"/N": "/NextPage"})})


def chained(writer):
    following = writer._add_object(files.action("/URI", **{"/URI": "https://x", "/Next": files.action("/JavaScript")}))
    writer._root_object[NameObject("/OpenAction")] = files.action("/GoTo", **{"/D": ["/Fit"], "/Next": following})


def indirect_kind(writer):
    """/S points to another object which holds the name."""
    kind = writer._add_object(NameObject("/Launch"))
    annotation(Subtype="/Link", A=files.dictionary({"/S": kind, "/F": "calc.exe"}))(writer)


ACTIVE = {
    "script": script,
    "attachment": attachment,
    "indirect_opening": indirect_opening,
    "page_event": page_event,
    "chained": chained,
    "indirect_kind": indirect_kind,
    "opening_by_name": root(OpenAction=files.action("/Named", **{"/N": "/Print"})),
    "opening_uri": root(OpenAction=files.action("/URI", **{"/URI": "https://example.org"})),
    "catalog_event": root(AA={"/WC": files.action("/JavaScript", **{"/JS": "x"})}),
    "xfa": root(AcroForm={"/Fields": [], "/XFA": "x"}),
    "submit": annotation(Subtype="/Widget", A=files.action("/SubmitForm", **{"/F": "https://x"})),
    "import": annotation(Subtype="/Link", A=files.action("/ImportData", **{"/F": "x"})),
    "remote": annotation(Subtype="/Link", A=files.action("/GoToR", **{"/F": "\\\\host\\share", "/D": [0, "/Fit"]})),
    "embedded": annotation(Subtype="/Link", A=files.action("/GoToE")),
    "script_link": annotation(Subtype="/Link", A=files.action("/URI", **{"/URI": "java\nscript:alert(1)"})),
    "file_link": annotation(Subtype="/Link", A=files.action("/URI", **{"/URI": "file:///etc/passwd"})),
    "rich_media": annotation(Subtype="/RichMedia"),
    "file_note": annotation(Subtype="/FileAttachment"),
    "screen": annotation(Subtype="/Screen"),
    "sound": annotation(Subtype="/Link", A=files.action("/Sound")),
    "names": root(Names={"/EmbeddedFiles": {"/Names": []}}),
}


@pytest.mark.parametrize("name", ACTIVE)
def test_active_content_is_refused(name):
    with pytest.raises(uploads.RefusedFile) as refused:
        accept(files.pdf(ACTIVE[name]))
    assert refused.value.code == "active_content"
    assert "Enregistrer au format PDF" in refused.value.message


SCRIPT = b"<</S/JavaScript/JS(app.alert\\(1\\))>>"
OPENING = files.PLAIN | {1: b"<</Type/Catalog/Pages 2 0 R/OpenAction 4 0 R>>", 4: SCRIPT}


def test_inside_compressed_object_streams():
    content = files.raw_pdf(OPENING, xref_stream=True)
    assert b"JavaScript" not in content
    assert code(content) == "active_content"


def test_the_only_short_key_inside_object_streams():
    events = files.PLAIN | {3: b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/AA<</O 4 0 R>>>>", 4: b"<</S/Hide/T(x)>>"}
    assert code(files.raw_pdf(events, xref_stream=True)) == "active_content"


@pytest.mark.parametrize("name", [b"/Java#53cript", b"/#4a#61vaScript", b"/J#61vaScript"])
def test_names_written_with_escapes(name):
    body = b"<</S%s/#4aS(app.alert\\(1\\))>>" % name
    assert code(files.raw_pdf(OPENING | {4: body})) == "active_content"
    assert code(files.raw_pdf(OPENING | {4: body}, xref_stream=True)) == "active_content"


def test_beside_the_tables():
    """What no table names may still be found by a reader that rebuilds them."""
    assert code(files.raw_pdf(files.PLAIN, hidden=b"9 0 obj\n" + SCRIPT + b"\nendobj\n")) == "active_content"
    hidden = b"9 0 obj\n" + files.object_stream({4: SCRIPT}) + b"\nendobj\n"
    assert b"JavaScript" not in hidden
    assert code(files.raw_pdf(files.PLAIN, hidden=hidden)) == "active_content"


def test_in_an_older_revision():
    old = files.raw_pdf(OPENING)
    start = len(old)
    update = b"1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n"
    table = b"xref\n1 1\n%010d 00000 n \ntrailer\n<</Size 5/Root 1 0 R/Prev %d>>\nstartxref\n%d\n%%%%EOF\n" % (
        start,
        old.rindex(b"xref\n0 "),
        start + len(update),
    )
    assert code(old + update + table) == "active_content"


@pytest.mark.parametrize("password", ["secret", ""])
@pytest.mark.parametrize("algorithm", ["RC4-128", "AES-256"])
def test_encrypted(password, algorithm):
    def lock(writer):
        writer.encrypt(password, owner_password="owner", algorithm=algorithm)

    with pytest.raises(uploads.RefusedFile) as refused:
        accept(files.pdf(lock))
    assert refused.value.code == "encrypted"
    assert "mot de passe" in refused.value.message


def test_too_many_pages():
    assert accept(files.pdf(pages=3), max_pages=3).pages == 3
    assert code(files.pdf(pages=4), max_pages=3) == "too_many_pages"


@pytest.mark.parametrize(
    "content",
    [
        b"%PDF-1.7",
        b"%PDF-1.7\n" + b"x" * 5000,
        b"%PDF-1.4\ntrailer<</Root 1 0 R>>\n%%EOF",
        files.raw_pdf(files.PLAIN | {2: b"<</Type/Pages/Kids[]/Count 0>>"}),
        files.raw_pdf(files.PLAIN)[:120],
    ],
)
def test_malformed(content):
    assert code(content) == "damaged"


@pytest.mark.parametrize(
    "objects",
    [
        files.PLAIN | {2: b"<</Type/Pages/Kids[2 0 R]/Count 1>>"},
        files.PLAIN | {3: b"<</Type/Pages/Parent 2 0 R/Kids[2 0 R]/Count 1>>"},
        files.PLAIN | {3: b"[" * 3000 + b"]" * 3000},
        files.PLAIN | {1: b"1 0 R"},
    ],
    ids=["cycle", "long cycle", "deep arrays", "root to itself"],
)
def test_loops_and_depths_end_soon(objects):
    started = time.process_time()
    assert code(files.raw_pdf(objects)) in {"damaged", "too_complex"}
    assert time.process_time() - started < 5


def test_a_program_very_deep_in_an_object_is_found():
    deep = b"<</Type/Page/Parent 2 0 R/A" + b"<</A" * 400 + SCRIPT + b">>" * 400 + b">>"
    assert code(files.raw_pdf(files.PLAIN | {3: deep}, xref_stream=True)) in {"active_content", "too_complex"}


def test_a_table_that_loops_on_itself_ends():
    content = files.raw_pdf(files.PLAIN)
    start = content.rindex(b"xref\n0 ")
    looping = content.replace(b"/Root 1 0 R ", b"/Root 1 0 R/Prev %d" % start)
    started = time.process_time()
    try:
        accept(looping)
    except uploads.RefusedFile as refused:
        assert refused.code in {"damaged", "too_complex"}  # noqa: PT017
    assert time.process_time() - started < 5


def test_a_bomb_in_an_object_stream_is_refused():
    bomb = zlib.compress(zlib.compress(b"0" * 400_000_000, 9), 9)
    body = b"<</Type/ObjStm/N 3/First 20/Filter[/FlateDecode/FlateDecode]/Length %d>>\nstream\n%s\nendstream" % (
        len(bomb),
        bomb,
    )
    out = files.raw_pdf(files.PLAIN, xref_stream=True)
    start = out.index(b"4 0 obj\n") + 8
    end = out.index(b"\nendobj", start)
    shift = len(body) - (end - start)
    content = out[:start] + body + out[end:]
    at = int(out[out.rindex(b"startxref\n") + 10 :].split()[0])
    content = content[: content.rindex(b"startxref\n")] + b"startxref\n%d\n%%%%EOF\n" % (at + shift)
    started = time.process_time()
    assert code(content) in {"damaged", "too_complex"}
    assert time.process_time() - started < 10


def test_a_name_in_a_text_is_not_a_program():
    def note(writer):
        writer.add_metadata({"/Title": "Le langage JavaScript", "/Subject": "/JS et /AA"})
        writer._root_object[NameObject("/Lang")] = TextStringObject("fr")

    assert accept(files.pdf(note)).pages == 1
