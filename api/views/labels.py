"""Labels: the reference that calibration is made of."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins
from rest_framework.response import Response

from api.filters import LabelFilter
from api.parsing import body
from api.requests import StaffRequest
from api.serializers.labels import LabelSerializer, LabelsInSerializer, LabelsOutSerializer
from api.views.base import Listing
from detection.labels.reading import COLUMNS, read_items
from detection.labels.reference import readable_labels
from detection.labels.services import import_labels, note_labels_read
from detection.models import Label
from staff.blind import owed_second_review
from staff.enums import Action
from staff.permissions import check


class LabelViewSet(mixins.ListModelMixin, Listing):
    """Labels, newest first; withdrawn ones stay in the list."""

    queryset = Label.objects.none()  # names the model; `get_queryset` asks who reads
    serializer_class = LabelSerializer
    filterset_class = LabelFilter

    request: StaffRequest

    def get_queryset(self) -> QuerySet[Label]:
        return readable_labels(owed_second_review(self.request.user)).select_related("account")

    def paginate_queryset(self, queryset: Any) -> Any:
        page = super().paginate_queryset(queryset)
        note_labels_read(labels=page or (), reader=self.request.user)
        return page

    @extend_schema(request=LabelsInSerializer, responses={201: LabelsOutSerializer})
    def create(self, request: StaffRequest) -> Response:
        """Deliver past bans and clearances; the same decisions delivered again change nothing."""
        check(request.user, Action.MANAGE_REFERENCE)
        given = body(request, LabelsInSerializer)
        delivery = read_items([_item(item) for item in given["labels"]], source=given["source"])
        batch, new = import_labels(delivery=delivery, name="API", source=given["source"], actor=request.user)
        answer = {
            "batch": batch.pk,
            "digest": batch.digest,
            "received": delivery.n_read,
            "stored": batch.n_new if new else 0,
            "known": delivery.n_read - len(delivery.refused) - (batch.n_new if new else 0),
            "errors": [{"index": bad.number - 1, "detail": bad.reason} for bad in delivery.refused],
        }
        return Response(LabelsOutSerializer(answer).data, status=201)


def _item(item: object) -> dict[str, object] | str:
    """An object, or the reason why it is none; a field that a label does not have is refused, never ignored."""
    if not isinstance(item, dict):
        return "the item is not an object"
    unknown = sorted(set(map(str, item)) - set(COLUMNS))
    if unknown:
        return f"{unknown[0]}: there is no such field here; the fields are {', '.join(COLUMNS)}"
    return item
