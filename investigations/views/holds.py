"""The Holds page: what may not be erased, who asked for it, who confirmed it."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from audit.erasing import erasure_requests
from audit.models import HoldState
from core.http import cleaned
from core.paging import keyset_page
from investigations.forms.holds import ErasureForm, HoldForm, HoldStepForm
from investigations.queries import get_case
from investigations.queries import holds as queries
from investigations.services import erasure
from investigations.services import holds as services
from staff.requests import StaffRequest

SECOND_WORDS = {"confirm": services.confirm_hold, "confirm-release": services.confirm_hold_release}
WITH_REASON = {
    "withdraw": services.withdraw_hold_request,
    "release": services.request_hold_release,
    "refuse-release": services.refuse_hold_release,
}


@require_safe
def hold_list(request: StaffRequest) -> HttpResponse:
    """Holds, newest first, by state."""
    state = request.GET.get("state", "")
    found = queries.hold_list(reader=request.user, state=state)
    page = keyset_page(found, key="-id", after=request.GET.get("after"))
    rows = [(hold, queries.can_confirm(hold, request.user)) for hold in page.items]
    form = HoldForm(initial={key: request.GET[key] for key in ("about", "name") if key in request.GET})
    context = {"page": page, "rows": rows, "state": state, "states": HoldState.choices, "form": form}
    context |= {
        "counts": queries.hold_counts(request.user),
        "erasure_form": ErasureForm(),
        "erasures": erasure_requests()[:20],
    }
    return render(request, "investigations/holds.html", context)


@require_POST
def request_hold(request: StaffRequest) -> HttpResponse:
    """Ask for a hold; it protects from now on."""
    given = cleaned(HoldForm(request.POST))
    kind, name = given.pop("about"), given.pop("name").strip()
    if kind == "case":
        hold = services.request_case_hold(case=get_case(name, reader=request.user), actor=request.user, **given)
    else:
        hold = services.request_account_hold(account=queries.get_held_account(name), actor=request.user, **given)
    messages.success(
        request,
        f"{hold.code} protects {hold.about.replace(':', ' ', 1)} from now on. Another person has to confirm it.",
    )
    return redirect("investigations:holds")


@require_POST
def answer_erasure(request: StaffRequest) -> HttpResponse:
    """Carry out an erasure request, or record its refusal while a hold stands."""
    given = cleaned(ErasureForm(request.POST))
    account = queries.get_held_account(given["name"].strip())
    answer = erasure.answer_erasure_request(account=account, reference=given["reference"], actor=request.user)
    if answer.refused:
        messages.warning(request, f"Refused and recorded: {answer.hold} stands. To be reviewed on {answer.review_on}.")
    else:
        messages.success(request, "Erased. The answer with its counts is below.")
    return redirect("investigations:holds")


@require_POST
def hold_step(request: StaffRequest, code: str, step: str) -> HttpResponse:
    """The next step of a hold: a second person's word, or an end with its reason."""
    hold = queries.get_known_hold(code, reader=request.user)
    if step in SECOND_WORDS:
        hold = SECOND_WORDS[step](hold=hold, actor=request.user)
    elif step in WITH_REASON:
        hold = WITH_REASON[step](hold=hold, actor=request.user, **cleaned(HoldStepForm(request.POST)))
    else:
        raise Http404
    messages.success(request, f"{hold.code} is {hold.get_state_display()}.")
    return redirect("investigations:holds")
