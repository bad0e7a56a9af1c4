"""What a person may not read of others before their own second verdict is in, beside the first verdict itself."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet

from audit.models import AuditEvent
from detection.models import Campaign
from investigations.models import Case, Exhibit, Note, SecondReview
from staff.models import User


def notes_of(case: Case, reader: User) -> QuerySet[Note]:
    """A case's notes, each with `kept_back`: written by another on a case that holds what the reader judges blind."""
    return _notes(case).annotate(kept_back=_about(reader) & ~Q(author=reader))


def readable_notes(case: Case, reader: User) -> QuerySet[Note]:
    """A case's notes without those that are kept back from the reader."""
    return _notes(case).exclude(_about(reader) & ~Q(author=reader))


def with_reasons_kept_back(exhibits: QuerySet[Exhibit], reader: User) -> QuerySet[Exhibit]:
    """Exhibits, each with `kept_back`: why another pinned it in a case that holds what the reader judges blind.

    The exhibit itself is evidence, and stays.
    """
    return exhibits.annotate(kept_back=_about(reader) & ~Q(pinned_by=reader))


def without_others_reasons(events: QuerySet[AuditEvent], case: Case, reader: User) -> QuerySet[AuditEvent]:
    """A case's events without those that say why another pinned something, while it holds what the reader judges blind."""
    held = SecondReview.objects.filter(reviewer=reader, done_at=None)
    of_case = Q(session__account__case_accounts__case=case)
    about = Exists(held.filter(of_case | Q(session__campaign__isnull=False, session__campaign=case.campaign_id)))
    return events.exclude(Q(action="exhibit.pinned") & ~Q(actor=reader.audit_name) & Q(about))


def _notes(case: Case) -> QuerySet[Note]:
    return case.notes.select_related("author", "copied_from__case").order_by("id")


def _about(reader: User) -> Exists:
    held = SecondReview.objects.filter(reviewer=reader, done_at=None)
    of_case = Q(session__account__case_accounts__case=OuterRef("case"))
    return Exists(held.filter(of_case | Q(session__campaign=OuterRef("case__campaign"))))


def keep_campaign_verdict_back(campaign: Campaign, reader: User) -> bool:
    """Take a campaign's verdict out of it, in memory, while the reader is to judge a session of it blind. Whether it did.

    One query where another person gave a verdict on the campaign, else none.
    """
    review = getattr(campaign, "review", None)
    if review is None or not review.verdict or review.verdict_by_id == reader.pk:
        return False
    held = SecondReview.objects.filter(reviewer=reader, done_at=None)
    about = Q(session__campaign=campaign) | Q(session__account__memberships__campaign=campaign)
    if not held.filter(about).exists():
        return False
    review.verdict, review.verdict_reason, review.verdict_by, review.verdict_at = "", "", None, None
    return True


def campaigns_judged_blind(review: SecondReview) -> list[str]:
    """Codes of the campaigns whose verdict would tell the first one: the session's own and those of its account."""
    session = review.session
    found = Campaign.objects.filter(Q(pk=session.campaign_id) | Q(members__account=session.account_id))
    return sorted(found.distinct().values_list("code", flat=True))
