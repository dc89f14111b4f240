"""What the waste service tells the rest of the house. Its procedures open their own doors on the portal."""

from datetime import timedelta

from bocage.base.manifest import Job, Manifest

manifest = Manifest(
    name="waste",
    label="Déchets",
    summary="Composteurs, collecte et déchèteries.",
    service=True,
    axis="Environnement",
    icon="recycle",
    jobs=(Job(name="waste.demo_day", path="bocage.services.waste.demo.live_on", every=timedelta(days=1), at="05:10"),),
    demo="bocage.services.waste.demo.load_all",
    demo_order=60,
)
