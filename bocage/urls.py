"""The map of addresses: foundations and services under plain French words, editorial pages last."""

from django.urls import include, path
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls

from bocage.identity.views import demo_sign_in

urlpatterns = [
    path("", include("bocage.base.urls")),
    path("", include("bocage.portal.urls")),
    path("", include("bocage.territory.urls")),
    path("", include("bocage.agenda.urls")),
    path("", include("bocage.cases.urls")),
    path("", include("bocage.messaging.urls")),
    path("charte/", include("bocage.ui.urls")),
    path("", include("bocage.privacy.urls")),
    path("compte/", include("bocage.identity.urls")),
    path("", include("bocage.identity.provider.urls", namespace="idp")),
    path("demo/essayer/", demo_sign_in, name="demo_sign_in"),
    path("demo/<slug:key>/api/v2/", include("bocage.identity.stand_in.urls")),
    # Our own screens stand before Wagtail's, whose home they replace, and outside its wrapper: the desk's door is
    # bocage.desk.access, and Wagtail's own check would read permissions and profile again for each page.
    path("bureau/", include("bocage.desk.urls")),
    path("bureau/", include("bocage.agenda.desk_urls")),
    path("bureau/", include("bocage.cases.desk_urls")),
    path("bureau/", include("bocage.messaging.desk_urls")),
    path("bureau/", include("bocage.territory.desk_urls")),
    path("bureau/", include("bocage.identity.desk_urls")),
    path("bureau/", include("bocage.privacy.desk_urls")),
    path("bureau/", include(wagtailadmin_urls)),
    path("", include("bocage.publishing.urls")),
    path("", include(wagtail_urls)),
]
handler400 = "bocage.base.errors.bad_request"
handler403 = "bocage.base.errors.forbidden"
handler404 = "bocage.base.errors.not_found"
handler429 = "bocage.base.errors.too_many_requests"  # django-allauth's limits
handler500 = "bocage.base.errors.server_error"
