"""Blast radius: how much a decision would touch, and whose approval that asks for. Pure; the thresholds are settings."""

from __future__ import annotations

from dataclasses import dataclass

from investigations.enums import DecisionAction


@dataclass(frozen=True, slots=True)
class Radius:
    """What a decision touches. `n_paying`: customers (organisations, or accounts without one) on a plan that is paid for."""

    action: str
    n_accounts: int
    n_paying: int
    n_unknown_plan: int
    certified: bool
    n_overridden: int = 0
    restores: bool = False


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From so many on a lead, or a second approval, is needed."""

    lead_accounts: int
    lead_certified_accounts: int
    lead_paying: int
    second_accounts: int
    second_paying: int


@dataclass(frozen=True, slots=True)
class Need:
    """Whose approval a decision needs, and why, in words."""

    approvals: int
    lead: bool
    because: tuple[str, ...]

    @property
    def who(self) -> str:
        """Who must approve.

        >>> Need(1, False, ()).who, Need(2, True, ()).who
        ('one person other than the proposer', 'two people other than the proposer, one of them a lead')
        """
        if self.approvals == 1:
            return "a lead other than the proposer" if self.lead else "one person other than the proposer"
        return "two people other than the proposer" + (", one of them a lead" if self.lead else "")


def need(radius: Radius, limits: Thresholds) -> Need:
    """Whose approval is needed. A decision that nothing speaks against takes one person; what is large or final takes more.

    >>> limits = Thresholds(2, 50, 10, 1000, 200)
    >>> need(Radius("suspend", 3, 3, 0, certified=True), limits).who
    'one person other than the proposer'
    >>> need(Radius("suspend", 5000, 12, 0, certified=True), limits).approvals
    2
    """
    lead = [*_size(radius, limits), *_nature(radius)]
    if radius.n_paying >= limits.lead_paying:
        lead.append(f"{_customers(radius)} would be touched; from {limits.lead_paying:,} on a lead approves")
    second = []
    if radius.n_accounts >= limits.second_accounts:
        second.append(f"{radius.n_accounts:,} accounts at once; from {limits.second_accounts:,} on two people approve")
    if radius.n_paying >= limits.second_paying:
        second.append(f"{_customers(radius)} would be touched; from {limits.second_paying:,} on two people approve")
    why = (*lead, *second) or ("nothing about it is large, final or uncertain",)
    return Need(2 if second else 1, bool(lead or second), why)


def _size(radius: Radius, limits: Thresholds) -> list[str]:
    if radius.restores or radius.certified:
        if radius.n_accounts < limits.lead_certified_accounts:
            return []
        return [f"{radius.n_accounts:,} accounts at once; from {limits.lead_certified_accounts:,} on a lead approves"]
    if radius.n_accounts < limits.lead_accounts:
        return []
    what = f"{radius.n_accounts:,} accounts at once without a certified campaign"
    return [f"{what}; from {limits.lead_accounts:,} on a lead approves"]


def _nature(radius: Radius) -> list[str]:
    found = []
    if radius.action == DecisionAction.TERMINATE and not radius.restores:
        found.append("termination ends the customer's contract")
    if radius.n_overridden:
        found.append(f"{radius.n_overridden:,} protected accounts are included by name")
    return found


def _customers(radius: Radius) -> str:
    unknown = (
        f", {radius.n_unknown_plan:,} of their accounts on a plan that is not known" if radius.n_unknown_plan else ""
    )
    return f"{radius.n_paying:,} paying customers{unknown}"
