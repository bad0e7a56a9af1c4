"""The description of the API, for machines and for people."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from drf_spectacular.views import SpectacularAPIView


class SchemaView(SpectacularAPIView):
    """OpenAPI 3; for people who are signed in."""


@require_safe
def docs_page(request: HttpRequest) -> HttpResponse:
    """Swagger UI from our own static files; its set-up is a file too, since the policy allows no inline script."""
    return render(request, "api/docs.html")
