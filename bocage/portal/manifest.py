"""What this app tells the rest of the house."""

from bocage.base.manifest import Manifest

manifest = Manifest(
    name="portal",
    label="Portail",
    summary="",
)
