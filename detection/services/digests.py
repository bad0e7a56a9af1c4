"""What a run concluded as one number: equal inputs, parameters and code give an equal digest."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from core.canonical import digest
from detection.analysis.results import Analysis
from detection.models import DetectionRun


def result_digest(analysis: Analysis) -> str:
    """SHA-256 of everything that the run concluded, as canonical JSON."""
    return digest(_bare(asdict(analysis)))


def _bare(value: Any) -> Any:
    """Plain Python numbers; floats at twelve digits, so that the last bit of a sum in another order changes nothing."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return float(f"{value:.12g}") if np.isfinite(value) else str(value)
    if isinstance(value, dict):
        return {key: _bare(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_bare(item) for item in value]
    return value


def repeat_words(run: DetectionRun, base: DetectionRun) -> str:
    """Whether a repeat came to what the run came to, and where it did not, what differed on the way."""
    if run.result_digest == base.result_digest:
        return f"The same result digest as run {base.pk}."
    differs = [f"input {name}" for name in sorted({*run.inputs, *base.inputs}) if _differs(run, base, name)]
    if run.code_version != base.code_version:
        differs.append(f"code version ({run.code_version}, then {base.code_version})")
    if run.parameters != base.parameters:
        differs.append("parameters")
    if not differs:
        differs.append("none of the inputs, parameters or code version: the installed libraries may differ")
    return f"Not the result digest of run {base.pk}. What differs: {', '.join(differs)}."


def _differs(run: DetectionRun, base: DetectionRun, name: str) -> bool:
    return bool(run.inputs.get(name) != base.inputs.get(name))
