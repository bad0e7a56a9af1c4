"""Campaigns, runs and outside scores."""

from __future__ import annotations

from typing import Any, cast

from drf_spectacular.utils import extend_schema
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from api.filters import CampaignFilter, MemberFilter, OutsideScoreFilter, ReadingFilter, RunFilter
from api.parsing import body, each
from api.serializers.detection import (
    CampaignSerializer,
    MemberSerializer,
    OutsideScoreSerializer,
    ReadingSerializer,
    RunSerializer,
    ScoreInSerializer,
    ScoresInSerializer,
    ScoresOutSerializer,
    UnitSerializer,
)
from api.views.base import CODE, Listing, ReadOnly
from detection.models import Campaign, DetectionRun, OutsideScore, SignalReading
from detection.services import OutsideScoreRow, receive_outside_scores
from staff.enums import Action
from staff.models import User
from staff.permissions import check


class CampaignViewSet(ReadOnly):
    """Campaigns, strongest first."""

    queryset = Campaign.objects.all()
    serializer_class = CampaignSerializer
    filterset_class = CampaignFilter
    lookup_field = "code"
    lookup_value_regex = CODE
    ordering_key = "-score,-id"

    @extend_schema(responses=MemberSerializer(many=True))
    @action(detail=True, filterset_class=MemberFilter)
    def members(self, request: Request, code: str) -> Response:
        """Its accounts with tier, as its last run found them."""
        rows = self.get_object().members.select_related("account")
        return self.page(rows, MemberSerializer, key="tier,-k,-id", filterset=MemberFilter)

    @extend_schema(responses=UnitSerializer(many=True), filters=False)
    @action(detail=True)
    def units(self, request: Request, code: str) -> Response:
        """Its units in its last run."""
        campaign = self.get_object()
        return self.page(campaign.units.filter(run=campaign.last_run_id), UnitSerializer, key="-score,-id")

    @extend_schema(responses=ReadingSerializer(many=True))
    @action(detail=True, filterset_class=ReadingFilter)
    def readings(self, request: Request, code: str) -> Response:
        """The signal readings of its units in its last run, each with its benign reading."""
        campaign = self.get_object()
        rows = SignalReading.objects.filter(unit__campaign=campaign, unit__run=campaign.last_run_id)
        return self.page(rows, ReadingSerializer, key="-id", filterset=ReadingFilter)


class RunViewSet(ReadOnly):
    """Detection runs, newest first."""

    queryset = DetectionRun.objects.all()
    serializer_class = RunSerializer
    filterset_class = RunFilter
    lookup_url_kwarg = "id"
    lookup_field = "pk"


class ScoreViewSet(mixins.ListModelMixin, Listing):
    """Outside scores: those handed in, newest first."""

    queryset = OutsideScore.objects.select_related("account")
    serializer_class = OutsideScoreSerializer
    filterset_class = OutsideScoreFilter

    @extend_schema(request=ScoresInSerializer, responses={201: ScoresOutSerializer})
    def create(self, request: Request) -> Response:
        """Hand in scores of an outside classifier; they stand beside ours under their own name and version."""
        check(request.user, Action.SUBMIT_SCORES)
        batch = body(request, ScoresInSerializer)
        good, errors = each(batch["scores"], ScoreInSerializer)
        rows = {place: _row(item) for place, item in good.items()}
        added, refused = receive_outside_scores(
            rows=list(rows.values()), name=batch["name"], version=batch["version"], actor=cast(User, request.user)
        )
        places = {id(row): place for place, row in rows.items()}
        errors |= {places[id(row)]: why for row, why in refused}
        answer = {
            "received": len(batch["scores"]),
            "stored": added,
            "known": len(rows) - added - len(refused),
            "errors": [{"index": place, "detail": why} for place, why in sorted(errors.items())],
        }
        return Response(ScoresOutSerializer(answer).data, status=201)


def _row(item: dict[str, Any]) -> OutsideScoreRow:
    about = ("session", item["session_id"]) if "session_id" in item else ("account", item["account_id"])
    return OutsideScoreRow(*about, item["account_id"], item["score"], item.get("occurred_at"))
