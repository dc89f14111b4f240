"""What this app tells the rest of the house."""

from datetime import timedelta

from bocage.base.manifest import DeskEntry, Job, Manifest, PersonalData

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
    desk=(
        DeskEntry(label="Agents et accès", url_name="identity_desk:agents", icon="users", order=92),
        DeskEntry(label="Sites reliés", url_name="identity_sites:list", icon="site", order=94),
    ),
    jobs=(
        Job(
            name="identity.follow-posts",
            path="bocage.identity.operations.posts.follow_posts",
            every=timedelta(days=1),
            at="00:10",
        ),
        Job(
            name="identity.forget-links",
            path="bocage.identity.operations.links.forget_links",
            every=timedelta(days=1),
            at="00:20",
        ),
        Job(
            name="identity.signing-keys",
            path="bocage.identity.provider.load",
            every=timedelta(days=1),
            at="02:40",
        ),
    ),
    load="bocage.identity.provider.load",
    sealed=("bocage.identity.sealing.reseal_all",),
    demo="bocage.identity.demo.load",
    demo_order=20,
)
