"""What this app tells the rest of the house."""

from datetime import timedelta

from bocage.base.manifest import (
    DeskEntry,
    Job,
    Manifest,
    PersonalData,
    PersonRows,
    Processing,
    Retention,
    Topic,
)

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
            fate="bocage.messaging.privacy.fate",
            files="bocage.messaging.privacy.files",
            words="bocage.messaging.privacy.WORDS",
            kept_for="5 ans après l’envoi",
            tables=(
                "messaging.Notice",
                "messaging.Delivery",
                "messaging.Letter",
                "messaging.MailboxMessage",
                "base.Outbox",
            ),
        ),
    ),
    traces=("messaging.LetterBatch",),
    retentions=(
        Retention(
            name="messaging.notices",
            label="Avis et courriers envoyés",
            rule="5 ans après l’envoi ; le PDF d’un lot imprimé, un mois",
            run="bocage.messaging.privacy.retention",
            due="bocage.messaging.privacy.retention_due",
            order=20,
        ),
    ),
    processings=(
        Processing(
            name="messaging.notices",
            label="Avis et courriers",
            purpose="Dire aux habitants ce que deviennent leurs demandes, et pouvoir prouver qu’on le leur a dit.",
            basis="Mission d’intérêt public (règlement européen, art. 6, paragraphe 1, point e) ; code des relations "
            "entre le public et l’administration, art. L112-11 et L211-2",
            people="Habitants qui ont fait une demande",
            data="Nom, adresse e-mail, téléphone ou adresse postale, texte de l’avis, date et issue de l’envoi",
            recipients="Les agents du service qui écrit ; le transporteur : serveur de courriel, opérateur de SMS, "
            "La Poste",
            kept="5 ans après l’envoi",
            order=40,
        ),
    ),
)
