"""What the service of associations tells the rest of the house. Its procedure opens its own door on the portal."""

from bocage.base.manifest import Manifest

manifest = Manifest(
    name="associations",
    label="Vie associative",
    summary="Subventions des associations, de la demande au compte rendu.",
    service=True,
    axis="Participation",
    icon="users",
    demo="bocage.services.associations.demo.load",
    demo_order=90,
)
