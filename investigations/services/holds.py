"""Legal holds on cases and accounts: who may, what a hold on a case names, and on which chain it stands."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from accounts.models import ApiAccount
from audit import holds
from audit.models import SYSTEM_CHAIN, LegalHold
from audit.services import case_chain
from investigations.models import Case
from staff.enums import Action
from staff.models import User
from staff.permissions import check


@transaction.atomic
def request_case_hold(*, case: Case, reason: str, basis: str, actor: User, review_on: date | None = None) -> LegalHold:
    """Ask for a hold on a case and all its accounts; accounts that join the case later are held with it."""
    check(actor, Action.HOLD)
    names = case.case_accounts.values_list("account__account_id", flat=True)
    return holds.request_hold(
        about=f"case:{case.code}",
        subjects=[f"account:{name}" for name in names],
        reason=reason,
        basis=basis,
        actor=actor,
        review_on=review_on,
        chain=case_chain(case.code),
    )


def request_account_hold(
    *, account: ApiAccount, reason: str, basis: str, actor: User, review_on: date | None = None
) -> LegalHold:
    """Ask for a hold on one account: its samples, its sessions, its exchanges in the lake."""
    check(actor, Action.HOLD)
    about = f"account:{account.account_id}"
    return holds.request_hold(about=about, subjects=[], reason=reason, basis=basis, actor=actor, review_on=review_on)


def confirm_hold(*, hold: LegalHold, actor: User) -> LegalHold:
    """The second person's word that the hold stands."""
    check(actor, Action.HOLD)
    return holds.confirm_hold(code=hold.code, actor=actor, chain=chain_of(hold))


def withdraw_hold_request(*, hold: LegalHold, reason: str, actor: User) -> LegalHold:
    """End a request that nobody confirmed."""
    check(actor, Action.HOLD)
    return holds.withdraw_request(code=hold.code, reason=reason, actor=actor, chain=chain_of(hold))


def request_hold_release(*, hold: LegalHold, reason: str, actor: User) -> LegalHold:
    """Ask that a hold ends; it protects until another person agrees."""
    check(actor, Action.HOLD)
    return holds.request_release(code=hold.code, reason=reason, actor=actor, chain=chain_of(hold))


def confirm_hold_release(*, hold: LegalHold, actor: User) -> LegalHold:
    """The second person agrees that the hold ends."""
    check(actor, Action.HOLD)
    return holds.confirm_release(code=hold.code, actor=actor, chain=chain_of(hold))


def refuse_hold_release(*, hold: LegalHold, reason: str, actor: User) -> LegalHold:
    """The second person disagrees: the hold stays in force."""
    check(actor, Action.HOLD)
    return holds.refuse_release(code=hold.code, reason=reason, actor=actor, chain=chain_of(hold))


def chain_of(hold: LegalHold) -> str:
    """The case's own chain for a hold on a case; the system's for others."""
    kind, _, name = hold.about.partition(":")
    return case_chain(name) if kind == "case" else SYSTEM_CHAIN
