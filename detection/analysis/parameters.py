"""Every number that a detection run depends on, in one frozen record that is stored with the run."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

CODE_VERSION = "detection-2"

# System prompts that tell nothing about who wrote them: SDK defaults and the phrases of every tutorial.
TRIVIAL_SYSTEM_PROMPTS = (
    "",
    "You are a helpful assistant.",
    "You are a helpful assistant",
    "You are a helpful, respectful and honest assistant.",
    "You are ChatGPT, a large language model trained by OpenAI.",
    "You are an AI assistant.",
    "You are a helpful AI assistant.",
)


@dataclass(frozen=True, slots=True)
class Parameters:
    """What a run was told. Sizes are fixed before anything is tested; none was fitted to labelled accounts."""

    seed: int = 20260601
    min_accounts: int = 5
    min_exchanges: int = 200
    template_min_words: int = 8
    template_family_jaccard: float = 0.8
    template_family_min_exchanges: int = 20
    public_parties: int = 10
    edge_alpha: float = 0.01
    bits_per_field: float = 8.0
    bits_in_total: float = 20.0
    member_min_exchanges: int = 3
    core_min_exchanges: int = 20
    core_min_share: float = 0.10
    associate_alpha: float = 0.05
    reference_min_groups: int = 200
    reference_min_exchanges: int = 10
    draws: int = 999
    draws_tail: int = 19_999
    provisional_p: float = 0.01
    lead_p: float = 0.05
    certified_q: float = 0.05
    certify: bool = True
    new_account_days: int = 7
    successor_hours: int = 24
    exclude_accounts: tuple[str, ...] = field(default=())
    signal_versions: tuple[str, ...] = field(default=())
    """Signals read in another version than the usual one, as X4=2: signal_versions.SIGNAL_VERSIONS."""

    def as_dict(self) -> dict[str, Any]:
        """The record as it is stored with the run."""
        return asdict(self)

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> Parameters:
        """The record of an earlier run; unknown names are refused so that a repeat cannot silently differ.

        Raises ValueError naming the unknown parameter.
        """
        known = set(cls.__dataclass_fields__)
        unknown = sorted(set(stored) - known)
        if unknown:
            raise ValueError(f"parameters: {unknown[0]!r} is not known; allowed are {', '.join(sorted(known))}")
        values: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in stored.items()
        }
        return cls(**values)
