"""From a finished run to flagged sessions with their samples, read from a real lake."""

from __future__ import annotations

import hashlib
from datetime import datetime
from types import SimpleNamespace

import pyarrow as pa
import pytest

from audit.models import AuditEvent
from core.clock import to_us
from detection.models import Campaign, CampaignMember
from investigations import services
from investigations.measures import sampling
from investigations.models import FlaggedSession, RunFlagged, SamplePrompt, ScoreFlagged
from tests.factories import (
    ApiAccountFactory,
    CampaignFactory,
    CampaignMemberFactory,
    OutsideScoreFactory,
    ScoreMappingFactory,
    UnitFactory,
)
from tests.factories.detection import START
from traffic.lake import write_exchanges
from traffic.schema import EXCHANGES

MINUTE = 60_000_000


def exchange(account: str, number: int, minute: int, inside: bool) -> dict[str, object]:
    text = f"prompt {number} of {account}\x00\u202e"
    row: dict[str, object] = {field.name: None for field in EXCHANGES}
    digest = hashlib.sha256(text.encode()).digest()
    plain = {"source": "test", "pull_id": 1, "conflict": False, "derivation_version": 2, "task_tags": 0}
    return row | plain | {
        "account_id": account, "ts_us": to_us(START) + minute * MINUTE, "exchange_id": f"{account}-{number}",
        "record_id": f"{account}-{number}", "prompt": text, "response": "answer", "prompt_sha256": digest,
        "response_sha256": hashlib.sha256(b"answer").digest(), "raw_sha256": digest, "content_sha256": digest,
        "content_state": "full", "pre8": 77 if inside else 1,
    }  # fmt: skip


def fill_lake(rows: list[dict[str, object]]) -> None:
    for file in write_exchanges(pa.Table.from_pylist(rows, schema=EXCHANGES), stem="test"):
        file.save()


@pytest.fixture
def harvest(db: None) -> SimpleNamespace:
    """A core account with a session of 12 exchanges (8 in the unit) and one of 3 outside; a bystander with one inside."""
    campaign: Campaign = CampaignFactory()
    UnitFactory(run=campaign.last_run, campaign=campaign, selector={"columns": {"pre8": ["77"]}})
    core: CampaignMember = CampaignMemberFactory(campaign=campaign)
    bystander = CampaignMemberFactory(campaign=campaign, tier="bystander")
    one, other = core.account.account_id, bystander.account.account_id
    rows = [exchange(one, n, n, n % 3 != 0) for n in range(12)] + [
        exchange(one, n, 500 + n, False) for n in (20, 21, 22)
    ]
    fill_lake([*rows, exchange(other, 1, 1, True)])
    return SimpleNamespace(campaign=campaign, account=core.account)


def test_flags_the_sessions_that_hold_unit_exchanges(harvest: SimpleNamespace) -> None:
    assert services.flag_finished_runs() == 1
    session = FlaggedSession.objects.get()
    assert (session.account, session.n_exchanges, session.n_unit_exchanges) == (harvest.account, 12, 8)
    assert session.started_at == START
    assert AuditEvent.objects.filter(action="session.flagged", subject=f"session:{session}").count() == 1
    assert services.flag_finished_runs() == 0


def test_a_later_run_keeps_what_people_said(harvest: SimpleNamespace, staff: SimpleNamespace) -> None:
    services.flag_finished_runs()
    session = FlaggedSession.objects.get()
    services.set_verdict(session=session, verdict="benign_positive", reason="A class", actor=staff.ines)
    run = type(harvest.campaign.last_run).objects.create(
        state="finished", requested_by="test", window_start=START, window_end=harvest.campaign.ended_at
    )
    Campaign.objects.update(last_run=run, score=9.0)
    UnitFactory(run=run, campaign=harvest.campaign, selector={"columns": {"pre8": ["77"]}})
    assert services.flag_finished_runs() == 1
    session.refresh_from_db()
    assert (session.verdict, session.strength, session.run) == ("benign_positive", 9.0, run)
    assert AuditEvent.objects.filter(action="session.flagged").count() == 1


def test_samples_are_pulled_once_with_method_and_digest(harvest: SimpleNamespace) -> None:
    services.flag_finished_runs()
    assert services.sample_sessions() == 1
    assert services.sample_sessions() == 0
    samples = list(SamplePrompt.objects.all())
    session = FlaggedSession.objects.get()
    frame = [(f"{harvest.account.account_id}-{n}", n % 3 != 0) for n in range(12)]
    seed = sampling.seed_for(session.session_key, session.run_id)
    assert {s.exchange_id for s in samples} == set(sampling.draw(frame, size=5, seed=seed))
    assert all(sample.in_unit for sample in samples)
    assert frame[1][0] in {sample.exchange_id for sample in samples}, "the first unit exchange is always drawn"
    for sample in samples:
        assert sample.method["frame_size"] == 12 and sample.method["seed"] == seed
        number = sample.position - 1
        text = f"prompt {number} of {harvest.account.account_id}\x00\u202e"
        assert sample.prompt_sha256 == hashlib.sha256(text.encode()).hexdigest()
        assert sample.prompt == text.replace("\x00", "\\u{0000}")
    progress = RunFlagged.objects.get()
    assert (progress.n_sampled, progress.finished_at is not None) == (1, True)


def test_an_outside_score_above_its_threshold_flags_the_account(db: None) -> None:
    account = ApiAccountFactory()
    fill_lake([exchange(account.account_id, n, n, False) for n in range(3)])
    moment: datetime = START
    ScoreMappingFactory(threshold=0.8)
    OutsideScoreFactory(account=account, score=0.79, occurred_at=moment, version="low")
    OutsideScoreFactory(account=account, score=0.9, occurred_at=moment)
    assert services.flag_finished_runs() == 1
    assert FlaggedSession.objects.get().reason == "outside score outside-classifier 1 of 0.9 passed its threshold"
    assert ScoreFlagged.objects.count() == 1
    assert services.flag_finished_runs() == 0
