"""Sources and pulls."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from api.filters import PullFilter
from api.parsing import body
from api.serializers.inputs import NothingSerializer
from api.serializers.traffic import PullSerializer, SourceSerializer
from api.views.base import ReadOnly
from traffic.models import Pull, Source
from traffic.services import request_pull


class SourceViewSet(ReadOnly):
    """Log sources."""

    queryset = Source.objects.all()
    serializer_class = SourceSerializer
    lookup_field = "slug"
    lookup_value_regex = r"[-a-zA-Z0-9_]{1,64}"
    ordering_key = "slug"

    @extend_schema(request=NothingSerializer, responses={201: PullSerializer})
    @action(detail=True, methods=["post"])
    def pull(self, request: Request, slug: str) -> Response:
        """Start a pull; a worker does it."""
        source = self.get_object()
        body(request, NothingSerializer)
        return Response(PullSerializer(request_pull(source=source, actor=request.user)).data, status=201)


class PullViewSet(ReadOnly):
    """Pulls, newest first."""

    queryset = Pull.objects.select_related("source")
    serializer_class = PullSerializer
    filterset_class = PullFilter
    lookup_url_kwarg = "id"
    lookup_field = "pk"
