"""The public-template registry: wording that many unrelated verified customers use, or that an administrator listed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from detection.clustering.units import Templates, template_key
from detection.rivals.accounts import TextUse
from detection.rivals.base import MAJORITY
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


@dataclass(frozen=True)
class Texts:
    """Templates that several customers use."""

    counts: sp.csc_matrix
    """accounts x templates, exchanges."""
    public: NDArray[np.bool_]
    """Which templates are public."""


def texts_of(templates: Templates, reasons: Iterable[str]) -> Texts:
    """Who uses which template, and which of them are public."""
    wanted = frozenset(reasons)
    keys = zip(templates.table["column"], templates.table["value"], strict=True)
    public = np.array([template_key(str(column), int(value)) in wanted for column, value in keys], dtype=bool)
    return Texts(sp.csc_matrix(templates.by_account), public)


def text_use(row: int, context: Context, texts: Texts | None, inside: NDArray[np.bool_]) -> TextUse | None:
    """The template that an account lives on, with what the other customers who live on it gathered; `inside`: in campaigns.

    Public ones first, then those that more customers use; None when nobody looked.
    """
    if texts is None:
        return None
    log = context.log
    n, tokens = log.column("n"), log.column("elicited_tokens")
    living = np.flatnonzero(texts.counts[[row]].toarray().ravel() >= MAJORITY * n[row])
    best = TextUse(False, 0.0, 0, 1.0)
    for column in living:
        share = texts.counts[:, [column]].toarray().ravel() / np.maximum(n, 1)
        peers = (share >= MAJORITY) & ~inside & (log.party != log.party[row])
        gathered = np.bincount(log.party[peers], weights=tokens[peers], minlength=1)[np.unique(log.party[peers])]
        rank = (1 + int((gathered >= tokens[row]).sum())) / (1 + len(gathered))
        use = TextUse(bool(texts.public[column]), float(share[row]), len(gathered), rank)
        best = max(best, use, key=lambda known: (known.public, known.others, known.share))
    return best
