"""What this app tells the rest of the house."""

from bocage.base.manifest import Manifest, PersonalData

manifest = Manifest(
    name="identity",
    label="Identité",
    summary="Personnes, comptes, foyers, mandats, et ce que voient les agents.",
    personal_data=(
        PersonalData(
            name="identity",
            label="Nom, coordonnées, foyers, organismes et mandats",
            export="bocage.identity.personal_data.export",
            erase="bocage.identity.personal_data.erase",
            kept_for="tant que vous avez un compte ou un dossier en cours",
        ),
    ),
    sealed=("bocage.identity.sealing.reseal_all",),
    demo="bocage.identity.demo.load",
    demo_order=20,
)
