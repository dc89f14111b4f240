"""What this app tells the rest of the house."""

from bocage.base.manifest import Manifest

manifest = Manifest(
    name="territory",
    label="Territoire",
    summary="",
)
