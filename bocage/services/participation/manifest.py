"""What participation tells the rest of the house. Its procedure opens its own door on the portal, « Signaler »."""

from bocage.base.manifest import Manifest

manifest = Manifest(
    name="participation",
    label="Participation",
    summary="Signaler un problème dans une commune, et suivre ce qui a été signalé.",
    service=True,
    axis="Citoyenneté",
    icon="help",
    demo="bocage.services.participation.demo.load",
    demo_order=80,
)
