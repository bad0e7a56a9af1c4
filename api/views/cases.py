"""Cases: their accounts, exhibits and notes."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from api.filters import CaseFilter
from api.serializers.investigations import CaseAccountSerializer, CaseSerializer, ExhibitSerializer, NoteSerializer
from api.views.base import CODE, ReadOnly
from investigations.models import Case
from staff.enums import Action


class CaseViewSet(ReadOnly):
    """Cases, newest first."""

    queryset = Case.objects.select_related("campaign", "owner")
    serializer_class = CaseSerializer
    filterset_class = CaseFilter
    reads = Action.VIEW_CASE
    lookup_field = "code"
    lookup_value_regex = CODE

    @extend_schema(responses=CaseAccountSerializer(many=True), filters=False)
    @action(detail=True)
    def accounts(self, request: Request, code: str) -> Response:
        """The accounts that the case is about."""
        rows = self.get_object().case_accounts.select_related("account")
        return self.page(rows, CaseAccountSerializer, key="id")

    @extend_schema(responses=ExhibitSerializer(many=True), filters=False)
    @action(detail=True)
    def exhibits(self, request: Request, code: str) -> Response:
        """What was pinned, by number."""
        return self.page(self.get_object().exhibits.select_related("pinned_by"), ExhibitSerializer, key="number")

    @extend_schema(responses=NoteSerializer(many=True), filters=False)
    @action(detail=True)
    def notes(self, request: Request, code: str) -> Response:
        """Notes in the order they were written."""
        return self.page(self.get_object().notes.select_related("author"), NoteSerializer, key="id")
