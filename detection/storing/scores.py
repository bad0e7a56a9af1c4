"""Scores of accounts: where each stands in a run, and whether an investigator should look at it."""

from __future__ import annotations

from accounts.models import ApiAccount
from core.text import storable
from detection.analysis.results import Analysis
from detection.models import AccountScore, Campaign, DetectionRun, OutsideScore, ScoreMapping

BATCH = 2_000


def account_keys(analysis: Analysis) -> dict[str, int]:
    """Primary keys by account id; accounts known only from exchanges get a row."""
    wanted = [result.account_id for result in analysis.accounts]
    known = dict(ApiAccount.objects.filter(account_id__in=wanted).values_list("account_id", "pk"))
    missing = [ApiAccount(account_id=name) for name in wanted if name not in known]
    if missing:
        ApiAccount.objects.bulk_create(missing, batch_size=BATCH, ignore_conflicts=True)
        known = dict(ApiAccount.objects.filter(account_id__in=wanted).values_list("account_id", "pk"))
    return known


def flagged_outside() -> dict[int, str]:
    """Accounts whose outside score passed its mapped threshold, with the reason."""
    reasons: dict[int, str] = {}
    for mapping in ScoreMapping.objects.all():
        scores = OutsideScore.objects.filter(name=mapping.name, score__gte=mapping.threshold)
        if mapping.version:
            scores = scores.filter(version=mapping.version)
        for account_id, score in scores.values_list("account_id", "score"):
            reasons[account_id] = f"{mapping.name} gave {score:g}, its threshold is {mapping.threshold:g}"
    return reasons


def store_scores(run: DetectionRun, analysis: Analysis, ids: dict[str, int], campaigns: dict[str, Campaign]) -> None:
    """Rows of the ranking; an account over a mapped outside threshold is flagged as well, with that reason."""
    outside = flagged_outside()
    rows = [
        AccountScore(
            run=run,
            account_id=ids[r.account_id],
            score=r.score,
            flagged=r.flagged or ids[r.account_id] in outside,
            lead=r.lead,
            campaign=campaigns.get(r.campaign_key) if r.campaign_key else None,
            n_exchanges=r.n_exchanges,
            because=storable("; ".join(filter(None, (r.because, outside.get(ids[r.account_id], ""))))),
        )
        for r in analysis.accounts
    ]
    AccountScore.objects.bulk_create(rows, batch_size=BATCH)
