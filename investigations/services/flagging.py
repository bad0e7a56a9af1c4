"""Flagging: the newest finished live run, and outside scores above their threshold, put sessions before investigators."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Q

from audit.services import Event, record_many
from core.clock import from_us
from core.enqueue import enqueue_on_commit
from core.text import storable
from detection.enums import ACCUSED
from detection.models import AccountScore, Campaign, CampaignMember, DetectionRun, OutsideScore, ScoreMapping
from detection.queries.conclusions import latest_finished_run
from investigations.lake import reading as lake_reading
from investigations.models import FlaggedSession, RunFlagged, ScoreFlagged
from investigations.services.wake import wake_sampling
from staff.permissions import Worker

WORKER = Worker("flagging")
LOCK = 0x5711_F1A6
SCORE_WINDOW = timedelta(days=30)
UPDATED = (
    "campaign",
    "run",
    "started_at",
    "ended_at",
    "n_exchanges",
    "n_unit_exchanges",
    "strength",
    "reason",
    "rule",
    "asn",
)


def flag_finished_runs() -> int:
    """Flag what the newest finished run and new outside scores point to; wake the sampler. How many sessions.

    Idempotent: the run's own row and the flags commit together; a second worker finds the lock taken and leaves.
    """
    with transaction.atomic():
        if not _locked():
            return 0
        count = _flag_newest_run() + _flag_scores()
    if FlaggedSession.objects.filter(sampled_at=None).exists():
        enqueue_on_commit(wake_sampling())
    return count


def _locked() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        return bool(cursor.fetchone()[0])


def _flag_newest_run() -> int:
    run = latest_finished_run()
    if run is None or RunFlagged.objects.filter(run_id__gte=run.pk).exists():
        return 0
    found: dict[str, FlaggedSession] = {}
    for campaign in Campaign.objects.filter(last_run=run).order_by("score", "pk"):
        found |= {session.session_key: session for session in _of_campaign(campaign, run)}
    for session in _of_leads(run):
        found.setdefault(session.session_key, session)
    new = _save(found)
    RunFlagged.objects.create(run=run, n_sessions=len(found), n_new=new, finished_at=None if new else run.finished_at)
    return len(found)


def _of_campaign(campaign: Campaign, run: DetectionRun) -> Iterable[FlaggedSession]:
    members = CampaignMember.objects.filter(campaign=campaign, tier__in=ACCUSED)
    accounts = dict(members.values_list("account__account_id", "account_id"))
    selectors = lake_reading.selectors_of(campaign.pk, run.pk)
    for row in _rows(list(accounts), selectors, run):
        if row["n_unit"]:
            reason = f"{row['n_unit']} of {row['n_exchanges']} exchanges are in the units of campaign {campaign.code}"
            yield _session(row, accounts, run, campaign, campaign.score, reason, "campaign")


def _of_leads(run: DetectionRun) -> Iterable[FlaggedSession]:
    leads = {
        score.account.account_id: score
        for score in AccountScore.objects.filter(run=run, lead=True).select_related("account")
    }
    accounts = {account_id: score.account_id for account_id, score in leads.items()}
    for row in _rows(list(accounts), lake_reading.selectors_of(None, None), run):
        lead = leads[row["account_id"]]
        yield _session(row, accounts, run, None, lead.score, f"session of a lead: {lead.because}", "lead")


def _rows(account_ids: Sequence[str], selectors: Sequence[dict[str, Any]], run: DetectionRun) -> list[dict[str, Any]]:
    if not account_ids:
        return []
    return lake_reading.session_rows(account_ids, selectors, start=run.window_start, end=run.window_end)


def _flag_scores() -> int:
    passed = Q(pk__in=[])
    for mapping in ScoreMapping.objects.all():
        passed |= Q(name=mapping.name, score__gte=mapping.threshold, **_version(mapping))
    scores = OutsideScore.objects.filter(passed, flagging=None).select_related("account").order_by("id")[:500]
    total = 0
    for score in scores:
        found = {session.session_key: session for session in _of_score(score)}
        known = FlaggedSession.objects.filter(session_key__in=found).values_list("session_key", flat=True)
        fresh = {key: session for key, session in found.items() if key not in set(known)}
        _save(fresh)
        ScoreFlagged.objects.create(score=score, n_sessions=len(found))
        total += len(fresh)
    return total


def _version(mapping: ScoreMapping) -> dict[str, str]:
    return {"version": mapping.version} if mapping.version else {}


def _of_score(score: OutsideScore) -> Iterable[FlaggedSession]:
    accounts = {score.account.account_id: score.account_id}
    start, end = score.occurred_at - SCORE_WINDOW, score.occurred_at + timedelta(days=1)
    rows = lake_reading.session_rows(list(accounts), lake_reading.selectors_of(None, None), start=start, end=end)
    whole_account = score.subject_kind == OutsideScore.Subject.ACCOUNT
    reason = f"outside score {score.name} {score.version} of {score.score:g} passed its threshold"
    for row in rows:
        if whole_account or row["conversation"] == score.subject_id:
            yield _session(row, accounts, None, None, score.score, reason, f"outside score {score.name}")


def _session(
    row: dict[str, Any],
    accounts: dict[str, int],
    run: DetectionRun | None,
    campaign: Campaign | None,
    strength: float,
    reason: str,
    rule: str,
) -> FlaggedSession:
    return FlaggedSession(
        session_key=storable(row["session_id"]),
        account_id=accounts[row["account_id"]],
        campaign=campaign,
        run=run,
        started_at=from_us(row["start_us"]),
        ended_at=from_us(row["end_us"]),
        n_exchanges=row["n_exchanges"],
        n_unit_exchanges=row["n_unit"],
        strength=strength,
        reason=storable(reason),
        rule=storable(rule),
        asn=row["asn"] if row["n_asn"] == row["n_exchanges"] and row["asn"] == row["asn_high"] else None,
    )


def _save(found: dict[str, FlaggedSession]) -> int:
    """Insert new flags, renew known ones without touching what people said, and record the new. How many are new."""
    known = set(FlaggedSession.objects.filter(session_key__in=found).values_list("session_key", flat=True))
    FlaggedSession.objects.bulk_create(
        found.values(), batch_size=2000, update_conflicts=True, unique_fields=["session_key"], update_fields=UPDATED
    )
    new = FlaggedSession.objects.filter(session_key__in=found.keys() - known)
    events = [
        Event("session.flagged", f"session:S-{pk:06d}", {"account": account, "strength": strength, "reason": reason})
        for pk, account, strength, reason in new.annotate(name=F("account__account_id")).values_list(
            "pk", "name", "strength", "reason"
        )
    ]
    if events:
        record_many(actor=WORKER, events=events)
    return len(events)
