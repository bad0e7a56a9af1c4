"""Flagged sessions, samples, cases, exhibits, decisions, case files."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import factory
from factory.django import DjangoModelFactory

from core.canonical import digest
from investigations.enums import DecisionAction, DecisionState, ExhibitKind, ExportState
from investigations.models import (
    Approval,
    CampaignReview,
    Case,
    CaseAccount,
    CaseExport,
    Decision,
    DecisionItem,
    Exhibit,
    FlaggedSession,
    Note,
    RunFlagged,
    SamplePrompt,
)
from tests.factories.accounts import ApiAccountFactory
from tests.factories.detection import START, CampaignFactory, DetectionRunFactory
from tests.factories.staff import UserFactory


class RunFlaggedFactory(DjangoModelFactory[RunFlagged]):
    class Meta:
        model = RunFlagged

    run = factory.SubFactory(DetectionRunFactory)
    finished_at = START


class FlaggedSessionFactory(DjangoModelFactory[FlaggedSession]):
    """A flagged session of one account in one campaign; samples are made apart."""

    class Meta:
        model = FlaggedSession

    account = factory.SubFactory(ApiAccountFactory)
    session_key = factory.Sequence(lambda n: f"session-{n}")
    campaign = factory.SubFactory(CampaignFactory)
    run = factory.SelfAttribute("campaign.last_run")
    started_at = START
    ended_at = START + timedelta(hours=1)
    n_exchanges = 10
    n_unit_exchanges = 8
    strength = 5.0
    reason = "8 of 10 exchanges are in the units of the campaign"


class SamplePromptFactory(DjangoModelFactory[SamplePrompt]):
    class Meta:
        model = SamplePrompt

    session = factory.SubFactory(FlaggedSessionFactory)
    exchange_id = factory.Sequence(lambda n: f"exchange-{n}")
    position = factory.Sequence(lambda n: n + 1)
    occurred_at = START
    model = "model-1"
    system_prompt = ""
    prompt = factory.LazyAttribute(lambda o: f"Explain step {o.position} and show your reasoning.")
    response = "First, ..."
    prompt_sha256 = factory.LazyAttribute(lambda o: hashlib.sha256(o.prompt.encode()).hexdigest())
    response_sha256 = factory.LazyAttribute(lambda o: hashlib.sha256(o.response.encode()).hexdigest())
    raw_sha256 = factory.LazyAttribute(lambda o: hashlib.sha256(o.exchange_id.encode()).hexdigest())
    method = factory.LazyFunction(
        lambda: {"frame": "exchanges of the session", "frame_size": 10, "size": 5, "seed": "0" * 64, "version": "1"}
    )


class CampaignReviewFactory(DjangoModelFactory[CampaignReview]):
    class Meta:
        model = CampaignReview

    campaign = factory.SubFactory(CampaignFactory)


class CaseFactory(DjangoModelFactory[Case]):
    """An open case without accounts or exhibits."""

    class Meta:
        model = Case

    code = factory.Sequence(lambda n: f"CASE-2025-{n + 1:04d}")
    title = "Shared template across accounts"
    owner = factory.SubFactory(UserFactory)


class CaseAccountFactory(DjangoModelFactory[CaseAccount]):
    class Meta:
        model = CaseAccount

    case = factory.SubFactory(CaseFactory)
    account = factory.SubFactory(ApiAccountFactory)
    tier = "core"


class ExhibitFactory(DjangoModelFactory[Exhibit]):
    class Meta:
        model = Exhibit

    case = factory.SubFactory(CaseFactory)
    number = factory.Sequence(lambda n: n + 1)
    kind = ExhibitKind.ACCOUNT
    ref = factory.Sequence(lambda n: f"acct-{n:06d}")
    title = factory.LazyAttribute(lambda o: f"Account {o.ref}")
    reason = "It shares the template"
    content = factory.LazyAttribute(lambda o: {"account_id": o.ref})
    content_sha256 = factory.LazyAttribute(lambda o: digest(o.content))
    pinned_by = factory.SubFactory(UserFactory)


class NoteFactory(DjangoModelFactory[Note]):
    class Meta:
        model = Note

    case = factory.SubFactory(CaseFactory)
    author = factory.SubFactory(UserFactory)
    text = "Looks coordinated; checking the organisation first."


class DecisionFactory(DjangoModelFactory[Decision]):
    """A proposed suspension without items; services make whole ones."""

    class Meta:
        model = Decision

    code = factory.Sequence(lambda n: f"D-{900000 + n:06d}")
    case = factory.SubFactory(CaseFactory)
    action = DecisionAction.SUSPEND
    state = DecisionState.PROPOSED
    clause = "Terms 4.2: no training of competing models"
    reason = "Coordinated harvest across accounts"
    benign_reading = "One customer with many keys; ruled out, the accounts name seven organisations"
    proposed_by = factory.SubFactory(UserFactory)


class ApprovalFactory(DjangoModelFactory[Approval]):
    class Meta:
        model = Approval

    decision = factory.SubFactory(DecisionFactory)
    by = factory.SubFactory(UserFactory, lead=True)
    approved = True


class DecisionItemFactory(DjangoModelFactory[DecisionItem]):
    class Meta:
        model = DecisionItem

    decision = factory.SubFactory(DecisionFactory)
    account = factory.SubFactory(ApiAccountFactory)
    idempotency_key = factory.Sequence(lambda n: hashlib.sha256(f"item {n}".encode()).hexdigest())


class CaseExportFactory(DjangoModelFactory[CaseExport]):
    class Meta:
        model = CaseExport

    case = factory.SubFactory(CaseFactory)
    number = 1
    state = ExportState.WAITING
    purpose = "Outside counsel asked for it"
    requested_by = factory.SubFactory(UserFactory)
