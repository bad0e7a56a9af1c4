"""Flagged sessions and their samples."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.response import Response

from api.filters import FlaggedSessionFilter, SampleFilter
from api.parsing import body
from api.requests import StaffRequest
from api.serializers.inputs import NothingSerializer, RevealSerializer, VerdictSerializer
from api.serializers.investigations import FlaggedSessionSerializer, RevealedSampleSerializer, SampleSerializer
from api.views.base import ReadOnly, find
from investigations.models import Case, FlaggedSession, SamplePrompt
from investigations.queries.quality import blind, held_second_review
from investigations.services.claims import claim_sessions, release_sessions
from investigations.services.revealing import reveal_sample
from investigations.services.review import set_verdict
from investigations.services.second_review import give_second_verdict
from investigations.services.verdicts_read import note_verdicts_read


class FlaggedSessionViewSet(ReadOnly):
    """Flagged sessions, strongest first."""

    queryset = FlaggedSession.objects.select_related("account", "campaign", "assignee", "verdict_by")
    serializer_class = FlaggedSessionSerializer
    filterset_class = FlaggedSessionFilter
    lookup_url_kwarg = "id"
    lookup_field = "pk"
    ordering_key = "-strength,-id"

    def paginate_queryset(self, queryset: Any) -> Any:
        page = super().paginate_queryset(queryset)
        blind(page or (), self.request.user)
        note_verdicts_read(sessions=page or (), reader=self.request.user)  # type: ignore[arg-type]
        return page

    def get_object(self) -> FlaggedSession:
        session: FlaggedSession = super().get_object()
        blind([session], self.request.user)
        note_verdicts_read(sessions=[session], reader=self.request.user)  # type: ignore[arg-type]
        return session

    @extend_schema(request=NothingSerializer, responses=FlaggedSessionSerializer)
    @action(detail=True, methods=["post"])
    def claim(self, request: StaffRequest, id: str) -> Response:
        """Take it to work on; 409 names who has it."""
        session = self.get_object()
        body(request, NothingSerializer)
        claim_sessions(sessions=[session], actor=request.user)
        return self._answer(session)

    @extend_schema(request=NothingSerializer, responses=FlaggedSessionSerializer)
    @action(detail=True, methods=["post"])
    def release(self, request: StaffRequest, id: str) -> Response:
        """Put it back."""
        session = self.get_object()
        body(request, NothingSerializer)
        release_sessions(sessions=[session], actor=request.user)
        return self._answer(session)

    @extend_schema(request=VerdictSerializer, responses=FlaggedSessionSerializer)
    @action(detail=True, methods=["post"])
    def verdict(self, request: StaffRequest, id: str) -> Response:
        """Say what the flag turned out to be, and why; of a session whose blind second review one holds, the second verdict."""
        session, given = self.get_object(), body(request, VerdictSerializer)
        second = held_second_review(session, request.user)
        if second is not None:
            give_second_verdict(review=second, verdict=given["verdict"], reason=given["reason"], actor=request.user)
        else:
            set_verdict(session=session, actor=request.user, **given)
        return self._answer(session)

    def _answer(self, session: FlaggedSession) -> Response:
        fresh = find(self.get_queryset(), pk=session.pk)
        blind([fresh], self.request.user)
        return Response(FlaggedSessionSerializer(fresh).data)


class SampleViewSet(ReadOnly):
    """Sampled exchanges, masked; `reveal` answers with the text and leaves an audit event."""

    queryset = SamplePrompt.objects.all()
    serializer_class = SampleSerializer
    filterset_class = SampleFilter
    lookup_url_kwarg = "id"
    lookup_field = "pk"

    @extend_schema(request=RevealSerializer, responses=RevealedSampleSerializer)
    @action(detail=True, methods=["post"])
    def reveal(self, request: StaffRequest, id: str) -> Response:
        """Read the text, for a reason that the audit trail keeps."""
        sample, given = self.get_object(), body(request, RevealSerializer)
        case = find(Case.objects.visible_to(request.user), code=given["case"]) if "case" in given else None
        unmasked = given["unmasked"]
        reveal_sample(sample=sample, reason=given["reason"], case=case, actor=request.user, unmasked=unmasked)
        shown = RevealedSampleSerializer(sample, context={"unmasked": unmasked})
        return Response(shown.data, headers={"Cache-Control": "no-store"})
