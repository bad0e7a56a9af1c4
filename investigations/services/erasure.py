"""Retention and erasure requests: what is due goes, what a hold names stays, and either is a fact of the trail."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta

from django.conf import settings
from django.db import transaction

from accounts.models import ApiAccount
from audit import erasing as trail
from audit import holds
from audit.models import PROTECTING, ErasureRequest, HeldSubject
from core.clock import now
from core.errors import Conflict
from investigations.models import SamplePrompt
from investigations.policies import check_words
from staff.enums import Action
from staff.models import User
from staff.permissions import Worker, check
from traffic import erasing as lake
from traffic.enums import FileKind

WORKER = Worker("retention")
DEFAULT_BASIS = "Art. 17(1) GDPR"


def answer_erasure_request(*, account: ApiAccount, reference: str, actor: User) -> ErasureRequest:
    """Erase what is kept of an account's texts, or refuse it, with the ground and a review day, while a hold stands.

    Samples, exchanges, records as received and the trail's payloads about the account go; the account's id stays where
    decisions name it. An account in a case is erased only after it was taken out of the case.
    """
    check(actor, Action.HOLD)
    check_words(reference=reference)
    subject = f"account:{account.account_id}"
    standing = holds.holds_on(subject).order_by("pk").first()
    if standing is None:
        _check_in_no_case(account)
        try:
            return _erase(account, subject, reference, actor)
        except holds.Held:
            standing = holds.holds_on(subject).order_by("pk").first()
            if standing is None:
                raise
    review = standing.review_on or (now() + timedelta(days=settings.ERASURE_REVIEW_DAYS)).date()
    return trail.record_refusal(subject=subject, reference=reference, hold=standing, review_on=review, actor=actor)


def erase_what_is_due() -> dict[str, dict[str, int]]:
    """What LAKE_RETENTION_DAYS and RAW_RETENTION_DAYS no longer keep. Held accounts stay; so do records of flagged ones."""
    held = HeldSubject.objects.filter(hold__state__in=PROTECTING, subject__startswith="account:")
    names = {subject.removeprefix("account:") for subject in held.values_list("subject", flat=True)}
    done = {}
    if settings.LAKE_RETENTION_DAYS:
        done["exchanges"] = _older(FileKind.EXCHANGES, settings.LAKE_RETENTION_DAYS, names)
    if settings.RAW_RETENTION_DAYS:
        looked_at = ApiAccount.objects.filter(flagged_sessions__isnull=False).values_list("account_id", flat=True)
        in_cases = ApiAccount.objects.filter(case_accounts__isnull=False).values_list("account_id", flat=True)
        done["raw"] = _older(FileKind.RAW, settings.RAW_RETENTION_DAYS, {*names, *looked_at, *in_cases})
    return done


def _older(kind: FileKind, days: int, kept: set[str]) -> dict[str, int]:
    basis = f"retention of {days} days"
    before = now() - timedelta(days=days)
    return asdict(lake.erase_older(before=before, kind=kind, kept_accounts=kept, actor=WORKER, basis=basis))


def _check_in_no_case(account: ApiAccount) -> None:
    cases = account.case_accounts.values_list("case__code", flat=True)[:3]
    if cases:
        raise Conflict(
            f"{account.account_id} is evidence in {', '.join(cases)}: put a legal hold on it, or take it out of the case first."
        )


def _erase(account: ApiAccount, subject: str, reference: str, actor: User) -> ErasureRequest:
    """Samples and payloads in one transaction, so that a hold finds all of them or none; then the lake, file by file."""
    with transaction.atomic(), holds.held_refusals():
        samples = SamplePrompt.objects.filter(session__account=account)
        about = [f"sample:{pk}" for pk in samples.values_list("pk", flat=True)]
        n_samples = len(about)
        samples.delete()
        n_payloads = trail.erase_payloads(subjects=[subject, *about], actor=actor, basis=DEFAULT_BASIS)
    erased = lake.erase_account(account_id=account.account_id, actor=actor, basis=DEFAULT_BASIS)
    counts = {"n_samples": n_samples, "n_payloads": n_payloads, **asdict(erased)}
    return trail.record_erasure(subject=subject, reference=reference, basis=DEFAULT_BASIS, counts=counts, actor=actor)
