"""Flagged sessions and their samples."""

from __future__ import annotations

from api.filters import FlaggedSessionFilter, SampleFilter
from api.serializers.investigations import FlaggedSessionSerializer, SampleSerializer
from api.views.base import ReadOnly
from investigations.models import FlaggedSession, SamplePrompt


class FlaggedSessionViewSet(ReadOnly):
    """Flagged sessions, strongest first."""

    queryset = FlaggedSession.objects.select_related("account", "campaign", "assignee", "verdict_by")
    serializer_class = FlaggedSessionSerializer
    filterset_class = FlaggedSessionFilter
    lookup_url_kwarg = "id"
    lookup_field = "pk"
    ordering_key = "-strength,-id"


class SampleViewSet(ReadOnly):
    """Sampled exchanges, masked; `reveal` answers with the text and leaves an audit event."""

    queryset = SamplePrompt.objects.all()
    serializer_class = SampleSerializer
    filterset_class = SampleFilter
    lookup_url_kwarg = "id"
    lookup_field = "pk"
