"""Forms of the campaign and session pages."""

from __future__ import annotations

from collections.abc import Iterable

from django import forms

from accounts.models import ApiAccount
from core.errors import InvalidInput
from core.widgets import Textarea
from detection.models import Campaign
from investigations.enums import Verdict
from investigations.measures.failover import HOURS


class VerdictForm(forms.Form):
    """A person's word on a flag."""

    verdict = forms.ChoiceField(
        choices=Verdict, widget=forms.RadioSelect, help_text="Keys 1 to 4 choose; Ctrl Enter submits"
    )
    reason = forms.CharField(widget=Textarea(attrs={"rows": 3}), max_length=4_000)


class CampaignCaseForm(forms.Form):
    """A case on a campaign; its reason is printed with the first exhibit."""

    title = forms.CharField(max_length=200)
    reason = forms.CharField(label="Why this becomes a case", widget=Textarea(attrs={"rows": 3}), max_length=4_000)


class HoursForm(forms.Form):
    """How long after an act the failover view looks."""

    hours = forms.TypedChoiceField(
        choices=[(n, n) for n in HOURS],
        coerce=int,
        empty_value=None,
        required=False,
        error_messages={"invalid_choice": f"it is one of {', '.join(map(str, HOURS))}"},
    )


def chosen_accounts(campaign: Campaign, members: Iterable[str]) -> list[ApiAccount]:
    """The accounts of the ticked members; none ticked means the whole campaign."""
    ids = list(members)
    if not all(one.isascii() and one.isdigit() for one in ids):
        raise InvalidInput("member", ids, "each is the number of a member")
    found = ApiAccount.objects.filter(memberships__campaign=campaign, memberships__pk__in=ids)
    return list(found.distinct())
