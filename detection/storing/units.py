"""Units as a run tested them, with every reading and every innocent story."""

from __future__ import annotations

from core.text import storable
from detection.analysis.results import Analysis, Reading, UnitResult
from detection.models import Campaign, DetectionRun, RivalExplanation, SignalReading, Template, Unit
from detection.selectors import stored_selector

BATCH = 2_000


def store_units(
    run: DetectionRun, analysis: Analysis, templates: dict[str, Template], campaigns: dict[str, Campaign]
) -> None:
    """Rows of the run's units, each with the campaign that it belongs to, where the run has campaigns."""
    of = {key: campaigns[c.key] for c in analysis.campaigns if c.key in campaigns for key in c.units}
    rows = [_unit(run, unit, templates, of.get(unit.key)) for unit in analysis.units]
    Unit.objects.bulk_create(rows, batch_size=BATCH)
    window = window_words(run)
    readings = [_reading(row, r, window) for row, u in zip(rows, analysis.units, strict=True) for r in u.readings]
    SignalReading.objects.bulk_create(readings, batch_size=BATCH)
    RivalExplanation.objects.bulk_create(
        [
            RivalExplanation(unit=row, story=r.story, finding=r.finding, because=r.because)
            for row, u in zip(rows, analysis.units, strict=True)
            for r in u.rivals
        ],
        batch_size=BATCH,
    )


def window_words(run: DetectionRun) -> str:
    """The run's window in words, UTC."""
    if run.window_start is None or run.window_end is None:
        return "whole lake"
    return f"{run.window_start:%Y-%m-%d %H:%M} to {run.window_end:%Y-%m-%d %H:%M} UTC"


def _unit(run: DetectionRun, found: UnitResult, templates: dict[str, Template], campaign: Campaign | None) -> Unit:
    head = templates.get(found.template_keys[0]) if found.template_keys else None
    link = found.kind == "link"
    map_version = int(run.inputs.get("template_map_version", 0))
    return Unit(
        run=run,
        kind=found.kind,
        key=found.key,
        template=templates.get(found.key, head),
        campaign=campaign,
        level=found.level,
        n_accounts=found.n_accounts,
        n_exchanges=found.n_exchanges,
        n_organisations=found.n_parties,
        gate_p=found.gate_p,
        gate_reason=found.gate_reason,
        score=found.score,
        families={
            f.family: {"p": f.p, "log_lr": f.log_lr, "best": f.best_signal, "signals": f.n_signals}
            for f in found.families
        },
        selector={"accounts": list(found.accounts)} if link else stored_selector(found.selector, map_version),
    )


def _reading(unit: Unit, found: Reading, window: str) -> SignalReading:
    return SignalReading(
        unit=unit,
        signal=found.signal,
        family=found.family,
        title=found.title,
        value=found.value,
        value_unit=found.value_unit,
        sentence=storable(found.sentence),
        window=window,
        denominator=found.denominator,
        reference=found.reference,
        effect=found.effect,
        effect_low=found.effect_low,
        effect_high=found.effect_high,
        p=found.p,
        p_reason=found.p_reason,
        formation=found.formation,
        benign=found.benign,
        accounts=list(found.accounts),
        version=found.version,
        parameters=found.parameters,
    )
