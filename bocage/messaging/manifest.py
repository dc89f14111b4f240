"""What this app tells the rest of the house."""

from datetime import timedelta

from bocage.base.manifest import DeskEntry, Job, Manifest, PersonalData, PersonRows, Topic

PATIENT = 80  # attempts, the last ones an hour apart: three days of a mail server that is down

manifest = Manifest(
    name="messaging",
    label="Avis et courriers",
    summary="Les avis par courriel, SMS ou courrier postal, et ce qu’ils deviennent.",
    icon="mail",
    desk=(DeskEntry(label="Courriers", url_name="messaging_desk:letters", icon="mail", order=40),),
    load="bocage.messaging.operations.load_templates",
    load_order=30,
    topics=(
        # Repeated under the same Message-ID, key or letter: the other side can tell.
        Topic(
            name="messaging.email",
            path="bocage.messaging.handlers.send_email",
            label="Courriel",
            max_attempts=PATIENT,
            again="bocage.messaging.operations.notices.requeue",
            settled="bocage.messaging.operations.notices.settle",
        ),
        Topic(
            name="messaging.sms",
            path="bocage.messaging.handlers.send_sms",
            label="SMS",
            max_attempts=PATIENT,
            again="bocage.messaging.operations.notices.requeue",
            settled="bocage.messaging.operations.notices.settle",
        ),
        # Apart: drawing a page takes as long as sending ten mails.
        Topic(
            name="messaging.letter",
            path="bocage.messaging.handlers.draw_letter",
            label="Mise en page d’une lettre",
            settled="bocage.messaging.operations.notices.settle",
            queue="documents",
        ),
    ),
    jobs=(
        Job(
            name="messaging.draw-waiting-letters",
            path="bocage.messaging.operations.letters.draw_waiting",
            every=timedelta(minutes=10),
        ),
        Job(
            name="messaging.sweep-files",
            path="bocage.messaging.operations.letters.sweep_files",
            every=timedelta(days=1),
            at="04:10",
        ),
        Job(
            name="messaging.retention",
            path="bocage.messaging.privacy.retention",
            every=timedelta(days=1),
            at="03:40",
        ),
    ),
    person_rows=(
        PersonRows(
            name="messaging.Delivery.person",
            label="avis et courriers reçus",
            move="bocage.messaging.operations.notices.move_deliveries",
        ),
    ),
    personal_data=(
        PersonalData(
            name="messaging.notices",
            label="Avis et courriers reçus",
            export="bocage.messaging.privacy.export",
            erase="bocage.messaging.privacy.erase",
            retention="bocage.messaging.privacy.retention",
            kept_for="5 ans après l’envoi",
        ),
    ),
)
