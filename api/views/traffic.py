"""Sources and pulls."""

from __future__ import annotations

from api.filters import PullFilter
from api.serializers.traffic import PullSerializer, SourceSerializer
from api.views.base import ReadOnly
from traffic.models import Pull, Source


class SourceViewSet(ReadOnly):
    """Log sources."""

    queryset = Source.objects.all()
    serializer_class = SourceSerializer
    lookup_field = "slug"
    lookup_value_regex = r"[-a-zA-Z0-9_]{1,64}"
    ordering_key = "slug"


class PullViewSet(ReadOnly):
    """Pulls, newest first."""

    queryset = Pull.objects.select_related("source")
    serializer_class = PullSerializer
    filterset_class = PullFilter
    lookup_url_kwarg = "id"
    lookup_field = "pk"
