"""The public-template registry: wording that many unrelated verified customers use, or that an administrator listed."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import scipy.sparse as sp

from detection.clustering.units import Templates, template_key
from detection.signals.base import Context, Unit


def public_reasons(templates: Templates, context: Context, listed: Iterable[str]) -> dict[str, str]:
    """Why a template is public, by template key; templates that are not public are absent.

    A customer counts as verified when one of its accounts is; "unrelated" means another declared customer.
    """
    wanted = frozenset(listed)
    verified = np.zeros(templates.usage.shape[0], dtype=bool)
    verified[context.log.party[context.cleared]] = True
    users = np.asarray(sp.csr_matrix((templates.usage[verified] > 0).astype(np.float64)).sum(axis=0)).ravel()
    reasons: dict[str, str] = {}
    for number, (column, value) in enumerate(zip(templates.table["column"], templates.table["value"], strict=True)):
        key = template_key(str(column), int(value))
        if key in wanted:
            reasons[key] = "An administrator listed this template as public."
        elif users[number] >= context.parameters.public_parties:
            reasons[key] = f"{int(users[number])} unrelated verified customers use this template."
    return reasons


def unit_public(unit: Unit, reasons: dict[str, str]) -> str:
    """The reason why a template unit rests on public wording; empty when it does not."""
    return next((reasons[key] for key in unit.template_keys if key in reasons), "")


def public_counts(templates: Templates, reasons: Iterable[str]) -> sp.csc_matrix:
    """accounts x public templates, exchanges."""
    wanted = frozenset(reasons)
    keys = zip(templates.table["column"], templates.table["value"], strict=True)
    chosen = [number for number, (column, value) in enumerate(keys) if template_key(str(column), int(value)) in wanted]
    return sp.csc_matrix(templates.by_account[:, chosen])
