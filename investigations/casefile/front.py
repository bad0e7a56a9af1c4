"""The first two pages of the report: what is alleged, on what evidence, with what doubt, and what people decided."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.db.models import Count

from core.canonical import utc_z
from core.figures import compact, p_value
from core.text import one_line
from detection.enums import Finding, Level
from investigations.casefile import content, controls, face
from investigations.casefile.alternatives import Section, override_words
from investigations.models import Appeal, Case, CaseExport

STRONGEST = 5
TIERS = "core and associate accounts are members of the campaign, bystanders are no party"
LEVELS = {
    Level.CERTIFIED: "Its evidence was certified: among all units (exchanges of one wording, or accounts tied by one link) that a "
    "run certifies, at most one in twenty is expected to be a chance finding.",
    Level.PROVISIONAL: "Its evidence is provisional: it passed the test for a single unit, not the one that allows for how many "
    "units were tried.",
    Level.NONE: "Its evidence was not confirmed by the statistical gate.",
}


def front(
    export: CaseExport, counts: Mapping[str, int], complete: Mapping[str, Any], sections: Sequence[Section]
) -> dict[str, Any]:
    """Sentences and one short table, in the order a stranger to the case needs them."""
    case = export.case
    return {
        "alleged": list(_alleged(case, counts)),
        "evidence": list(_evidence(case, counts)),
        "strongest": list(_strongest(case)),
        "doubt": list(_doubt(export, complete, sections)),
        "decided": list(_decided(case)),
    }


def _alleged(case: Case, counts: Mapping[str, int]) -> Iterator[str]:
    campaign = case.campaign
    tiers = dict(case.case_accounts.order_by().values_list("tier").annotate(n=Count("pk")))
    listed = ", ".join(f"{n:,} {tier or 'without tier'}" for tier, n in sorted(tiers.items()))
    if campaign is None and not counts["accounts"] and not counts["sessions"]:
        yield "Nothing so far: the case names no campaign, no account and no flagged session."
        return
    if campaign is None:
        yield (
            f"That {counts['accounts']:,} API accounts ({listed or 'none listed'}) with {counts['sessions']:,} flagged sessions "
            "were used to harvest a model's answers so that another model could be trained on them. No campaign is named."
        )
        return
    price = f", at list price about {campaign.list_price_usd:,.0f} USD" if campaign.list_price_usd else ""
    yield (
        f"That {counts['accounts']:,} API accounts ({listed}; {TIERS}) acted together between {utc_z(campaign.started_at)[:10]} and "
        f"{utc_z(campaign.ended_at)[:10]} to harvest a model's answers so that another model could be trained on them."
    )
    yield (
        f"In the units of campaign {campaign.code} lie {campaign.n_exchanges:,} exchanges of core and associate accounts. All that "
        f"these accounts asked in the window of the run, inside the units and outside, is {campaign.n_exchanges_total:,} exchanges with "
        f"{compact(campaign.n_output_tokens)} output tokens{price}. That is what was answered, not a measured loss."
    )


def _evidence(case: Case, counts: Mapping[str, int]) -> Iterator[str]:
    campaign = case.campaign
    if campaign is not None:
        p = f" Its combined p is {p_value(campaign.gate_p)}." if campaign.gate_p is not None else ""
        yield f"{LEVELS[Level(campaign.level)]}{p} The score {campaign.score:.1f} ranks campaigns; it is no probability of guilt."
        yield (
            "Measured signals, the strongest unit's first; p is how often honest traffic would look so by chance, as far as the "
            "signal's reference describes it. Beside each stands what an honest customer could look like."
        )
    verdicts = content.sessions(case).exclude(verdict="").order_by().values_list("verdict").annotate(n=Count("pk"))
    judged = ", ".join(f"{n:,} {verdict.replace('_', ' ')}" for verdict, n in sorted(verdicts)) or "none so far"
    inside = content.samples(case).filter(in_unit=True).count()
    units = (
        f" {inside:,} of them lie in units of a campaign, the rest beside them in the same sessions."
        if campaign
        else ""
    )
    yield (
        f"{counts['samples']:,} sampled exchanges of {counts['sessions']:,} flagged sessions are in the file.{units} Verdicts of "
        f"people on these sessions: {judged}."
    )
    yield face.WHAT


def _strongest(case: Case) -> Iterator[list[str]]:
    seen: set[str] = set()
    readings = content.readings(case).filter(formation=False).exclude(p=None).order_by("-unit__run_id", "p", "signal")
    for reading in readings[:200]:
        if reading.signal not in seen and len(seen) < STRONGEST:
            seen.add(reading.signal)
            sentence, benign = one_line(reading.sentence, 330), one_line(reading.benign, 260)
            yield [f"{reading.signal} {reading.title}", sentence, p_value(reading.p), benign]


def _doubt(export: CaseExport, complete: Mapping[str, Any], sections: Sequence[Section]) -> Iterator[str]:
    case = export.case
    if words := override_words(export, sections):
        yield words
    if content.readings(case).exists():
        yield face.DOUBT
    yield controls.error_rate_words(case) or (
        f"The false-positive rate is not calculable: {controls.NO_CONTROLS if controls.main_run(case) else controls.NO_RUN}."
    )
    yield controls.thresholds_words(case)
    yield from _rivals(case)
    yield _missing(complete)
    yield (
        "What the accused may answer, ordinary use or that models come to resemble each other by themselves, is not settled by this "
        "file: it shows how the accounts behaved, not what was done with the answers."
    )


def _rivals(case: Case) -> Iterator[str]:
    found = dict(content.rivals(case).order_by().values_list("finding").annotate(n=Count("pk")))
    if not found:
        yield "No innocent explanation was tested by the machine."
        return
    said = ", ".join(f"{n:,} {finding}" for finding, n in sorted(found.items()))
    yield f"Innocent explanations tested on its units: {said}."
    standing = (
        content.rivals(case)
        .exclude(finding=Finding.CONTRADICTED)
        .order_by("-finding", "story")
        .values_list("story", flat=True)
    )
    names = list(dict.fromkeys(standing[:500]))
    if names:
        more = f" and {len(names) - 6} more" if len(names) > 6 else ""
        yield f"Not contradicted by the facts, on at least one unit: {one_line('; '.join(names[:6]), 500)}{more}."


def _missing(complete: Mapping[str, Any]) -> str:
    kept = complete["as_received"]
    whole, why = kept["records"] == kept["records_of_the_sampled_exchanges"], kept["a_record_is_missing_where"]
    quarantined = sum(pull["quarantined"] for pull in complete["pulls"])
    received = sum(pull["received"] for pull in complete["pulls"])
    gaps, unread = complete["days_without_exchanges"], len(complete["not_read_to_the_end"])
    days = (
        "no period to look for gaps in"
        if gaps is None
        else f"{len(gaps):,} days of the period hold no exchange of anyone"
    )
    return (
        f"Of {received:,} records received {quarantined:,} could not be read; {unread:,} files were not read to the end; {days}. "
        "Sources give no expected counts, so what they never delivered cannot be seen here. Of the "
        f"{kept['records_of_the_sampled_exchanges']:,} records behind the sampled exchanges {kept['records']:,} are in the sealed "
        f"file byte for byte as they were received{'' if whole else f'; a record is missing where {why}'}."
    )


def _decided(case: Case) -> Iterator[str]:
    if not case.decisions.exists():
        yield "Nothing was decided so far."
    for row in case.decisions.select_related("proposed_by").order_by("id")[:STRONGEST]:
        votes = [
            f"{vote.by.audit_name}: {'yes' if vote.approved else 'no'}" for vote in row.approvals.select_related("by")
        ]
        yield (
            f"{row.code}: {row.get_action_display()} for {row.n_accounts:,} accounts, {row.get_state_display()}; proposed by "
            f"{row.proposed_by.audit_name} on {utc_z(row.proposed_at)[:10]}, votes: {', '.join(votes) or 'none'}. "
            f"Reason: {one_line(row.reason, 300)}"
        )
    left = case.decisions.count() - STRONGEST
    if left > 0:
        yield f"{left:,} more decisions stand below."
    appeals = Appeal.objects.filter(item__decision__case=case).order_by().values_list("state").annotate(n=Count("pk"))
    if found := ", ".join(f"{n:,} {state}" for state, n in sorted(appeals)):
        yield f"Customers appealed: {found}. Their words stand in data/decisions/appeals.jsonl."
