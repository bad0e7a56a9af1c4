"""Accounts."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import ApiAccount
from api.filters import AccountFilter
from api.serializers.accounts import AccountSerializer, StatusChangeSerializer
from api.views.base import ReadOnly


class AccountViewSet(ReadOnly):
    """API accounts, by their number here; `?account_id=` finds one by the provider's id."""

    queryset = ApiAccount.objects.select_related("organisation")
    serializer_class = AccountSerializer
    filterset_class = AccountFilter
    lookup_url_kwarg = "id"
    lookup_field = "pk"

    @extend_schema(responses=StatusChangeSerializer(many=True), filters=False)
    @action(detail=True, url_path="status-changes", url_name="status-changes")
    def status_changes(self, request: Request, id: str) -> Response:
        """The account's history, newest first."""
        rows = self.get_object().status_changes.all()
        return self.page(rows, StatusChangeSerializer, key="-occurred_at,-id")
