"""Cases: their accounts, exhibits and notes."""

from __future__ import annotations

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.response import Response

from accounts.models import ApiAccount
from api.filters import CaseFilter
from api.parsing import all_of, body
from api.requests import StaffRequest
from api.serializers.inputs import CaseInSerializer, ExhibitInSerializer, NoteInSerializer
from api.serializers.investigations import CaseAccountSerializer, CaseSerializer, ExhibitSerializer, NoteSerializer
from api.views.base import CODE, ReadOnly, find
from detection.models import Campaign
from investigations.models import Case, FlaggedSession
from investigations.queries.blind import readable_notes, with_reasons_kept_back
from investigations.services.cases import add_note, open_case, record_case_view
from investigations.services.exhibits import pin_exhibit
from staff.enums import Action


class CaseViewSet(ReadOnly):
    """Cases, newest first."""

    queryset = Case.objects.none()  # names the model; `get_queryset` asks who reads
    serializer_class = CaseSerializer
    filterset_class = CaseFilter
    reads = Action.VIEW_CASE
    lookup_field = "code"
    lookup_value_regex = CODE

    def get_queryset(self) -> QuerySet[Case]:
        return Case.objects.visible_to(self.request.user).select_related("campaign", "owner", "restriction")

    @extend_schema(request=CaseInSerializer, responses={201: CaseSerializer})
    def create(self, request: StaffRequest) -> Response:
        """Open a case."""
        given = body(request, CaseInSerializer)
        campaign = find(Campaign.objects.all(), code=given["campaign"]) if "campaign" in given else None
        case = open_case(
            title=given["title"],
            summary=given["summary"],
            campaign=campaign,
            sessions=all_of(FlaggedSession.objects.all(), "pk", given["sessions"]),
            accounts=all_of(ApiAccount.objects.all(), "account_id", given["accounts"]),
            actor=request.user,
        )
        return Response(CaseSerializer(case).data, status=201)

    @extend_schema(responses=CaseAccountSerializer(many=True), filters=False)
    @action(detail=True)
    def accounts(self, request: StaffRequest, code: str) -> Response:
        """The accounts that the case is about."""
        rows = self.get_object().case_accounts.select_related("account")
        return self.page(rows, CaseAccountSerializer, key="id")

    @extend_schema(responses=ExhibitSerializer(many=True), filters=False)
    @action(detail=True)
    def exhibits(self, request: StaffRequest, code: str) -> Response:
        """What was pinned, by number."""
        rows = with_reasons_kept_back(self._read().exhibits.select_related("pinned_by"), request.user)
        return self.page(rows, ExhibitSerializer, key="number")

    @extend_schema(request=ExhibitInSerializer, responses={201: ExhibitSerializer})
    @exhibits.mapping.post
    def pin(self, request: StaffRequest, code: str) -> Response:
        """Pin something as it is at this moment."""
        case = self.get_object()
        exhibit = pin_exhibit(case=case, actor=request.user, **body(request, ExhibitInSerializer))
        return Response(ExhibitSerializer(exhibit).data, status=201)

    @extend_schema(responses=NoteSerializer(many=True), filters=False)
    @action(detail=True)
    def notes(self, request: StaffRequest, code: str) -> Response:
        """Notes in the order they were written, without those kept back until one's blind second verdict is in."""
        return self.page(readable_notes(self._read(), request.user), NoteSerializer, key="id")

    def _read(self) -> Case:
        """The case, of which what people said is read: that is a look at it."""
        case: Case = self.get_object()
        record_case_view(case=case, actor=self.request.user)  # type: ignore[arg-type]
        return case

    @extend_schema(request=NoteInSerializer, responses={201: NoteSerializer})
    @notes.mapping.post
    def write(self, request: StaffRequest, code: str) -> Response:
        """Add a note."""
        case = self.get_object()
        note = add_note(case=case, text=body(request, NoteInSerializer)["text"], actor=request.user)
        return Response(NoteSerializer(note).data, status=201)
