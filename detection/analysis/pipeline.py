"""One detection run as a pure function: tables in, a frozen Analysis out. The same for the lake and for two files."""

from __future__ import annotations

from dataclasses import dataclass, replace

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from core.canonical import digest
from core.figures import expected
from detection.analysis import campaigns, gate, leads
from detection.analysis.customers import customers_of
from detection.analysis.looks import Progress, Shared, Tested, look
from detection.analysis.parameters import Parameters
from detection.analysis.public import public_reasons, texts_of
from detection.analysis.ranking import rank_accounts
from detection.analysis.results import Analysis, CampaignResult, TemplateResult, UnitResult
from detection.analysis.tables import Log, account_numbers, reduce_log, slim
from detection.clustering.harness import harness_clusters
from detection.clustering.identities import Identities, shared_identities
from detection.clustering.judgements import apply_judgements, cut_identities, judged_identities, pair_rows
from detection.clustering.mining import candidates, subsume
from detection.clustering.parties import declared_parties
from detection.clustering.units import (
    Templates,
    communities,
    count_usage,
    identity_clusters,
    link_units,
    template_key,
    template_units,
)
from detection.signals.base import Context, Unit, Usage


@dataclass(frozen=True)
class Inputs:
    """What a run reads besides the exchanges: accounts, clearances, trivial and listed templates, the tag mask."""

    accounts: ir.Table | None
    elicitation_mask: int
    cleared: frozenset[str] = frozenset()
    """Accounts that people cleared."""
    trivial_system: frozenset[int] = frozenset()
    public_keys: frozenset[str] = frozenset()
    """Templates on the administrator's list, as column:hash."""
    confirmed: frozenset[str] = frozenset()
    """Accounts that people confirmed as harvesters: no reference holds them."""
    same_operator: tuple[tuple[str, str], ...] = ()
    """Pairs of account ids that people judged to be one operator."""
    not_same: tuple[tuple[str, str], ...] = ()
    """Pairs of account ids that people judged to be strangers."""
    corpora: ir.Table | None = None
    """Known prompt sets: corpus, prompt_h and, where known, quoted_h. None: none was listed."""
    sketches: ir.Table | None = None
    """What mining knows of each distinct skeleton: skeleton_h, near_h, sim12, sketch. None: skeletons were not sketched."""


def run(
    exchanges: ir.Table, inputs: Inputs, parameters: Parameters, progress: Progress = lambda words: None
) -> Analysis:
    """Units, campaigns, tiers and ranking of one window of exchanges. Deterministic; reads no text.

    Raises ValueError if `exchanges` lacks a column that scoring needs.
    """
    progress("Reducing the log")
    numbers = account_numbers(exchanges, inputs.elicitation_mask)
    rows = slim(exchanges, numbers, inputs.elicitation_mask, inputs.sketches)
    log = reduce_log(exchanges, rows, numbers, inputs.accounts)
    if not log.n_exchanges:
        return Analysis(0, 0, None, None, (), (), (), (), ("The window holds no exchange.",), 0.0)
    log.accounts["party"] = declared_parties(log.accounts)
    progress("Mining templates")
    found = candidates(rows, min_words=parameters.template_min_words, trivial_system=inputs.trivial_system)
    templates = count_usage(log, found, subsume(found), parameters)
    identities = shared_identities(log, bits_per_field=parameters.bits_per_field)
    same, apart = pair_rows(list(log.ids), inputs.same_operator, inputs.not_same)
    judged = apply_judgements(log.party, same=same, apart=apart)
    links = judged_identities(identities, judged, bits=parameters.bits_in_total)
    identities = cut_identities(identities, judged)
    customers = customers_of(exchanges, rows, log, inputs.corpora, inputs.sketches)
    context = replace(_context(log, templates, inputs, parameters), customers=customers)
    public = public_reasons(templates, context, inputs.public_keys)
    progress("Forming units")
    clusters = [
        *communities(log, templates, parameters),
        *identity_clusters(links, parameters),
        *harness_clusters(log, min_accounts=parameters.min_accounts, alpha=parameters.edge_alpha),
    ]
    units = [
        *template_units(rows, log, templates, parameters, inputs.sketches),
        *link_units(rows, log, clusters, parameters, inputs.sketches),
    ]
    names = _names(log, inputs)
    words = tuple(conflict.sentence(names) for conflict in judged.conflicts)
    shared = Shared(identities, links, templates, public, words)
    return _conclude(exchanges, units, look(units, context, shared, progress), context, shared)


def _names(log: Log, inputs: Inputs) -> list[str]:
    """Account ids by row, those outside the window after the last row, in the order of `pair_rows`."""
    names = {str(name): None for name in log.ids}
    for pairs in (inputs.same_operator, inputs.not_same):
        names |= {name: None for pair in sorted(pairs) for name in pair}
    return list(names)


def _context(log: Log, templates: Templates, inputs: Inputs, parameters: Parameters) -> Context:
    verified = log.accounts["verified"].map(lambda value: value is True or value == 1).to_numpy(dtype=bool)
    cleared = verified | log.accounts["account_id"].isin(inputs.cleared).to_numpy(dtype=bool)
    n_parties = max(templates.usage.shape[0], 1)
    rarity = np.log(n_parties / np.maximum(templates.table["parties"].to_numpy(dtype=np.float64), 1.0))
    confirmed = log.accounts["account_id"].isin(inputs.confirmed).to_numpy(dtype=bool)
    return Context(log, Usage(templates.usage, rarity), parameters, cleared & ~confirmed, confirmed)


def _conclude(
    exchanges: ir.Table,
    units: list[Unit],
    tested: list[Tested],
    context: Context,
    shared: Shared,
) -> Analysis:
    answers = [answer for _, answer in tested]
    named = gate.levels(answers, context.parameters)
    results = tuple(_levelled(result, level) for (result, _), level in zip(tested, named, strict=True))
    opened = [i for i, level in enumerate(named) if level != "none"]
    tokens = _tokens(exchanges, context.log)
    found = [
        _campaign([units[opened[i]] for i in group], [results[opened[i]] for i in group], context, shared.links, tokens)
        for group in campaigns.join_units([units[i] for i in opened], context.log, shared.links)
    ]
    accused = np.flatnonzero(
        context.log.accounts["account_id"].isin({a for c in found for a in c.accused()}).to_numpy()
    )
    texts = texts_of(shared.templates, shared.public)
    alone = leads.find_leads(context, accused.astype(np.int64), texts)
    m = sum(answer.p is not None for answer in answers)
    return Analysis(
        n_exchanges=context.log.n_exchanges,
        n_accounts=len(context.log.accounts),
        window_start_us=context.log.start_us,
        window_end_us=context.log.end_us,
        units=results,
        campaigns=tuple(found),
        accounts=rank_accounts(context, results, tuple(found), alone),
        templates=_template_results(shared.templates, results, shared.public),
        notes=(*_notes(context, m), *shared.notes),
        expected_false_alarms=m * context.parameters.provisional_p,
    )


def _levelled(result: UnitResult, level: str) -> UnitResult:
    return replace(result, level=level)


def _campaign(
    units: list[Unit], results: list[UnitResult], context: Context, identities: Identities, tokens: pd.DataFrame
) -> CampaignResult:
    found = campaigns.membership(units, context.log)
    members = campaigns.tiers(found, context.log, identities, context.parameters)
    accused = {m.account_id for m in members if m.tier != "bystander"}
    rows = np.flatnonzero(context.log.accounts["account_id"].isin(accused).to_numpy()).astype(np.int64)
    by_model = campaigns.tokens_by_model(tokens, rows)
    started, ended = campaigns.span(units)
    best = max(results, key=lambda r: (r.level == "certified", r.score, r.n_exchanges))
    return CampaignResult(
        key=digest(sorted(unit.key for unit in units))[:16],
        name=best.title,
        level="certified" if any(r.level == "certified" for r in results) else "provisional",
        score=best.score,
        gate_p=min(r.gate_p for r in results if r.gate_p is not None),
        units=tuple(unit.key for unit in units),
        members=tuple(members),
        ties=campaigns.ties(rows, context.log, identities),
        n_exchanges=sum(m.k for m in members if m.tier != "bystander"),
        n_exchanges_total=sum(m.n for m in members if m.tier != "bystander"),
        n_output_tokens=sum(by_model.values()),
        output_tokens_by_model=by_model,
        started_us=started,
        ended_us=ended,
    )


def _tokens(exchanges: ir.Table, log: Log) -> pd.DataFrame:
    """Output tokens by account and model."""
    model = exchanges.model.fill_null("unknown")
    sums = (
        exchanges.group_by("account_id", model=model).agg(n_output_tokens=exchanges.n_output_tokens.sum()).to_pandas()
    )
    row = pd.Series(log.accounts.index, index=log.accounts["account_id"])
    return sums.assign(account=sums["account_id"].map(row), n_output_tokens=sums["n_output_tokens"].fillna(0))


def _template_results(
    templates: Templates, results: tuple[UnitResult, ...], public: dict[str, str]
) -> tuple[TemplateResult, ...]:
    """The templates that units rest on, and the public ones."""
    wanted = {key for unit in results for key in unit.template_keys} | set(public)
    found = []
    for record in templates.table.itertuples():
        key = template_key(str(record.column), int(record.value))
        if key in wanted:
            found.append(
                TemplateResult(
                    key=key,
                    column=str(record.column),
                    value=int(record.value),
                    n_words=int(record.words),
                    n_exchanges=int(record.n),
                    n_accounts=int(record.accounts),
                    n_parties=int(record.parties),
                    public=key in public,
                    public_reason=public.get(key, ""),
                    example_skeleton_h=int(record.example),
                )
            )
    return tuple(sorted(found, key=lambda t: (-t.n_exchanges, t.key)))


def _notes(context: Context, m: int) -> tuple[str, ...]:
    p = context.parameters
    known = context.log.known
    cleared = int(context.cleared.sum())
    notes = [
        f"{m} units were tested; at p ≤ {p.provisional_p} without correction {expected(m * p.provisional_p)} false alarms are expected.",
        f"{cleared} accounts may stand as honest reference (verified or cleared).",
    ]
    if "verified" not in known:
        notes.append(
            "Verification is not known: what depends on it is not calculable, and the reference is random groups of accounts."
        )
    missing = [name for name in ("payment_fp", "email_domain", "organisation", "created_at_us") if name not in known]
    if missing:
        notes.append(f"Not known for any account: {', '.join(missing)}.")
    return tuple(notes)
