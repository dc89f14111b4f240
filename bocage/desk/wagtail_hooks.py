"""What our desk changes in Wagtail's own pages: its sidebar leads to our screens, and only where one may go; its look
and the few words that its catalogue cannot reach.
"""

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem
from wagtail.sites.views import IndexView as SitesView

from bocage.desk.access import may_open
from bocage.desk.menu import items
from bocage.identity.models import Account
from bocage.identity.queries import request_scope
from bocage.territory.queries import today

_ICONS = {
    "home": "home",
    "users": "group",
    "file": "doc-full",
    "mail": "mail",
    "print": "clipboard-list",
    "site": "site",
}


_SITE_COLUMNS = {"port": _("Port"), "site_name": _("Nom du site"), "root_page": _("Page d’accueil")}
for _column in SitesView.columns:
    if _column.name in _SITE_COLUMNS:
        _column.label = _SITE_COLUMNS[_column.name]  # Wagtail writes these in English whatever the catalogue says


@hooks.register("insert_global_admin_css")  # type: ignore[untyped-decorator]
def stylesheet() -> SafeString:
    """Our colours, and lists and forms that fit a telephone."""
    return format_html('<link rel="stylesheet" href="{}">', static("ui/wagtail.css"))


@hooks.register("construct_main_menu")  # type: ignore[untyped-decorator]
def menu(request: HttpRequest, menu_items: list[Any]) -> None:
    """Our entries first; Wagtail's own help item goes (it leads off the house), its reports where they are closed."""
    roles = request_scope(request, today(timezone.now())).roles if isinstance(request.user, Account) else frozenset()
    gone = {"help"} if may_open(roles, "wagtailadmin_reports:site_history") else {"help", "reports"}
    menu_items[:] = [item for item in menu_items if item.name not in gone]
    known = {getattr(item, "url", "") for item in menu_items}
    for item in items(request):
        if item.url not in known:
            icon = _ICONS.get(item.icon, "list-ul")
            menu_items.append(MenuItem(item.label, item.url, icon_name=icon, order=item.order - 1000))
