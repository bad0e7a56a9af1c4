"""What other thresholds would have flagged, stratum by stratum, against a live run, with known verdicts counted. For who
sees evidence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from django.db.models import Count, QuerySet

from core.errors import NotFound
from detection.analysis.reach import reach_of
from detection.enums import RunKind, RunState
from detection.labels.reference import reference_for_run
from detection.labels.sampling import volume_fifths
from detection.models import AccountScore, DetectionRun, Unit
from detection.queries.comparison import Comparison, compare_runs
from detection.queries.distributions import verified_accounts
from detection.queries.runs import run_before
from detection.tuning.signal_versions import VersionChoice
from detection.tuning.thresholds import TUNABLE, Threshold, thresholds_of

KINDS = (RunKind.BACK_TEST, RunKind.SHADOW)


@dataclass(frozen=True, slots=True)
class Place:
    """An account that either run saw: its plan, its exchanges, and in which run it was flagged."""

    account_id: str
    plan: str
    n_exchanges: int
    live: bool
    test: bool


@dataclass(frozen=True, slots=True)
class StratumCounts:
    """Accounts of one plan and volume fifth (1: the least exchanges), and how many each run flags."""

    plan: str
    fifth: int
    n: int
    live: int
    test: int
    newly: int
    no_longer: int


@dataclass(frozen=True, slots=True)
class KnownCounts:
    """Accounts of one standing that both runs could have flagged, and how many each did, with exact 95 % intervals."""

    n: int
    live: int
    live_low: float
    live_high: float
    test: int
    test_low: float
    test_high: float


@dataclass(frozen=True, slots=True)
class LevelCounts:
    """How many units a run named at each level, of how many that it tested."""

    certified: int
    provisional: int
    n: int


@dataclass(frozen=True, slots=True)
class BackTest:
    """A finished run with other thresholds beside the live run that it is held against."""

    run: DetectionRun
    live: DetectionRun
    thresholds: list[tuple[Threshold | VersionChoice, object, object]]
    """Each with the live run's value and the tested one."""
    comparison: Comparison
    strata: list[StratumCounts]
    total: StratumCounts
    honest: KnownCounts | None
    confirmed: KnownCounts | None
    levels: dict[int, LevelCounts]
    expected_false_alarms: float


def comparison_runs() -> QuerySet[DetectionRun]:
    """Back-tests and shadow runs, for their list; keyed by `-id`."""
    return DetectionRun.objects.filter(kind__in=KINDS).select_related("base")


def get_back_test(run_id: int) -> DetectionRun:
    """A back-test or shadow run in any state. Raises NotFound."""
    run = comparison_runs().filter(pk=run_id).first()
    if run is None:
        raise NotFound(f"There is no back-test {run_id}.")
    return run


def back_test_of(run: DetectionRun) -> BackTest | None:
    """The result of a finished back-test or shadow run; None while it has not finished or no live run came before it."""
    live = run_before(run) if run.state == RunState.FINISHED else None
    if live is None:
        return None
    places = _places(live, run)
    strata = strata_of(places)
    reference = reference_for_run()
    honest = (reference.cleared | verified_accounts(reference)) - reference.confirmed
    then, tested = thresholds_of(live.parameters), thresholds_of(run.parameters)
    return BackTest(
        run=run,
        live=live,
        thresholds=[(one, then[one.name], tested[one.name]) for one in TUNABLE],
        comparison=compare_runs(live.pk, run.pk),
        strata=strata,
        total=_count("all plans", 0, places),
        honest=known_counts(place for place in places if place.account_id in honest),
        confirmed=known_counts(place for place in places if place.account_id in reference.confirmed),
        levels=_levels(live, run),
        expected_false_alarms=reach_of(run).expected_false_alarms,
    )


def strata_of(places: list[Place]) -> list[StratumCounts]:
    """Counts by plan and volume fifth; the fifths are of all accounts, so that one fifth means one volume in every plan."""
    if not places:
        return []
    fifths = volume_fifths(np.array([place.n_exchanges for place in places], dtype=np.int64))
    groups: dict[tuple[str, int], list[Place]] = defaultdict(list)
    for place, fifth in zip(places, fifths, strict=True):
        groups[place.plan, int(fifth)].append(place)
    return [_count(plan, fifth, groups[plan, fifth]) for plan, fifth in sorted(groups)]


def _count(plan: str, fifth: int, places: list[Place]) -> StratumCounts:
    return StratumCounts(
        plan=plan,
        fifth=fifth,
        n=len(places),
        live=sum(place.live for place in places),
        test=sum(place.test for place in places),
        newly=sum(place.test and not place.live for place in places),
        no_longer=sum(place.live and not place.test for place in places),
    )


def known_counts(places: Iterable[Place]) -> KnownCounts | None:
    """How many of the accounts each run flags, with two-sided Clopper-Pearson intervals; None for no account.

    The interval takes accounts as independent; accounts of one operator are not, so it is narrower than the truth.
    """
    # It brings scipy, which other pages never need.
    from detection.analysis.statistics import clopper_pearson_upper

    found = list(places)
    n = len(found)
    if not n:
        return None

    def interval(k: int) -> tuple[float, float]:
        return 1 - clopper_pearson_upper(n - k, n, 0.975), clopper_pearson_upper(k, n, 0.975)

    live, test = sum(place.live for place in found), sum(place.test for place in found)
    return KnownCounts(n, live, *interval(live), test, *interval(test))


def _places(live: DetectionRun, test: DetectionRun) -> list[Place]:
    """Every account of either run in order of its id; exchanges are those of the tested window where it has any."""
    columns = ("run_id", "account__account_id", "account__plan", "n_exchanges", "flagged")
    found: dict[str, dict[int, tuple[int, bool]]] = defaultdict(dict)
    plans: dict[str, str] = {}
    for run_id, name, plan, n, flagged in AccountScore.objects.filter(run__in=(live, test)).values_list(*columns):
        found[name][run_id], plans[name] = (n, flagged), plan or "not known"
    places = []
    for name in sorted(found):
        then, now = found[name].get(live.pk), found[name].get(test.pk)
        n = (now or then or (0, False))[0]
        places.append(Place(name, plans[name], n, bool(then and then[1]), bool(now and now[1])))
    return places


def _levels(*runs: DetectionRun) -> dict[int, LevelCounts]:
    counts: dict[int, dict[str, int]] = {run.pk: {} for run in runs}
    rows = Unit.objects.filter(run__in=runs).order_by().values_list("run_id", "level").annotate(n=Count("pk"))
    for run_id, level, n in rows:
        counts[run_id][level] = n
    return {
        run_id: LevelCounts(own.get("certified", 0), own.get("provisional", 0), sum(own.values()))
        for run_id, own in counts.items()
    }
