"""What the design system tells the rest of the house."""

from bocage.base.manifest import Manifest

manifest = Manifest(
    name="ui",
    label="Charte",
    summary="La mise en page, les composants et leur catalogue vivant.",
)
