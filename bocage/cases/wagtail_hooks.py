"""What cases add to the desk: their addresses under /bureau/."""

from django.urls import URLPattern, URLResolver
from wagtail import hooks

from bocage.cases.desk_urls import urlpatterns


@hooks.register("register_admin_urls")
def case_addresses() -> list[URLPattern | URLResolver]:
    """The agents' screens of cases."""
    return list(urlpatterns)
