"""What editors may do in Wagtail: pages, news, pictures, files and alerts, and nothing of agents' work.

A room of its own: Wagtail keeps these rights in its own tables, beside the roles of identity.
"""

from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from wagtail.models import Collection, GroupCollectionPermission, GroupPagePermission, Page

from bocage.identity.models import Role
from bocage.identity.operations import role_group
from bocage.publishing.models import Alert

PAGES = ("add_page", "change_page", "publish_page", "lock_page", "unlock_page")
FILES = ("add_image", "change_image", "choose_image", "add_document", "change_document", "choose_document")


def grant(home: Page) -> Group:
    """Give the editors' group its rights below the portal's root page; repeatable."""
    group = role_group(Role.EDITOR)
    for permission in Permission.objects.filter(codename__in=PAGES, content_type__app_label="wagtailcore"):
        GroupPagePermission.objects.get_or_create(group=group, page=home, permission=permission)
    root = Collection.get_first_root_node()
    files = Permission.objects.filter(codename__in=FILES, content_type__app_label__in=["wagtailimages", "wagtaildocs"])
    for permission in files:
        GroupCollectionPermission.objects.get_or_create(group=group, collection=root, permission=permission)
    group.permissions.add(*Permission.objects.filter(content_type=ContentType.objects.get_for_model(Alert)))
    return group
