"""Runs, campaigns, units, readings, tiers, scores, labels."""

from __future__ import annotations

from datetime import UTC, datetime

import factory
from factory.django import DjangoModelFactory

from detection.enums import Family, Finding, LabelKind, Level, RunState, Tier, UnitKind
from detection.models import (
    AccountScore,
    Campaign,
    CampaignMember,
    DetectionRun,
    Label,
    OutsideScore,
    RivalExplanation,
    ScoreMapping,
    SignalReading,
    Template,
    Unit,
)
from tests.factories.accounts import ApiAccountFactory

START, END = datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 5, 29, tzinfo=UTC)


class DetectionRunFactory(DjangoModelFactory[DetectionRun]):
    """A finished run over four weeks of May 2026."""

    class Meta:
        model = DetectionRun

    state = RunState.FINISHED
    requested_by = "worker:test"
    started_at = finished_at = END
    window_start, window_end = START, END
    code_version = "test"


class TemplateFactory(DjangoModelFactory[Template]):
    class Meta:
        model = Template

    key = factory.Sequence(lambda n: f"pre8:{n:016x}")
    skeleton = "Answer the question and explain each step: <quoted>"
    kind = "prefix"
    n_words = 8
    first_seen_at, last_seen_at = START, END


class CampaignFactory(DjangoModelFactory[Campaign]):
    """A certified campaign without members; add them with CampaignMemberFactory."""

    class Meta:
        model = Campaign

    code = factory.Sequence(lambda n: f"C-{n + 1:04d}")
    name = factory.LazyAttribute(lambda o: f"Campaign {o.code}")
    level = Level.CERTIFIED
    first_run = factory.SubFactory(DetectionRunFactory)
    last_run = factory.SelfAttribute("first_run")
    started_at, ended_at = START, END
    score = 5.0
    gate_p = 1e-6

    class Params:
        provisional = factory.Trait(level=Level.PROVISIONAL, gate_p=0.004, score=2.0)


class UnitFactory(DjangoModelFactory[Unit]):
    class Meta:
        model = Unit

    run = factory.SubFactory(DetectionRunFactory)
    kind = UnitKind.TEMPLATE
    key = factory.Sequence(lambda n: f"unit-{n}")
    template = factory.SubFactory(TemplateFactory)
    level = Level.CERTIFIED
    n_accounts = 5
    n_exchanges = 200


class SignalReadingFactory(DjangoModelFactory[SignalReading]):
    class Meta:
        model = SignalReading

    unit = factory.SubFactory(UnitFactory)
    signal = factory.Iterator(["X2", "H1", "N1", "I1", "H2"])
    family = factory.LazyAttribute(lambda o: Family(o.signal[0]))
    title = factory.LazyAttribute(lambda o: f"Signal {o.signal}")
    value = 0.42
    value_unit = "mean Jaccard"
    sentence = "Accounts act in the same hours more often than chance."
    window, denominator, reference = "1 to 29 May 2026", "21 account pairs", "999 shifts"
    p = 1e-4
    benign = "One customer's many keys would do the same; no organisation links these accounts."
    version = "1"


class RivalExplanationFactory(DjangoModelFactory[RivalExplanation]):
    class Meta:
        model = RivalExplanation

    unit = factory.SubFactory(UnitFactory)
    story = "One customer with many keys"
    finding = Finding.CONTRADICTED
    because = "Seven organisations, seven e-mail domains"


class CampaignMemberFactory(DjangoModelFactory[CampaignMember]):
    class Meta:
        model = CampaignMember

    campaign = factory.SubFactory(CampaignFactory)
    account = factory.SubFactory(ApiAccountFactory)
    tier = Tier.CORE
    k, n = 40, 50
    tied_by = "same template, lockstep"
    first_at, last_at = START, END


class AccountScoreFactory(DjangoModelFactory[AccountScore]):
    class Meta:
        model = AccountScore

    run = factory.SubFactory(DetectionRunFactory)
    account = factory.SubFactory(ApiAccountFactory)
    score = 0.9
    flagged = True
    n_exchanges = 300


class OutsideScoreFactory(DjangoModelFactory[OutsideScore]):
    class Meta:
        model = OutsideScore

    name, version = "outside-classifier", "1"
    subject_kind = OutsideScore.Subject.ACCOUNT
    account = factory.SubFactory(ApiAccountFactory)
    subject_id = factory.LazyAttribute(lambda o: o.account.account_id)
    score = 0.9
    occurred_at = END
    received_by = "user:1 leo"


class ScoreMappingFactory(DjangoModelFactory[ScoreMapping]):
    class Meta:
        model = ScoreMapping
        django_get_or_create = ("name", "version")

    name, version, threshold = "outside-classifier", "", 0.8


class LabelFactory(DjangoModelFactory[Label]):
    class Meta:
        model = Label

    account = factory.SubFactory(ApiAccountFactory)
    kind = LabelKind.CLEARED
    basis = "verdict"
    given_by = "user:1 ines"
