"""Flagged-session pages."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from core.http import cleaned, private
from core.paging import keyset_page
from core.text import one_line
from investigations import queries, services
from investigations.forms.campaigns import CampaignCaseForm
from investigations.forms.review import ExchangeForm, MaskedForm, SessionVerdictForm
from investigations.models import FlaggedSession
from investigations.queries import quality
from investigations.services.second_review import give_second_verdict
from investigations.services.verdicts_read import note_verdicts_read
from staff.enums import Action
from staff.permissions import check
from staff.requests import StaffRequest


@require_safe
def session_list(request: StaffRequest) -> HttpResponse:
    """Flagged sessions, the strongest first, narrowed by what the address says."""
    check(request.user, Action.VIEW_EVIDENCE)
    narrow = queries.SessionFilter(
        **{key: request.GET[key] for key in ("show", "campaign", "account") if request.GET.get(key)}
    )
    found = queries.sessions(narrow, request.user)
    page = keyset_page(found, key="-strength,-id", after=request.GET.get("after"))
    quality.blind(page.items, request.user)
    note_verdicts_read(sessions=page.items, reader=request.user)
    return render(request, "investigations/sessions.html", {"page": page, "narrow": narrow})


@require_safe
def session_page(request: StaffRequest, number: int) -> HttpResponse:
    """One flagged session: why, its exchanges in order, sampled prompts masked, the verdict."""
    check(request.user, Action.VIEW_EVIDENCE)
    session = queries.get_session(number)
    second, known = quality.held_second_review(session, request.user), session.verdict
    quality.blind([session], request.user)
    note_verdicts_read(sessions=[session], reader=request.user)
    context = {
        "session": session,
        "second_review": second,
        "kept_from_you": known != session.verdict,
        **queries.session_context(session),
    }
    verdict = SessionVerdictForm(initial={"expected": session.verdict})
    title = CampaignCaseForm(
        initial={"title": f"Account {one_line(session.account.account_id, 190)}"}, auto_id="case_%s"
    )
    return render(request, "investigations/session.html", context | {"verdict_form": verdict, "case_form": title})


@require_POST
def claim(request: StaffRequest, number: int) -> HttpResponse:
    """Take a session; whoever has it is named if it is taken."""
    session = queries.get_session(number)
    services.claim_sessions(sessions=[session], actor=request.user)
    return redirect(_heading(session))


@require_POST
def release(request: StaffRequest, number: int) -> HttpResponse:
    """Give a session back."""
    session = queries.get_session(number)
    services.release_sessions(sessions=[session], actor=request.user)
    return redirect(_heading(session))


@require_POST
def verdict(request: StaffRequest, number: int) -> HttpResponse:
    """Say what a flag turned out to be, and go on to the next open session."""
    session, data = queries.get_session(number), cleaned(SessionVerdictForm(request.POST))
    second = quality.held_second_review(session, request.user)
    if second is not None:
        data.pop("expected")
        give_second_verdict(review=second, actor=request.user, **data)
        messages.success(request, f"Your second verdict on {session} is saved. The first one is shown again.")
        return redirect(_heading(session))
    services.set_verdict(session=session, actor=request.user, **data)
    messages.success(request, f"Verdict on {session} saved.")
    following = queries.next_session(request.user, after=session)
    return redirect(_heading(following) if following else reverse("investigations:queue"))


@require_safe
def next_one(request: StaffRequest) -> HttpResponse:
    """The strongest open session that nobody else holds, past the one named in the address; the queue after the last."""
    check(request.user, Action.VIEW_EVIDENCE)
    after = request.GET.get("after", "")
    done = queries.get_session(int(after)) if after.isascii() and after.isdigit() and len(after) < 19 else None
    following = queries.next_session(request.user, after=done)
    return redirect(_heading(following) if following else reverse("investigations:queue"))


@require_POST
def reveal(request: StaffRequest, pk: int) -> HttpResponse:
    """The text of one sample for a reason, as a fragment, secrets and personal data masked; the reading is in the trail."""
    sample, data = queries.get_sample(pk), cleaned(MaskedForm(request.POST))
    text = services.reveal_sample(sample=sample, actor=request.user, **data)
    shown = queries.shown_to(text, queries.session_templates(sample.session), unmasked=data["unmasked"])
    context = {"sample": sample, "text": text, "reason": data["reason"], **shown}
    return private(render(request, "investigations/_sample.html", context))


@require_POST
def read_exchange(request: StaffRequest, number: int) -> HttpResponse:
    """The text of one exchange of a session for a reason, as a fragment; the reading is in the trail."""
    session, data = queries.get_session(number), cleaned(ExchangeForm(request.POST))
    text = services.reveal_exchange(
        account=session.account,
        session=session,
        start=session.started_at,
        end=session.ended_at,
        actor=request.user,
        **data,
    )
    shown = queries.shown_to(text, queries.session_templates(session), unmasked=data["unmasked"])
    return private(render(request, "investigations/_reading.html", data | shown | {"action": request.path}))


@require_POST
def open_case(request: StaffRequest, number: int) -> HttpResponse:
    """Open a case on the session's account; the session is its first exhibit."""
    session, data = queries.get_session(number), cleaned(CampaignCaseForm(request.POST))
    case = services.open_session_case(session=session, actor=request.user, **data)
    messages.success(request, f"{case.code} is open; {session} is pinned as its first exhibit.")
    return redirect("investigations:case", case.code)


def _heading(session: FlaggedSession) -> str:
    """A session's address down to its heading, which takes the focus."""
    return reverse("investigations:session", args=[session.pk]) + "#session"
