"""What is needed to get each number again, what was calculated again at this export, and what repeats of a run gave."""

from __future__ import annotations

from collections.abc import Iterator
from math import isclose
from typing import Any

from detection.analysis.statistics import log_likelihood_ratio, partial_conjunction
from detection.enums import RunKind, RunState
from detection.models import DetectionRun, Unit
from investigations.casefile import content
from investigations.models import Case

HOW = (
    "On the desk: Detection, the run's page, Repeat. It reads the inputs named by these digests, with these parameters and "
    "this seed, and names the result digest. The commit of the code stands in legal/system-statement.json."
)


def replay(case: Case) -> dict[str, Any]:
    """The record of replay.json."""
    units = [_again(unit) for unit in _units(case)]
    return {
        "how": HOW,
        "runs": [_run(run) for run in content.run_rows(case)],
        "units_calculated_again_at_export": units,
        "units_that_differ": sum(not unit["same"] for unit in units),
    }


def _units(case: Case) -> Iterator[Unit]:
    rows = Unit.objects.filter(campaign__cases=case).order_by("-run_id", "-score", "id")
    yield from rows.iterator(chunk_size=500)


def _again(unit: Unit) -> dict[str, Any]:
    """The unit's gate p and score from its families' p, by the formulas of docs/methods/gate.md."""
    ps = [family["p"] for family in unit.families.values() if family["p"] is not None]
    gate_p = partial_conjunction(ps)
    score = sum(log_likelihood_ratio(family["p"]) for family in unit.families.values())
    same = isclose(score, unit.score, rel_tol=1e-9, abs_tol=1e-9) and (
        gate_p == unit.gate_p
        or (None not in (gate_p, unit.gate_p) and isclose(gate_p or 0, unit.gate_p or 0, rel_tol=1e-9))
    )
    return {
        "unit": str(unit),
        "run": unit.run_id,
        "stored": {"gate_p": unit.gate_p, "score": unit.score},
        "again": {"gate_p": gate_p, "score": score},
        "same": same,
    }


def _run(run: DetectionRun) -> dict[str, Any]:
    repeats = run.comparisons.filter(kind=RunKind.REPEAT, state=RunState.FINISHED).order_by("id")
    return {
        "run": run.pk,
        "kind": run.words,
        "code_version": run.code_version,
        "window": {"from": run.window_start, "to": run.window_end},
        "parameters": run.parameters,
        "seed": run.parameters.get("seed"),
        "input_digests": run.inputs,
        "newest_lake_file": run.last_file_id,
        "result_digest": run.result_digest,
        "repeats": [
            {
                "run": each.pk,
                "code_version": each.code_version,
                "finished_at": each.finished_at,
                "result_digest": each.result_digest,
                "same_result": each.result_digest == run.result_digest,
            }
            for each in repeats
        ],
    }
