"""Alerts on the desk: Wagtail's screens, whose writes go through ``operations``."""

from typing import Any

from django.utils import timezone
from wagtail.admin.panels import FieldPanel, FieldRowPanel
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import CreateView, DeleteView, EditView, SnippetViewSet

from bocage.base.readonly import allow_write
from bocage.identity.actors import actor_of
from bocage.publishing import operations
from bocage.publishing.models import Alert


class AlertCreateView(CreateView):
    """A new alert."""

    def save_instance(self) -> Alert:
        """Through the operation, with its event."""
        return operations.save_alert(super().save_instance, actor=actor_of(self.request), now=timezone.now())


class AlertEditView(EditView):
    """An alert to change."""

    def save_instance(self) -> Alert:
        """Through the operation, with its event."""
        return operations.save_alert(super().save_instance, actor=actor_of(self.request), now=timezone.now())

    def get_editing_sessions(self) -> Any:
        """Who has it open: Wagtail notes it when the page is read, and our class is not among those it exempts."""
        with allow_write("Wagtail keeps who has an alert open"):
            return super().get_editing_sessions()


class AlertDeleteView(DeleteView):
    """An alert to take away."""

    def delete_action(self) -> None:
        """Through the operation, with its event."""
        operations.delete_alert(self.object, actor=actor_of(self.request), now=timezone.now())


class AlertViewSet(SnippetViewSet):
    """Alerts, in the menu of the desk."""

    model = Alert
    icon = "warning"
    add_to_admin_menu = True
    menu_order = 250
    list_display = ["text", "level", "starts", "ends"]
    list_filter = ["level"]
    search_fields = ["text"]
    copy_view_enabled = False
    add_view_class: Any = AlertCreateView
    edit_view_class: Any = AlertEditView
    delete_view_class: Any = AlertDeleteView
    panels = [
        FieldPanel("level"),
        FieldPanel("text"),
        FieldPanel("url"),
        FieldRowPanel([FieldPanel("starts"), FieldPanel("ends")]),
        FieldPanel("communes"),
    ]


register_snippet(AlertViewSet)
