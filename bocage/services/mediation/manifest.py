"""What the service of digital mediation tells the rest of the house. Its procedure opens its own door on the portal."""

from bocage.base.manifest import Manifest

manifest = Manifest(
    name="mediation",
    label="Inclusion numérique",
    summary="Aide numérique, chez soi ou par téléphone.",
    service=True,
    axis="Inclusion",
    icon="help",
    demo="bocage.services.mediation.demo.load",
    demo_order=70,
)
