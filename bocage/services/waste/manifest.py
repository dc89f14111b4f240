"""What the waste service tells the rest of the house."""

from bocage.base.manifest import Manifest, PortalEntry

manifest = Manifest(
    name="waste",
    label="Déchets",
    summary="Composteurs, collecte et déchèteries.",
    service=True,
    axis="Environnement",
    icon="recycle",
    portal=(
        PortalEntry(
            label="Commander un composteur",
            url_name="procedure",
            args=("composteur",),
            act="ask",
            summary="Pour le jardin ou l’appartement, de 15 € à 30 €.",
            icon="leaf",
            order=10,
        ),
    ),
)
