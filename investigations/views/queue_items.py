"""One item of the queue: an account's open flagged sessions on one page; claim, skip, snooze, verdict, and onward."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from core.errors import NotFound
from core.http import cleaned
from core.paging import keyset_page
from detection.enums import Level
from investigations import queries, services
from investigations.forms.campaigns import CampaignCaseForm
from investigations.forms.queue import GroupVerdictForm, ItemDueForm, PassForm, SkipForm, SnoozeForm
from investigations.models import QueueItem
from investigations.queries import QueueFilter
from investigations.views.queue import remember, remembered, to_next
from staff.enums import Action
from staff.permissions import check
from staff.requests import StaffRequest


@require_safe
def item(request: StaffRequest, pk: int) -> HttpResponse:
    """The page of an item: of a campaign and a decision their own page, of an account all its open flagged sessions."""
    check(request.user, Action.VIEW_EVIDENCE)
    found, narrow = queries.get_item(pk, request.user), QueueFilter.read(request.GET)
    remember(request, narrow)
    if found.campaign is not None:
        return redirect(reverse("investigations:campaign", args=[found.campaign.code]) + "#item")
    if found.decision is not None:
        return redirect(reverse("investigations:decision", args=[found.decision.code]) + "#item")
    sessions = keyset_page(queries.open_sessions(found), key="-strength,-id", after=request.GET.get("after"), size=100)
    context = {"item": found, "narrow": narrow, "sessions": sessions, **queries.item_context(found, request.user)}
    title = {"title": f"Account {found.account}"[:200]}
    forms = {
        "verdict_form": GroupVerdictForm(initial=context["seen"]),
        "skip_form": SkipForm(auto_id="skip_%s"),
        "snooze_form": SnoozeForm(item=found, auto_id="snooze_%s"),
        "pass_form": PassForm(auto_id="pass_%s"),
        "due_form": ItemDueForm(auto_id="due_%s"),
        "case_form": CampaignCaseForm(initial=title, auto_id="case_%s"),
    }
    return render(request, "investigations/item.html", context | forms)


@require_safe
def bar(request: StaffRequest, code: str) -> HttpResponse:
    """What can be done with a campaign or proposal as an item of the queue, and what is next: a strip above its page."""
    check(request.user, Action.VIEW_EVIDENCE)
    found = queries.bar_item(code, request.user)
    context: dict[str, Any] = {
        "code": code,
        "item": found,
        "narrow": remembered(request),
        "skip_form": SkipForm(auto_id="skip_%s"),
    }
    if found is not None and found.campaign is not None and request.user.may(Action.REVIEW):
        context["pass_form"] = PassForm(auto_id="pass_%s")
        context["due_form"] = ItemDueForm(auto_id="due_%s")
        if found.level != Level.CERTIFIED:
            context["snooze_form"] = SnoozeForm(item=found, auto_id="snooze_%s")
    return render(request, "investigations/_queue_bar.html", context)


@require_POST
def claim(request: StaffRequest, pk: int) -> HttpResponse:
    """Take an item; whoever has it is named if it is taken."""
    found = queries.get_item(pk, request.user)
    services.claim_item(item=found, actor=request.user)
    return _back(request, found)


@require_POST
def release(request: StaffRequest, pk: int) -> HttpResponse:
    """Put an item back."""
    found = queries.get_item(pk, request.user)
    services.release_item(item=found, actor=request.user)
    return _back(request, found)


@require_POST
def pass_on(request: StaffRequest, pk: int) -> HttpResponse:
    """Give an item to somebody else."""
    found, data = queries.get_item(pk, request.user), cleaned(PassForm(request.POST))
    services.pass_item(item=found, actor=request.user, **data)
    messages.success(request, f"{found} was given to {data['assignee']}.")
    return _back(request, found)


@require_POST
def set_due(request: StaffRequest, pk: int) -> HttpResponse:
    """Give an item a due date of its own."""
    found = services.set_item_due(
        item=queries.get_item(pk, request.user), actor=request.user, **cleaned(ItemDueForm(request.POST))
    )
    messages.success(request, f"{found} is due on {timezone.localtime(found.due_at):%-d %B %Y}.")
    return _back(request, found)


@require_POST
def skip(request: StaffRequest, pk: int) -> HttpResponse:
    """Leave an item to others, with the reason, and go on."""
    found, data = queries.get_item(pk, request.user), cleaned(SkipForm(request.POST))
    services.skip_item(item=found, actor=request.user, **data)
    messages.success(request, f"You skip {found}. It is listed under Skipped, where you can take it back.")
    return to_next(request, QueueFilter.read(request.GET), found)


@require_POST
def unskip(request: StaffRequest, pk: int) -> HttpResponse:
    """Take one's skip back."""
    found = queries.get_item(pk, request.user)
    services.unskip_item(item=found, actor=request.user)
    messages.success(request, f"{found} is in your queue again.")
    return redirect(f"{reverse('investigations:queue')}?{QueueFilter.read(request.GET).address}")


@require_POST
def snooze(request: StaffRequest, pk: int) -> HttpResponse:
    """Keep what shows a pattern of this item out of the queue for a time, and go on."""
    check(request.user, Action.REVIEW)
    found = queries.get_item(pk, request.user)
    made = services.make_snooze(actor=request.user, **cleaned(SnoozeForm(request.POST, item=found)))
    hidden = made.items.count()
    messages.success(request, f"{made} is snoozed; {hidden} item{' is' if hidden == 1 else 's are'} out of the queue.")
    return to_next(request, QueueFilter.read(request.GET), found)


@require_POST
def verdict(request: StaffRequest, pk: int) -> HttpResponse:
    """One verdict on all open sessions of an account, and on to the next item."""
    found, data = queries.get_item(pk, request.user), cleaned(GroupVerdictForm(request.POST))
    count = services.set_group_verdict(item=found, actor=request.user, **data)
    messages.success(request, f"Verdict on {count} session{'' if count == 1 else 's'} of {found} saved.")
    return to_next(request, QueueFilter.read(request.GET), found)


@require_POST
def open_case(request: StaffRequest, pk: int) -> HttpResponse:
    """Open a case on the account; its strongest open session is the first exhibit."""
    check(request.user, Action.EDIT_CASE)
    found, data = queries.get_item(pk, request.user), cleaned(CampaignCaseForm(request.POST))
    strongest = queries.open_sessions(found).order_by("-strength", "-id").first()
    if strongest is None:
        raise NotFound(f"No flagged session of {found} is open any more.")
    case = services.open_session_case(session=strongest, actor=request.user, **data)
    messages.success(request, f"{case.code} is open; {strongest} is pinned as its first exhibit.")
    return redirect("investigations:case", case.code)


@require_safe
def snooze_list(request: StaffRequest) -> HttpResponse:
    """Every snooze, running and past, with its reason and what it hides."""
    check(request.user, Action.VIEW_EVIDENCE)
    page = keyset_page(queries.snoozes(), key="-id", after=request.GET.get("after"))
    return render(request, "investigations/snoozes.html", {"page": page})


@require_POST
def lift(request: StaffRequest, pk: int) -> HttpResponse:
    """End a snooze before its time."""
    found = queries.get_snooze(pk)
    services.lift_snooze(snooze=found, actor=request.user)
    messages.success(request, f"What {found} hid is in the queue again.")
    return redirect("investigations:snoozes")


def _back(request: StaffRequest, found: QueueItem) -> HttpResponse:
    narrow = QueueFilter.read(request.GET)
    return redirect(f"{reverse('investigations:item', args=[found.pk])}?{narrow.address}#item")
