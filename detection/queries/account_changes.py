"""Accounts that one run flagged and another did not: where each stood, and why that changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q

from detection.enums import LabelBasis
from detection.models import AccountScore, Campaign, DetectionRun, Label


@dataclass(frozen=True, slots=True)
class ScoreFacts:
    """An account's place in one run."""

    account_id: str
    flagged: bool
    lead: bool
    campaign_id: int | None
    n_exchanges: int
    because: str


@dataclass(frozen=True, slots=True)
class AccountChange:
    """An account that one run flagged and the other did not; None where it sent nothing in that run's window."""

    account_id: str
    before: ScoreFacts | None
    after: ScoreFacts | None
    reason: str


@dataclass(frozen=True, slots=True)
class CampaignDifference:
    """A campaign's flagged accounts in both runs."""

    campaign: Campaign
    word: str
    n_before: int
    n_after: int
    n_gained: int
    n_lost: int
    reason: str


def scores(which: Q) -> Iterable[tuple[int, ScoreFacts]]:
    """The matching scores, each with its run. One query."""
    columns = ("run_id", "account__account_id", "flagged", "lead", "campaign_id", "n_exchanges", "because")
    for run_id, *rest in AccountScore.objects.filter(which).values_list(*columns):
        yield run_id, ScoreFacts(*rest)


class Told:
    """Reasons for accounts: what people said meanwhile, what the other run saw of them, what became of their campaign."""

    def __init__(
        self, before: DetectionRun, after: DetectionRun, names: list[str], campaigns: dict[int, CampaignDifference]
    ) -> None:
        self.before, self.after, self.campaigns = before, after, campaigns
        self.seen = {(run_id, facts.account_id): facts for run_id, facts in scores(self._of(names))}
        self.labels = _labels_between(before, after, names)

    def _of(self, names: list[str]) -> Q:
        return Q(run__in=(self.before.pk, self.after.pk), account__account_id__in=names, flagged=False)

    def change(self, name: str, before: ScoreFacts | None, after: ScoreFacts | None) -> AccountChange:
        """One account with the reason, the most specific first."""
        old = before or self.seen.get((self.before.pk, name))
        new = after or self.seen.get((self.after.pk, name))
        return AccountChange(name, old, new, "; ".join(self._reasons(name, old, new)))

    def _reasons(self, name: str, old: ScoreFacts | None, new: ScoreFacts | None) -> list[str]:
        reasons = list(self.labels.get(name, ()))
        for facts, run in ((old, self.before), (new, self.after)):
            if facts is None:
                reasons.append(f"it sent nothing in the window of run {run.pk}")
        flagged = new if new and new.flagged else old
        difference = self.campaigns.get(flagged.campaign_id or 0) if flagged else None
        if difference is not None:
            became = f" is {difference.word}" if self.before.is_live and self.after.is_live else ""
            reasons.append(f"{difference.campaign.code}{became}: {difference.reason}")
        elif old and new and old.lead != new.lead:
            reasons.append(
                "a lead's evidence passed its threshold" if new.lead else "a lead's evidence fell below its threshold"
            )
        if old and new and old.n_exchanges != new.n_exchanges:
            reasons.append(f"{old.n_exchanges:,} → {new.n_exchanges:,} exchanges in the window")
        return reasons or ["its evidence moved: see what each run said"]


def _labels_between(before: DetectionRun, after: DetectionRun, names: list[str]) -> dict[str, list[str]]:
    """What people said or withdrew about the accounts between the two runs."""
    first, last = sorted((before.requested_at, after.requested_at))
    given, withdrawn = Q(given_at__gt=first, given_at__lte=last), Q(withdrawn_at__gt=first, withdrawn_at__lte=last)
    labels = Label.objects.filter(given | withdrawn, account__account_id__in=names).select_related("account")
    found: dict[str, list[str]] = defaultdict(list)
    for label in labels.order_by("pk"):
        taken_back = label.withdrawn_at is not None and label.withdrawn_at <= last
        done = "was withdrawn" if taken_back else "was given"
        what = "a verdict on its flags" if label.basis == LabelBasis.VERDICT else f"the label {label.kind}"
        found[label.account.account_id].append(f"{what} {done} between the runs")
    return found
