"""Keyset paging for the API, on the same marks as the pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response

from core.errors import InvalidInput
from core.paging import PAGE_SIZE, keyset_page

if TYPE_CHECKING:  # the view module loads these classes itself
    from rest_framework.views import APIView

LARGEST_PAGE = 500
PAGING_PARAMETERS = {"after", "limit"}


class KeysetPagination(BasePagination):
    """`?after=MARK&limit=N`; the viewset's `ordering_key` names the order, its last field unique."""

    def paginate_queryset(self, queryset: Any, request: Request, view: APIView | None = None) -> list[Any]:
        key = getattr(view, "ordering_key", "-id")
        page = keyset_page(queryset, key=key, after=request.query_params.get("after"), size=self._size(request))
        self.mark = page.next
        return page.items

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"next": self.mark, "results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return {
            "type": "object",
            "required": ["next", "results"],
            "properties": {
                "next": {"type": "string", "nullable": True, "description": "Give it as `after` for the next page"},
                "results": schema,
            },
        }

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        return [
            {"name": "after", "in": "query", "schema": {"type": "string"}, "description": "`next` of the page before"},
            {
                "name": "limit",
                "in": "query",
                "schema": {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE, "default": PAGE_SIZE},
                "description": "Rows a page",
            },
        ]

    @staticmethod
    def _size(request: Request) -> int:
        given = request.query_params.get("limit", str(PAGE_SIZE))
        if not given.isascii() or not given.isdigit() or not 1 <= int(given[:9]) <= LARGEST_PAGE:
            raise InvalidInput("limit", given, f"it is a whole number from 1 to {LARGEST_PAGE}")
        return int(given)
