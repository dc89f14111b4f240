"""Django's view of this app."""

from django.apps import AppConfig


class CasesConfig(AppConfig):
    """Names the app to Django."""

    name = "bocage.cases"
    label = "cases"
    verbose_name = "Démarches et dossiers"

    def ready(self) -> None:
        """Close at sign-in what the browser had opened for someone else."""
        from django.contrib.auth.signals import user_logged_in

        from bocage.cases.access import keep_own

        user_logged_in.connect(keep_own, dispatch_uid="cases.keep_own")
