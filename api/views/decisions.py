"""Decisions: proposed by one person, approved by another."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from api.filters import DecisionFilter, DecisionItemFilter
from api.serializers.investigations import DecisionItemSerializer, DecisionSerializer
from api.views.base import CODE, ReadOnly
from investigations.models import Decision
from staff.enums import Action


class DecisionViewSet(ReadOnly):
    """Decisions, newest first."""

    queryset = Decision.objects.select_related("case", "proposed_by", "reverses").prefetch_related(
        "exhibits", "approvals__by"
    )
    serializer_class = DecisionSerializer
    filterset_class = DecisionFilter
    reads = Action.VIEW_CASE
    lookup_field = "code"
    lookup_value_regex = CODE

    @extend_schema(responses=DecisionItemSerializer(many=True))
    @action(detail=True, filterset_class=DecisionItemFilter)
    def items(self, request: Request, code: str) -> Response:
        """Its accounts and what became of each."""
        rows = self.get_object().items.select_related("account")
        return self.page(rows, DecisionItemSerializer, key="id", filterset=DecisionItemFilter)
