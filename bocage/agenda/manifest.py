"""What the agenda tells the rest of the house."""

from datetime import timedelta

from bocage.base.manifest import Job, Manifest, PersonalData, PersonRows

manifest = Manifest(
    name="agenda",
    label="Agenda",
    summary="Séances, inscriptions, listes d’attente, salles et rendez-vous.",
    icon="calendar",
    jobs=(
        Job(name="agenda.expire", path="bocage.agenda.jobs.expire", every=timedelta(minutes=1)),
        Job(name="agenda.reconcile", path="bocage.agenda.jobs.reconcile", every=timedelta(days=1), at="02:40"),
    ),
    person_rows=(
        PersonRows(
            name="agenda.Registration.person",
            label="inscriptions",
            move="bocage.agenda.operations.following.move_registrations",
        ),
        PersonRows(
            name="agenda.Registration.account",
            label="inscriptions faites avec ce compte",
            of="account",
            move="bocage.agenda.operations.following.move_account_registrations",
        ),
    ),
    personal_data=(
        PersonalData(
            name="agenda.registrations",
            label="Inscriptions et présences",
            export="bocage.agenda.privacy.export",
            erase="bocage.agenda.privacy.erase",
            retention="bocage.agenda.privacy.retention",
            kept_for="2 ans après la séance, puis sans nom",
        ),
    ),
)
