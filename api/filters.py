"""What each list may be narrowed by: named fields with exact or range look-ups, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from django_filters.utils import translate_validation
from rest_framework.request import Request

from accounts.enums import Status
from accounts.models import ApiAccount
from api.paging import PAGING_PARAMETERS
from core.errors import InvalidInput
from detection.enums import Family, LabelKind, Level, RunKind, RunState, Tier
from detection.models import Label, OutsideScore
from investigations.enums import CaseState, DecisionAction, DecisionState, ItemState, Verdict
from investigations.models import FlaggedSession
from investigations.queries.quality import without_blind
from traffic.enums import PullState

if TYPE_CHECKING:  # the view module loads these classes itself
    from rest_framework.views import APIView


class AllowListBackend(filters.DjangoFilterBackend):
    """Refuses a parameter that the list does not know, instead of answering with everything."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: APIView) -> QuerySet[Any]:
        chosen = self.get_filterset(request, queryset, view)
        known = set(chosen.filters) if chosen is not None else set()
        for name in request.query_params:
            if name not in known | PAGING_PARAMETERS:
                allowed = ", ".join(sorted(known | PAGING_PARAMETERS))
                raise InvalidInput("filter", name, f"this list takes {allowed}")
        if chosen is None:
            return queryset
        if not chosen.is_valid():
            raise translate_validation(chosen.errors)
        return chosen.qs


class AccountFilter(filters.FilterSet):
    account_id = filters.CharFilter()
    organisation = filters.CharFilter(field_name="organisation__name")
    status_pulled = filters.ChoiceFilter(choices=Status.choices)
    status_decided = filters.ChoiceFilter(choices=Status.choices)
    country = filters.CharFilter()
    tag = filters.CharFilter(method="by_tag")

    def by_tag(self, rows: QuerySet[ApiAccount], name: str, value: str) -> QuerySet[ApiAccount]:
        return rows.filter(tags__contains=[value])


class CampaignFilter(filters.FilterSet):
    level = filters.ChoiceFilter(choices=Level.choices)
    last_run = filters.NumberFilter(field_name="last_run_id")


class MemberFilter(filters.FilterSet):
    tier = filters.ChoiceFilter(choices=Tier.choices)


class ReadingFilter(filters.FilterSet):
    family = filters.ChoiceFilter(choices=Family.choices)
    signal = filters.CharFilter()


class RunFilter(filters.FilterSet):
    kind = filters.ChoiceFilter(choices=RunKind.choices)
    state = filters.ChoiceFilter(choices=RunState.choices)


class OutsideScoreFilter(filters.FilterSet):
    name = filters.CharFilter()
    version = filters.CharFilter()
    account_id = filters.CharFilter(field_name="account__account_id")
    subject_kind = filters.ChoiceFilter(choices=OutsideScore.Subject.choices)


class LabelFilter(filters.FilterSet):
    account_id = filters.CharFilter(field_name="account__account_id")
    kind = filters.ChoiceFilter(choices=LabelKind.choices)
    basis = filters.CharFilter()
    source = filters.CharFilter()
    batch = filters.NumberFilter(field_name="batch_id")
    standing = filters.ChoiceFilter(choices=(("true", "not withdrawn"), ("false", "withdrawn")), method="by_standing")

    def by_standing(self, rows: QuerySet[Label], name: str, value: str) -> QuerySet[Label]:
        return rows.filter(withdrawn_at__isnull=value == "true")


class FlaggedSessionFilter(filters.FilterSet):
    campaign = filters.CharFilter(field_name="campaign__code")
    account_id = filters.CharFilter(field_name="account__account_id")
    verdict = filters.ChoiceFilter(choices=Verdict.choices, method="by_verdict")
    open = filters.ChoiceFilter(choices=(("true", "without a verdict"), ("false", "with one")), method="by_open")
    assignee = filters.CharFilter(field_name="assignee__username")

    def by_open(self, rows: QuerySet[FlaggedSession], name: str, value: str) -> QuerySet[FlaggedSession]:
        if value == "true":
            return rows.filter(verdict="")
        return without_blind(rows.exclude(verdict=""), self.request.user)

    def by_verdict(self, rows: QuerySet[FlaggedSession], name: str, value: str) -> QuerySet[FlaggedSession]:
        return without_blind(rows.filter(verdict=value), self.request.user)


class SampleFilter(filters.FilterSet):
    session = filters.NumberFilter(field_name="session_id")
    exchange_id = filters.CharFilter()


class CaseFilter(filters.FilterSet):
    state = filters.ChoiceFilter(choices=CaseState.choices)
    campaign = filters.CharFilter(field_name="campaign__code")
    owner = filters.CharFilter(field_name="owner__username")


class DecisionFilter(filters.FilterSet):
    state = filters.ChoiceFilter(choices=DecisionState.choices)
    action = filters.ChoiceFilter(choices=DecisionAction.choices)
    case = filters.CharFilter(field_name="case__code")


class DecisionItemFilter(filters.FilterSet):
    state = filters.ChoiceFilter(choices=ItemState.choices)


class PullFilter(filters.FilterSet):
    source = filters.CharFilter(field_name="source__slug")
    state = filters.ChoiceFilter(choices=PullState.choices)
