"""What our desk changes in Wagtail's own pages: its sidebar leads to our screens, and only where one may go."""

from typing import Any

from django.http import HttpRequest
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from bocage.desk.menu import items

_ICONS = {
    "home": "home",
    "users": "group",
    "file": "doc-full",
    "mail": "mail",
    "print": "clipboard-list",
    "site": "site",
}


@hooks.register("construct_main_menu")  # type: ignore[untyped-decorator]
def menu(request: HttpRequest, menu_items: list[Any]) -> None:
    """Our entries first; Wagtail's own help item goes (it leads off the house)."""
    menu_items[:] = [item for item in menu_items if item.name != "help"]
    known = {getattr(item, "url", "") for item in menu_items}
    for item in items(request):
        if item.url not in known:
            icon = _ICONS.get(item.icon, "list-ul")
            menu_items.append(MenuItem(item.label, item.url, icon_name=icon, order=item.order - 1000))
