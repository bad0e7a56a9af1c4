"""Who may read: asked of the same matrix as the pages. Writes are checked by the service that does them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from staff.permissions import check

if TYPE_CHECKING:  # the view module loads these classes itself
    from rest_framework.views import APIView


class MayRead(BasePermission):
    """Checks the view's `reads` action on every request; what a request writes is the service's to check."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        if not request.user or not request.user.is_authenticated:
            return False
        reads = getattr(view, "reads", None)
        if reads is None and request.method in SAFE_METHODS and request.method != "OPTIONS":
            return False
        if reads is not None:
            check(request.user, reads)
        return True
