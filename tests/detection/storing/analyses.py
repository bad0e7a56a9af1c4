"""Analyses as a run would hand them over, written by hand."""

from __future__ import annotations

from collections.abc import Iterable

from detection.analysis.results import AccountResult, Analysis, CampaignResult, MemberResult, Reading, UnitResult
from detection.models import DetectionRun
from detection.storing import store_analysis
from tests.factories import DetectionRunFactory
from tests.factories.detection import END, START

DAY_US = 86_400_000_000
START_US, END_US = (int(moment.timestamp()) * 1_000_000 for moment in (START, END))


def reading(signal: str, *, p: float | None, accounts: Iterable[str] = ()) -> Reading:
    return Reading(
        signal=signal,
        family=signal[0],
        title=f"Signal {signal}",
        sentence="4 of 4 new accounts began within 24 h after one of 1 closures; 0.2 would by chance.",
        benign="A customer that comes back after a billing lapse.",
        p=p,
        p_reason="rank among random phases",
        accounts=tuple(accounts),
    )


def unit(key: str, accounts: Iterable[str], *, level: str, readings: Iterable[Reading]) -> UnitResult:
    names = tuple(accounts)
    return UnitResult(
        kind="link",
        key=key,
        title=key,
        forming=(),
        accounts=names,
        counts=(40,) * len(names),
        n_accounts=len(names),
        n_parties=len(names),
        n_exchanges=40 * len(names),
        readings=tuple(readings),
        rivals=(),
        families=(),
        gate_p=0.001,
        gate_reason="passed",
        level=level,
        score=3.0,
        selector={},
    )


def member(name: str, tier: str) -> MemberResult:
    return MemberResult(name, tier, 40, 50, 0.01, 0.001, "same template", START_US, END_US)


def campaign(accounts: Iterable[str], *, level: str = "provisional", bystanders: Iterable[str] = ()) -> CampaignResult:
    names = sorted(accounts)
    members = [*(member(name, "core") for name in names), *(member(name, "bystander") for name in bystanders)]
    return CampaignResult(
        key=f"key-{names[0]}",
        name=f"of {names[0]}",
        level=level,
        score=3.0,
        gate_p=0.001,
        units=(f"unit-{names[0]}",),
        members=tuple(members),
        ties=(),
        n_exchanges=40 * len(names),
        n_exchanges_total=50 * len(names),
        n_output_tokens=10,
        output_tokens_by_model={"m": 10},
        started_us=START_US,
        ended_us=END_US,
    )


def analysis(*found: CampaignResult, idle: Iterable[str] = (), readings: dict[str, Reading] | None = None) -> Analysis:
    """An analysis with one unit a campaign; `idle` accounts were active and belong to none; readings by campaign key."""
    extra = readings or {}
    units = [
        unit(c.units[0], c.accused(), level=c.level, readings=[extra[c.key]] if c.key in extra else []) for c in found
    ]
    names = {m.account_id for c in found for m in c.members} | set(idle)
    accounts = [AccountResult(name, 1.0, True, False, "core", None, 50, "because") for name in sorted(names)]
    return Analysis(
        n_exchanges=50 * len(names),
        n_accounts=len(names),
        window_start_us=START_US,
        window_end_us=END_US,
        units=tuple(units),
        campaigns=found,
        accounts=tuple(accounts),
        templates=(),
        notes=(),
        expected_false_alarms=0.1,
    )


def stored(*found: CampaignResult, look: bool = True, **options: object) -> DetectionRun:
    """A live run that found these campaigns, stored."""
    said = {"is_look": look} if any(field.name == "is_look" for field in DetectionRun._meta.fields) else {}
    run: DetectionRun = DetectionRunFactory(parameters={"certify": look}, **said)
    store_analysis(run, analysis(*found, **options), {})  # type: ignore[arg-type]
    return run
