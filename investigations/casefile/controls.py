"""How often the method is wrong about honest accounts: counted on accounts that people or the provider know to be honest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q

from accounts.models import ApiAccount
from core.canonical import utc_z
from core.figures import share
from detection.analysis.statistics import clopper_pearson_upper
from detection.enums import LabelKind, TuningPurpose
from detection.labels.reference import reference_for_run
from detection.models import DetectionRun, Label, Tuning
from investigations.casefile import content
from investigations.models import Case

LEVEL = 0.95
NO_CONTROLS = "no account that sent exchanges in the run's window is known to be honest"
NO_RUN = "no detection run stands behind this case"
SHOWS_NOT = [
    "Controls are accounts that people cleared or the provider verified, as known at this export; they are no random sample.",
    "Reviewers look at flagged accounts first, so cleared ones among the flagged are found more easily: the rate may be too high.",
    "Verified and cleared accounts stand as the honest reference of a run, and rival explanations spare them: the rate may be too low.",
]


@dataclass(frozen=True, slots=True)
class Rate:
    """How many of n control accounts a run put on the wrong side, with an exact interval."""

    k: int
    n: int

    @property
    def interval(self) -> tuple[float, float] | None:
        """Two-sided, of level 0.95. Source: Clopper, Pearson, Biometrika 26 (1934) 404.

        >>> tuple(round(x, 4) for x in Rate(3, 100).interval)
        (0.0062, 0.0852)
        """
        if not self.n:
            return None
        one_sided = (1 + LEVEL) / 2
        low = 1 - clopper_pearson_upper(self.n - self.k, self.n, one_sided)
        return max(0.0, low), clopper_pearson_upper(self.k, self.n, one_sided)

    def facts(self) -> dict[str, Any]:
        """As it stands in controls.json."""
        interval = self.interval
        if interval is None:
            return {"value": None, "interval": None, "n": 0, "reason": NO_CONTROLS}
        made = {"level": LEVEL, "method": "Clopper-Pearson, two-sided"}
        return {"value": self.k / self.n, "interval": list(interval), "k": self.k, "n": self.n} | made

    def words(self) -> str:
        """In a sentence's part, with the interval.

        >>> Rate(3, 100).words()
        '3, or 3.0 % of 100 (95 % interval 0.62 % to 8.5 %, Clopper-Pearson)'
        """
        low, high = self.interval or (0.0, 1.0)
        return f"{self.k:,}, or {share(self.k, self.n)} (95 % interval {100 * low:.2g} % to {100 * high:.2g} %, Clopper-Pearson)"


def rates(run: DetectionRun, honest: frozenset[str]) -> dict[str, Rate]:
    """Of the run's accounts that are known to be honest: put before an investigator, and counted in a campaign. One query."""
    known = Q(account__account_id__in=honest) | Q(account__verified=True) | Q(account__organisation__verified=True)
    found = run.account_scores.filter(known).aggregate(
        n=Count("pk"), flagged=Count("pk", filter=Q(flagged=True)), accused=Count("pk", filter=~Q(campaign=None))
    )
    return {"flagged": Rate(found["flagged"], found["n"]), "in_a_campaign": Rate(found["accused"], found["n"])}


def main_run(case: Case) -> DetectionRun | None:
    """The run whose campaign the case is about; the newest behind its sessions in a case without one."""
    if case.campaign is not None:
        return case.campaign.last_run
    session = content.sessions(case).exclude(run=None).order_by("-run_id").select_related("run").first()
    return session.run if session else None


def controls(case: Case) -> dict[str, Any]:
    """What the signals compare with, how large it was, and the error rate on accounts known to be honest."""
    asked = ("signal", "version", "reference", "denominator", "window", "p_reason")
    honest, run = reference_for_run().cleared, main_run(case)
    labels = Label.objects.filter(withdrawn_at=None).values("kind").annotate(n=Count("account", distinct=True))
    verified = ApiAccount.objects.filter(Q(verified=True) | Q(organisation__verified=True)).count()
    found = rates(run, honest) if run else {}
    none = {"value": None, "interval": None, "n": 0, "reason": NO_RUN}
    return {
        "references": list(content.readings(case).order_by(*asked).values(*asked).distinct()),
        "populations": [_population(each, case, honest) for each in content.run_rows(case)],
        "reviewed_accounts_at_export": {row["kind"]: row["n"] for row in labels.order_by("kind")},
        "verified_accounts_at_export": verified,
        "false_positive_rate": {
            "run": run.pk if run else None,
            "measure": "accounts known to be honest that the run put before an investigator",
        }
        | (found["flagged"].facts() if found else none),
        "false_accusation_rate": {
            "run": run.pk if run else None,
            "measure": "accounts known to be honest that the run counted as core or associate of a campaign",
        }
        | (found["in_a_campaign"].facts() if found else none),
        "what_this_does_not_show": SHOWS_NOT,
        "kinds": {"honest": LabelKind.CLEARED.value, "verified": "the provider's word"},
    }


def error_rate_words(case: Case) -> str:
    """The error rate in a sentence; empty where it cannot be calculated. Three queries."""
    run = main_run(case)
    found = rates(run, reference_for_run().cleared) if run else {}
    if run is None or not found["flagged"].n:
        return ""
    return (
        f"Of {found['flagged'].n:,} accounts known to be honest in run {run.pk}, it flagged {found['flagged'].words()}; "
        f"it counted {found['in_a_campaign'].words()} in a campaign."
    )


def thresholds_words(case: Case) -> str:
    """When the thresholds were fixed, against when the case was opened. Two queries."""
    run = main_run(case)
    if run is None:
        return f"{NO_RUN.capitalize()}: sessions were put before people by other means."
    tuned = Tuning.objects.filter(purpose=TuningPurpose.LIVE, set_at__lte=run.requested_at).order_by("-id").first()
    since = (
        f"set by {tuned.set_by} at {utc_z(tuned.set_at)[:16]}Z"
        if tuned
        else f"those built into {run.code_version or '?'}"
    )
    order = "before" if run.requested_at < case.opened_at else "AFTER"
    return (
        f"The thresholds of run {run.pk} were {since}; the run was asked for at {utc_z(run.requested_at)[:16]}Z, {order} the "
        f"case was opened at {utc_z(case.opened_at)[:16]}Z."
    )


def _population(run: DetectionRun, case: Case, honest: frozenset[str]) -> dict[str, Any]:
    return {
        "run": run.pk,
        "accounts": run.n_accounts,
        "exchanges": run.n_exchanges,
        "units_tested": run.n_units,
        "code_version": run.code_version,
        "parameters_fixed_at": utc_z(run.requested_at),
        "before_the_case_was_opened": run.requested_at < case.opened_at,
    } | {name: rate.facts() for name, rate in rates(run, honest).items()}
