"""The queue, home of the desk: one's own work, the list, what is next, saved views, and the rail's counts."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from audit.alarm import alarm
from core.http import cleaned
from core.paging import keyset_page
from investigations import queries, services
from investigations.forms.queue import ViewForm
from investigations.models import QueueItem
from investigations.queries import ORDERS, QueueFilter
from staff.enums import Action
from staff.permissions import can, check
from staff.queries import unread_notices
from staff.requests import StaffRequest
from staff.restrictions import readable_faults

REMEMBERED = "queue"
OWN_SHOWN = 6


@require_safe
def queue(request: StaffRequest) -> HttpResponse:
    """One's own open work first, then what waits, narrowed and ordered as the address says."""
    check(request.user, Action.VIEW_EVIDENCE)
    opens_with = queries.default_view(request.user)
    if not request.GET and opens_with:
        return redirect(f"{reverse('investigations:queue')}?{opens_with.query}")
    narrow, after = QueueFilter.read(request.GET), request.GET.get("after")
    remember(request, narrow)
    home = narrow == QueueFilter() or (opens_with is not None and narrow.address == opens_with.query)
    votable = queries.votable_by(request.user)
    found = queries.items(narrow, request.user, votable=votable)
    found = queries.others(found, request.user) if home else found
    page = keyset_page(found, key=ORDERS[narrow.order], after=after, size=25)
    context = {"narrow": narrow, "page": page, "counts": queries.queue_counts(narrow, request.user, votable=votable)}
    context |= {"views": queries.saved_views(request.user), "view_form": ViewForm(auto_id="view_%s")}
    if home and not after:
        context["mine"] = queries.my_items(request.user, votable=votable)
        context["own"] = queries.own_work(request.user, shown=OWN_SHOWN)
    if narrow == QueueFilter() and not after and not page.items and not context["mine"]:
        context["standing"] = queries.standing()
    return render(request, "investigations/queue.html", context)


@require_safe
def own_work(request: StaffRequest) -> HttpResponse:
    """All tasks given to the reader and all dated cases of theirs, by day."""
    check(request.user, Action.VIEW_CASE)
    return render(request, "investigations/own_work.html", {"own": queries.own_work(request.user)})


@require_safe
def next_item(request: StaffRequest) -> HttpResponse:
    """The next item of the view, past the one named; the queue after the last."""
    check(request.user, Action.VIEW_EVIDENCE)
    past = request.GET.get("past", "")
    narrow = QueueFilter.read(request.GET) if request.GET.keys() - {"past"} else remembered(request)
    return to_next(request, narrow, queries.find_item(past, request.user) if past else None)


@require_POST
def save_view(request: StaffRequest) -> HttpResponse:
    """Keep the present filters under a name."""
    narrow = QueueFilter.read(request.GET)
    view = services.save_view(query=narrow.address, actor=request.user, **cleaned(ViewForm(request.POST)))
    messages.success(request, f"The view {view} is saved.")
    return redirect(f"{reverse('investigations:queue')}?{narrow.address}")


@require_POST
def delete_view(request: StaffRequest, pk: int) -> HttpResponse:
    """Take a saved view away."""
    services.delete_view(view=queries.get_view(request.user, pk), actor=request.user)
    messages.success(request, "The view is gone.")
    return redirect("investigations:default_view")


def default_view(request: StaffRequest) -> HttpResponse:
    """The saved views that one may use, and which of them the queue opens with."""
    check(request.user, Action.VIEW_EVIDENCE)
    if request.method == "POST":
        pk = request.POST.get("view", "")
        view = queries.get_view(request.user, int(pk)) if pk.isascii() and pk.isdigit() and len(pk) < 19 else None
        services.choose_default_view(view=view, actor=request.user)
        messages.success(request, f"Your queue opens with {view or 'everything that is open'}.")
        return redirect("investigations:default_view")
    views = list(queries.saved_views(request.user))
    rows = [(view, QueueFilter.of_address(view.query).words) for view in views]
    context = {"views": views, "rows": rows, "chosen": queries.default_view(request.user)}
    return render(request, "investigations/default_view.html", context)


@require_safe
def rail(request: StaffRequest) -> HttpResponse:
    """The pages' names with what waits on each, as a fragment."""
    check(request.user, Action.VIEW_EVIDENCE)
    context = {"rail": queries.rail_counts(request.user), "at": request.GET.get("at", "")}
    context |= {"unread": unread_notices(request.user), "oob": True}
    if can(request.user, Action.VIEW_AUDIT):
        context["alarm"] = bad = alarm()
        if bad is not None:
            bad.faults = readable_faults(bad.faults, request.user)
    return render(request, "components/_rail.html", context)


def remember(request: StaffRequest, narrow: QueueFilter) -> None:
    """Keep the view for pages whose address does not carry it, such as a campaign's; written only when it changes."""
    if request.session.get(REMEMBERED) != narrow.address:
        request.session[REMEMBERED] = narrow.address


def remembered(request: StaffRequest) -> QueueFilter:
    """The view that the person last worked in."""
    return QueueFilter.of_address(request.session.get(REMEMBERED, ""))


def to_next(request: StaffRequest, narrow: QueueFilter, after: QueueItem | None) -> HttpResponse:
    """On to the next item's heading, or back to the queue with a word that the view is done."""
    following = queries.next_item(narrow, request.user, after=after)
    if following is None:
        messages.success(request, "Nothing more waits in this view.")
        return redirect(f"{reverse('investigations:queue')}?{narrow.address}")
    return redirect(f"{reverse('investigations:item', args=[following.pk])}?{narrow.address}#item")
