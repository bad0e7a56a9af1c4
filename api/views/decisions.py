"""Decisions: proposed by one person, approved by another."""

from __future__ import annotations

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.response import Response

from accounts.models import ApiAccount
from api.filters import DecisionFilter, DecisionItemFilter
from api.parsing import all_of, body
from api.requests import StaffRequest
from api.serializers.inputs import DecisionInSerializer, ReasonSerializer, VoteSerializer
from api.serializers.investigations import DecisionItemSerializer, DecisionSerializer
from api.views.base import CODE, ReadOnly, find
from investigations.models import Case, Decision
from investigations.services.approval import approve_decision
from investigations.services.decisions import propose_decision, refuse_decision, withdraw_decision
from investigations.services.reversal import reverse_decision
from investigations.services.scheduling import cancel_decision
from staff.enums import Action


class DecisionViewSet(ReadOnly):
    """Decisions, newest first."""

    queryset = Decision.objects.none()  # names the model; `get_queryset` asks who reads
    serializer_class = DecisionSerializer
    filterset_class = DecisionFilter
    reads = Action.VIEW_CASE
    lookup_field = "code"
    lookup_value_regex = CODE

    def get_queryset(self) -> QuerySet[Decision]:
        known = Decision.objects.visible_to(self.request.user).select_related("case", "proposed_by", "reverses")
        return known.prefetch_related("exhibits", "approvals__by")

    @extend_schema(responses=DecisionItemSerializer(many=True))
    @action(detail=True, filterset_class=DecisionItemFilter)
    def items(self, request: StaffRequest, code: str) -> Response:
        """Its accounts and what became of each."""
        rows = self.get_object().items.select_related("account", "decision").prefetch_related("decision__approvals")
        return self.page(rows, DecisionItemSerializer, key="id", filterset=DecisionItemFilter)

    @extend_schema(request=DecisionInSerializer, responses={201: DecisionSerializer})
    def create(self, request: StaffRequest) -> Response:
        """Propose a decision on accounts of a case, for another person to approve."""
        given = body(request, DecisionInSerializer)
        case = find(Case.objects.visible_to(request.user), code=given.pop("case"))
        given["exhibits"] = all_of(case.exhibits.all(), "number", given["exhibits"])
        if "accounts" in given:
            rows = ApiAccount.objects.filter(cases=case)
            given["accounts"] = all_of(rows, "account_id", given["accounts"])
        return self._answer(propose_decision(case=case, actor=request.user, **given), status=201)

    @extend_schema(request=VoteSerializer, responses=DecisionSerializer)
    @action(detail=True, methods=["post"])
    def approve(self, request: StaffRequest, code: str) -> Response:
        """Approve another person's proposal."""
        decision = self.get_object()
        given = body(request, VoteSerializer)
        return self._answer(approve_decision(decision=decision, actor=request.user, **given))

    @extend_schema(request=ReasonSerializer, responses=DecisionSerializer)
    @action(detail=True, methods=["post"])
    def refuse(self, request: StaffRequest, code: str) -> Response:
        """Say no to another person's proposal."""
        decision = self.get_object()
        given = body(request, ReasonSerializer)
        return self._answer(refuse_decision(decision=decision, actor=request.user, **given))

    @extend_schema(request=ReasonSerializer, responses=DecisionSerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: StaffRequest, code: str) -> Response:
        """Take one's own proposal back."""
        decision = self.get_object()
        given = body(request, ReasonSerializer)
        return self._answer(withdraw_decision(decision=decision, actor=request.user, **given))

    @extend_schema(request=ReasonSerializer, responses=DecisionSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: StaffRequest, code: str) -> Response:
        """Cancel what was approved while it can still be, or stop what still waits."""
        decision = self.get_object()
        given = body(request, ReasonSerializer)
        return self._answer(cancel_decision(decision=decision, actor=request.user, **given))

    @extend_schema(request=ReasonSerializer, responses={201: DecisionSerializer})
    @action(detail=True, methods=["post"])
    def reverse(self, request: StaffRequest, code: str) -> Response:
        """Propose to undo a decision."""
        decision = self.get_object()
        given = body(request, ReasonSerializer)
        return self._answer(reverse_decision(decision=decision, actor=request.user, **given), status=201)

    def _answer(self, decision: Decision, status: int = 200) -> Response:
        row = find(self.get_queryset(), pk=decision.pk)
        return Response(DecisionSerializer(row, context=self.get_serializer_context()).data, status=status)
