"""What a run says, frozen: readings, rival explanations, units, campaigns, members and accounts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Reading:
    """One signal's value on one unit, with all that a hostile reader asks of it. Never a verdict."""

    signal: str
    family: str
    title: str
    sentence: str
    benign: str
    value: float | None = None
    value_unit: str = ""
    denominator: str = ""
    reference: str = ""
    effect: float | None = None
    effect_low: float | None = None
    effect_high: float | None = None
    p: float | None = None
    p_reason: str = ""
    counts: bool = True
    """False for context that never opens the gate (I2, cadence), whatever its value."""
    accounts: tuple[str, ...] = ()
    version: str = "1"
    parameters: dict[str, Any] = field(default_factory=dict)
    formation: bool = False


@dataclass(frozen=True, slots=True)
class Rival:
    """An innocent story and what the facts say of it: contradicted, open or fits."""

    story: str
    finding: str
    because: str
    by_absence: bool = False
    """It fits only because nothing speaks against it: it stops the accusation and is no fact for innocence."""


@dataclass(frozen=True, slots=True)
class FamilyEvidence:
    """What one family contributes to a unit: its best signal, paid for by Bonferroni within the family."""

    family: str
    p: float | None
    best_signal: str
    log_lr: float
    n_signals: int


@dataclass(frozen=True, slots=True)
class UnitResult:
    """One unit as it was tested, with the gate's answer."""

    kind: str
    key: str
    title: str
    forming: tuple[str, ...]
    accounts: tuple[str, ...]
    counts: tuple[int, ...]
    n_accounts: int
    n_parties: int
    n_exchanges: int
    readings: tuple[Reading, ...]
    rivals: tuple[Rival, ...]
    families: tuple[FamilyEvidence, ...]
    gate_p: float | None
    gate_reason: str
    level: str
    score: float
    selector: dict[str, Any]
    template_keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MemberResult:
    """An account's part in a campaign: membership, not suspicion."""

    account_id: str
    tier: str
    k: int
    n: int
    background_share: float | None
    membership_p: float | None
    tied_by: str
    first_us: int | None
    last_us: int | None


@dataclass(frozen=True, slots=True)
class Tie:
    """One concealed link between two accounts of a campaign, as the link graph draws it."""

    a: str
    b: str
    field: str
    shared_by: int
    bits: float


@dataclass(frozen=True, slots=True)
class CampaignResult:
    """Connected units that passed the gate, as one cluster of accounts."""

    key: str
    name: str
    level: str
    score: float
    gate_p: float
    units: tuple[str, ...]
    members: tuple[MemberResult, ...]
    ties: tuple[Tie, ...]
    n_exchanges: int
    n_exchanges_total: int
    n_output_tokens: int
    output_tokens_by_model: dict[str, int]
    started_us: int
    ended_us: int

    def accused(self) -> tuple[str, ...]:
        """The accounts whose tier says that they belong: core and associate."""
        return tuple(member.account_id for member in self.members if member.tier in ("core", "associate"))


@dataclass(frozen=True, slots=True)
class AccountResult:
    """An account's place in the ranking of this run."""

    account_id: str
    score: float
    flagged: bool
    lead: bool
    tier: str
    campaign_key: str | None
    n_exchanges: int
    because: str
    rivals: tuple[Rival, ...] = ()
    """The innocent stories of a lead, and of an account that one of them kept from being a lead."""


@dataclass(frozen=True, slots=True)
class TemplateResult:
    """A template that a unit rests on: which hash column and value pick its exchanges."""

    key: str
    column: str
    value: int
    n_words: int
    n_exchanges: int
    n_accounts: int
    n_parties: int
    public: bool
    public_reason: str
    example_skeleton_h: int


@dataclass(frozen=True, slots=True)
class Analysis:
    """Everything that one run concluded."""

    n_exchanges: int
    n_accounts: int
    window_start_us: int | None
    window_end_us: int | None
    units: tuple[UnitResult, ...]
    campaigns: tuple[CampaignResult, ...]
    accounts: tuple[AccountResult, ...]
    templates: tuple[TemplateResult, ...]
    notes: tuple[str, ...]
    expected_false_alarms: float
