"""What agents find a case by: the text given to the case index (``bocage.search``), with its scope columns."""

from collections.abc import Iterator

from bocage.cases.engine.values import display
from bocage.cases.models import Case
from bocage.cases.sealing import is_sealed
from bocage.search.operations import index_case, index_cases


def text_of(case: Case) -> str:
    """Reference, names, contacts, procedure, answers in clear; sealed answers are left out."""
    document = case.version.document
    parts = [case.reference, case.reference.replace("-", ""), case.applicant_name, case.contact_email]
    parts += [case.contact_phone, case.contact_phone.replace("+33", "0"), case.procedure.title]
    parts.append(case.commune.name if case.commune else "")
    for key, value in case.answers.items():
        field = document.by_id.get(key)
        if field is None or field.kind in {"file", "statement", "yesno"}:
            continue
        if is_sealed(value):
            continue
        parts.append(display(field, value))
    return " ".join(part for part in parts if part)


def index(case: Case) -> None:
    """Index a case, in the transaction that changed it."""
    index_case(
        case.pk,
        service=case.service,
        commune_id=case.commune_id,
        organisation_id=case.organisation_id,
        text=text_of(case),
    )


def rebuild_index() -> int:
    """Index every filed case again; how many."""

    def rows() -> Iterator[tuple[int, str, int | None, int | None, str]]:
        found = Case.objects.exclude(state="").select_related("version", "procedure", "commune")
        for case in found.iterator(chunk_size=500):
            yield case.pk, case.service, case.commune_id, case.organisation_id, text_of(case)

    return index_cases(rows())
