"""Every address of the desk, the admin and the API."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("staff.urls")),
    path("", include("traffic.urls")),
    path("", include("detection.urls")),
    path("", include("investigations.urls")),
    path("api/", include("api.urls")),
    path("admin/", admin.site.urls),
]

handler500 = "core.http.server_error"
