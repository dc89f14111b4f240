"""What cases tell the rest of the house."""

from datetime import timedelta

from bocage.base.manifest import (
    DeskEntry,
    Job,
    Manifest,
    PersonalData,
    PersonRows,
    SearchSource,
    Subscriber,
    TodaySource,
    Topic,
)

PATIENT = 200  # attempts, the last ones an hour apart: a week of a scanner that is down

manifest = Manifest(
    name="cases",
    label="Démarches et dossiers",
    summary="Les démarches en ligne, au guichet, par courrier et par téléphone.",
    icon="form",
    desk=(
        DeskEntry(label="Accueil du public", url_name="cases_counter", icon="users", order=10),
        DeskEntry(label="Dossiers", url_name="cases_worklist", icon="file", order=20),
        DeskEntry(
            label="Parapheur",
            url_name="cases_signatures",
            icon="pen",
            permission="bocage.cases.signature_book.may_sign",
            order=25,
        ),
        DeskEntry(label="Papiers à saisir", url_name="cases_scans", icon="print", order=30),
        DeskEntry(label="Démarches", url_name="editor_procedures", icon="form", order=80),
        DeskEntry(label="Confier une démarche", url_name="cases_agreements", icon="users", order=93),
        DeskEntry(label="Textes prêts", url_name="cases_canned", icon="mail", order=91),
        DeskEntry(label="Mes exports", url_name="cases_exports", icon="file", order=92),
        DeskEntry(label="Communes en chiffres", url_name="cases_figures", icon="map", order=85),
    ),
    today=(
        TodaySource(name="decisions", path="bocage.cases.signature_book.today_lines", order=5),
        TodaySource(name="together", path="bocage.cases.desk_tools.together.today_lines", order=6),
    ),
    search=(SearchSource(name="procedures", label="Démarches", path="bocage.cases.search.procedures", order=10),),
    topics=(
        Topic(
            name="cases.scan",
            path="bocage.cases.operations.documents.scan_document",
            label="Contrôle d’un fichier reçu",
            queue="documents",
            max_attempts=PATIENT,
        ),
        Topic(
            name="cases.webhook",
            path="bocage.cases.webhooks.deliver",
            label="Envoi à un autre logiciel",
            when_cut="repeat",
        ),
        Topic(
            name="cases.joined",
            path="bocage.cases.operations.joining.follow",
            label="Suite donnée aux demandes jointes",
        ),
        Topic(
            name="cases.mandate_code",
            path="bocage.cases.helping.operations.send_code",
            label="Code de mandat par SMS",
        ),
        Topic(
            name="cases.export",
            path="bocage.cases.exports.operations.run_export",
            label="Préparation d’un export de dossiers",
            queue="exports",
            max_attempts=3,
            lease=timedelta(minutes=3),
        ),
    ),
    jobs=(
        Job(name="cases.clock", path="bocage.cases.operations.run_clock", every=timedelta(hours=1)),
        Job(
            name="cases.purge_drafts", path="bocage.cases.operations.purge_drafts", every=timedelta(days=1), at="03:40"
        ),
        Job(
            name="cases.remind_drafts",
            path="bocage.cases.operations.waiting.remind_drafts",
            every=timedelta(days=1),
            at="09:20",
        ),
        Job(
            name="cases.tell_mandates",
            path="bocage.cases.helping.telling.tell_uses",
            every=timedelta(minutes=10),
        ),
        Job(
            name="cases.expire_exports",
            path="bocage.cases.exports.operations.expire_exports",
            every=timedelta(hours=1),
        ),
        Job(
            name="cases.remind_signers",
            path="bocage.cases.operations.signers.remind_signers",
            every=timedelta(days=1),
            at="08:10",
        ),
        Job(name="cases.openings", path="bocage.cases.operations.editor.run_openings", every=timedelta(hours=1)),
        Job(
            name="cases.sweep_files",
            path="bocage.cases.operations.documents.sweep_files",
            every=timedelta(days=1),
            at="04:20",
        ),
        Job(name="cases.retention", path="bocage.cases.privacy.retention", every=timedelta(days=1), at="03:50"),
    ),
    subscribers=(
        Subscriber(kind="service.switched", name="cases.follow_switch", path="bocage.cases.search.follow_switch"),
        Subscriber(
            kind="cases.procedure_published", name="cases.follow_published", path="bocage.cases.search.follow_switch"
        ),
        Subscriber(kind="cases.procedure_opened", name="cases.follow_opened", path="bocage.cases.search.follow_switch"),
        Subscriber(kind="cases.procedure_closed", name="cases.follow_closed", path="bocage.cases.search.follow_switch"),
    ),
    person_rows=(
        PersonRows(
            name="cases.Case.applicant",
            label="demandes",
            move="bocage.cases.operations.merging.move_cases",
            told="bocage.cases.desk_queries.cases_told",
            notes="bocage.cases.desk_queries.running_twice",
        ),
        PersonRows(name="cases.Note.person", label="notes internes", move="bocage.cases.operations.merging.move_notes"),
        PersonRows(
            name="cases.Case.account",
            label="demandes faites avec ce compte",
            of="account",
            move="bocage.cases.operations.merging.move_account_cases",
        ),
    ),
    personal_data=(
        PersonalData(
            name="cases",
            label="Vos demandes",
            export="bocage.cases.privacy.export",
            erase="bocage.cases.privacy.erase",
            retention="bocage.cases.privacy.retention",
            kept_for="Le temps de la demande, puis la durée annoncée par chaque démarche.",
        ),
    ),
    indexes=("bocage.cases.indexing.rebuild_index",),
    sealed=("bocage.cases.sealing.reseal_all", "bocage.cases.operations.tracking.reseal_all"),
    load="bocage.cases.operations.load",
    load_order=40,
)
