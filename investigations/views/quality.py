"""The quality of reviews: figures for leads, blind second reviews for reviewers."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from core.clock import now
from core.errors import InvalidInput
from core.figures import counted
from investigations.queries import quality as found
from investigations.services import second_review
from investigations.services.quality_export import quality_rows, quality_sheet
from staff.enums import Action
from staff.permissions import check
from staff.requests import StaffRequest


@require_safe
def quality_page(request: StaffRequest) -> HttpResponse:
    """Agreement, reversals, time to decision, age of the oldest, precision per signal."""
    check(request.user, Action.VIEW_QUALITY)
    figures = found.quality(days=_days(request), reader=request.user)
    return render(request, "investigations/quality.html", {"quality": figures, "windows": found.WINDOWS})


@require_safe
def export(request: StaffRequest, form: str) -> HttpResponse:
    """The figures as a file, as JSON or as CSV without formulas; an event."""
    rows = quality_rows(quality=found.quality(days=_days(request), reader=request.user), actor=request.user, form=form)
    if form == "json":
        return JsonResponse({"window_days": _days(request), "figures": rows})
    answer = HttpResponse(quality_sheet(rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="quality-{now():%Y%m%dT%H%M%SZ}.csv"'
    return answer


@require_POST
def draw(request: StaffRequest) -> HttpResponse:
    """Draw now from the verdicts given since the last draw."""
    check(request.user, Action.VIEW_QUALITY)
    made = second_review.draw_second_reviews(actor=request.user)
    told = f"{made.n_drawn} of {made.n_frame} verdicts drawn." if made else "No verdict was given since the last draw."
    messages.success(request, told)
    return redirect("investigations:quality")


@require_POST
def next_second_review(request: StaffRequest) -> HttpResponse:
    """Take one's open second review, or the oldest free one, to its session, where the first verdict is not shown."""
    review = second_review.claim_next(actor=request.user)
    if review is None:
        shown = found.second_reviews_for(request.user)
        why = (
            f"Of {counted(shown, 'other')} you were shown the first verdict, so somebody else gives it."
            if shown
            else "None waits."
        )
        messages.info(request, f"There is no second review that you could give blind. {why}")
        return redirect("investigations:queue")
    return redirect(reverse("investigations:session", args=[review.session_id]) + "#session")


@require_POST
def release(request: StaffRequest, number: int) -> HttpResponse:
    """Give a second review back."""
    second_review.release_second_review(review=found.get_second_review(number), actor=request.user)
    return redirect("investigations:queue")


def _days(request: StaffRequest) -> int:
    given = request.GET.get("days", str(found.WINDOWS[0]))
    if given not in map(str, found.WINDOWS):
        raise InvalidInput("days", given, f"it is one of {', '.join(map(str, found.WINDOWS))}")
    return int(given)
