"""What was chosen on a page, and what is asked before a decision is proposed on it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.db.models import Q, QuerySet
from django.http import QueryDict

from accounts.models import ApiAccount
from core.errors import DomainError, InvalidInput
from core.widgets import Textarea
from detection.enums import ACCUSED, Tier
from detection.models import Campaign
from investigations import policies, queries
from investigations.enums import CaseState, DecisionAction, ItemState, ProtectionGround, SelectionSource
from investigations.forms.decisions import SCHEDULE, ScheduleForm
from investigations.models import Case, Decision, FlaggedSession
from investigations.queries.selections import FACETS
from investigations.queries.text_search import get_search
from investigations.services.selecting import Choice
from staff.models import User


def choice_from(data: QueryDict, *, reader: User) -> Choice:
    """What a form on any page chose. The fields, all of which may be repeated but the last row's:

    account (an id), number (of an account), member (in a campaign), session (its number): exactly these; else
    campaign (code) or case (code) with tier, search (number), decision (code) with state, or text and status of the account list: all of it.
    """
    source = data.get("source", "")
    if source not in SelectionSource.values:
        raise InvalidInput("source", source, f"it is one of {', '.join(SelectionSource.values)}")
    campaign = _one(Campaign, data.get("campaign", ""), "campaign")
    case = queries.get_case(data.get("case", ""), reader=reader) if data.get("case") else None
    accounts, words = _picked(data) or _whole(data, campaign, case, reader)
    return Choice(SelectionSource(source), accounts, words, campaign, case)


def _picked(data: QueryDict) -> tuple[QuerySet[ApiAccount], str] | None:
    """Accounts that were ticked one by one."""
    names = ("account", "number", "member", "session")
    ids, numbers, members, sessions = (data.getlist(name) for name in names)
    if not (ids or numbers or members or sessions):
        return None
    wanted = Q(account_id__in=ids) | Q(pk__in=_numbers("number", numbers, list))
    wanted |= Q(pk__in=_numbers("member", members, queries.member_accounts))
    wanted |= Q(pk__in=_numbers("session", sessions, _session_accounts))
    kinds = (("accounts", [*ids, *numbers]), ("members", members), ("sessions", sessions))
    words = " and ".join(f"{len(given):,} {kind}" for kind, given in kinds if given)
    return ApiAccount.objects.filter(wanted), f"{words} ticked"


def _whole(
    data: QueryDict, campaign: Campaign | None, case: Case | None, reader: User
) -> tuple[QuerySet[ApiAccount], str]:
    """Everything that the page listed."""
    tiers = _tiers(data.get("tier", ""))
    named = f"{' and '.join(tiers)} accounts" if tiers else "all accounts"
    if campaign is not None:
        narrow = queries.MemberFilter(status=data.get("status", ""), text=data.get("text", "").strip())
        matching = queries.members(campaign, narrow).filter(tier__in=tiers or tuple(Tier.values)).order_by()
        words = "".join(
            (
                f" beginning with “{narrow.text}”" * bool(narrow.text),
                f" with status {narrow.status}" * bool(narrow.status),
            )
        )
        found = ApiAccount.objects.filter(pk__in=matching.values("account"))
        return found, f"{named} of campaign {campaign.code}{words}"
    if case is not None:
        inside = {"case_accounts__case": case, **({"case_accounts__tier__in": tiers} if tiers else {})}
        return ApiAccount.objects.filter(**inside), f"{named} of {case.code}"
    if data.get("search"):
        search = get_search(data.get("search", ""), reader=reader)
        accounts = ApiAccount.objects.filter(account_id__in=search.hits.order_by().values("account_id"))
        return accounts, f"the accounts behind {search.n_hits:,} hits of search {search.pk}"
    if data.get("decision"):
        decision, state = queries.get_decision(data.get("decision", ""), reader=reader), data.get("state", "")
        return _of_decision(decision, state)
    text, status = data.get("text", "").strip(), data.get("status", "")
    if data.get("all") or text or status:
        told = [f"beginning with “{text}”" if text else "", f"with status {status}" if status else ""]
        return queries.accounts(text=text, status=status), " ".join(["all accounts", *filter(None, told)])
    raise InvalidInput("selection", "nothing", "tick accounts, or choose all that the page lists")


def _of_decision(decision: Decision, state: str) -> tuple[QuerySet[ApiAccount], str]:
    items = {"decision_items__decision": decision}
    if state:
        if state not in ItemState.values:
            raise InvalidInput("state", state, f"it is one of {', '.join(ItemState.values)}")
        items["decision_items__state"] = state  # type: ignore[assignment]
    shown = f" that are {ItemState(state).label}" if state else ""
    return ApiAccount.objects.filter(**items), f"the accounts of {decision.code}{shown}"


def _tiers(given: str) -> tuple[str, ...]:
    if given == "accused":
        return ACCUSED
    if given and given not in Tier.values:
        raise InvalidInput("tier", given, f"it is accused, or one of {', '.join(Tier.values)}")
    return (given,) if given else ()


def _one(model: Any, code: str, what: str) -> Any:
    if not code:
        return None
    found = model.objects.filter(code=code).first()
    if found is None:
        raise InvalidInput(what, code, f"there is no {what} of this code")
    return found


def _numbers(name: str, given: list[str], accounts_of: Any) -> Any:
    if not all(one.isascii() and one.isdigit() and len(one) < 19 for one in given):
        raise InvalidInput(name, given[:5], "each is a number")
    return accounts_of([int(one) for one in given])


def _session_accounts(ids: list[int]) -> QuerySet[Any]:
    return FlaggedSession.objects.filter(pk__in=ids).values("account_id")


class ExcludeForm(forms.Form):
    """Accounts to leave out, one id a line."""

    accounts = forms.CharField(
        label="Account ids", widget=Textarea(attrs={"rows": 3}), max_length=200_000, help_text="One a line"
    )
    reason = forms.CharField(max_length=400)

    def clean_accounts(self) -> list[str]:
        return sorted({line.strip() for line in self.cleaned_data["accounts"].splitlines() if line.strip()})


class GroupForm(forms.Form):
    """One group to leave out."""

    facet = forms.ChoiceField(choices=[(name, label) for name, label, _ in FACETS])
    value = forms.CharField(required=False, max_length=400)


class AgainForm(forms.Form):
    """Which exclusion is taken back."""

    excluded = forms.CharField(max_length=4_000)


class OverrideForm(forms.Form):
    """One protected account, by name, and why it is included all the same."""

    account_id = forms.CharField(label="Account id, typed out", max_length=400)
    reason = forms.CharField(label="Why it is included all the same", max_length=4_000)


class SelectionProposalForm(ScheduleForm):
    """A decision on everything that is left in."""

    action = forms.ChoiceField(choices=DecisionAction)
    case = forms.ModelChoiceField(
        queryset=Case.objects.none(),
        required=False,
        to_field_name="code",
        widget=forms.TextInput(attrs={"placeholder": "CASE-2026-0001"}),
        help_text="Code of an open case. Empty: the newest that holds them all, else a new one",
    )
    clause = forms.CharField(label="Policy clause", max_length=400, help_text="For example: Terms of use, section 3.2")
    reason = forms.CharField(widget=Textarea(attrs={"rows": 3}), max_length=10_000)
    benign_reading = forms.CharField(
        label="Benign reading ruled out",
        widget=Textarea(attrs={"rows": 3}),
        max_length=10_000,
        help_text="The best innocent explanation, and why it does not hold",
    )
    confirmation = forms.CharField(required=False, max_length=100)
    field_order = ("action", "case", "clause", "reason", "benign_reading", *SCHEDULE, "confirmation")

    def __init__(self, *args: Any, n_accounts: int, reader: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.n_accounts = n_accounts
        self.fields["case"].queryset = Case.objects.visible_to(reader).filter(state=CaseState.OPEN)  # type: ignore[attr-defined]
        self.fields["confirmation"].label = f"Type the action and the number, as in “suspend {n_accounts}”"
        self.fields["confirmation"].help_text = f"Asked from {settings.TYPED_CONFIRMATION_ACCOUNTS:,} accounts on"
        if n_accounts < settings.TYPED_CONFIRMATION_ACCOUNTS:
            del self.fields["confirmation"]

    def clean(self) -> dict[str, Any]:
        data = dict(super().clean() or {})
        try:
            policies.check_typed(data.get("confirmation", ""), data.get("action", ""), self.n_accounts)
        except DomainError as error:
            self.add_error("confirmation", error.message)
        return data

    def proposal(self) -> dict[str, Any]:
        """What `propose_selection` takes, beside the selection and the actor."""
        grounds = self.scheduled()
        case, confirmation = grounds.pop("case"), grounds.pop("confirmation", "")
        return {"case": case, "confirmation": confirmation, "grounds": grounds}


class ProtectForm(forms.Form):
    """An organisation or account for the protected list."""

    kind = forms.ChoiceField(choices=[("organisation", "organisation"), ("account", "account")])
    name = forms.CharField(label="Exact name or account id", max_length=400)
    ground = forms.ChoiceField(choices=ProtectionGround)
    reason = forms.CharField(widget=Textarea(attrs={"rows": 2}), max_length=4_000)
