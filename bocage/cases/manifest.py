"""What cases tell the rest of the house."""

from datetime import timedelta

from bocage.base.manifest import Job, Manifest, SearchSource, Topic

manifest = Manifest(
    name="cases",
    label="Démarches et dossiers",
    summary="Les démarches en ligne, au guichet, par courrier et par téléphone.",
    icon="form",
    search=(SearchSource(name="procedures", label="Démarches", path="bocage.cases.search.procedures", order=10),),
    topics=(
        Topic(name="cases.scan", path="bocage.cases.operations.documents.scan_document", queue="documents"),
        Topic(name="cases.webhook", path="bocage.cases.webhooks.deliver", when_cut="repeat"),
    ),
    jobs=(
        Job(name="cases.clock", path="bocage.cases.operations.run_clock", every=timedelta(hours=1)),
        Job(
            name="cases.purge_drafts", path="bocage.cases.operations.purge_drafts", every=timedelta(days=1), at="03:40"
        ),
    ),
    sealed=("bocage.cases.sealing.reseal_all",),
    load="bocage.cases.operations.load",
    load_order=40,
)
