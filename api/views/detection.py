"""Campaigns, runs and outside scores."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from api.filters import CampaignFilter, MemberFilter, OutsideScoreFilter, ReadingFilter, RunFilter
from api.serializers.detection import (
    CampaignSerializer,
    MemberSerializer,
    OutsideScoreSerializer,
    ReadingSerializer,
    RunSerializer,
    UnitSerializer,
)
from api.views.base import CODE, Listing, ReadOnly
from detection.models import Campaign, DetectionRun, OutsideScore, SignalReading


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
