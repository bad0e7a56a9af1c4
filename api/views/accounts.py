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
from investigations.restricted import withhold


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
        self.ordering_key = "-occurred_at,-id"
        page = self.paginate_queryset(self.get_object().status_changes.all())
        steps = withhold(list(page or []), request.user)
        return self.get_paginated_response(StatusChangeSerializer(steps, many=True).data)
