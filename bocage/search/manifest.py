"""What this app tells the rest of the house."""

from datetime import timedelta

from bocage.base.manifest import Job, Manifest, SearchSource

manifest = Manifest(
    name="search",
    label="Recherche",
    summary="Une recherche dans tout ce qui est public, et une dans les dossiers que chaque agent peut voir.",
    search=(
        SearchSource(name="national", label="Fiches de l'État", path="bocage.search.national.search_items", order=900),
    ),
    jobs=(
        # What is put as it changes is already there; this makes up for what was missed and forgets words gone.
        Job(name="search.rebuild", path="bocage.search.operations.rebuild", every=timedelta(days=1), at="03:40"),
        Job(name="search.compact", path="bocage.search.operations.compact", every=timedelta(days=1), at="04:40"),
    ),
)
