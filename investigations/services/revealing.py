"""Reading masked text: a reason each time, and one audit event each time."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import ApiAccount
from audit.models import SYSTEM_CHAIN
from audit.services import case_chain, record
from core.errors import NotFound
from core.text import storable
from investigations import policies
from investigations.lake import reading as lake_reading
from investigations.models import Case, FlaggedSession, SamplePrompt
from investigations.words.reading_text import RevealedText
from staff.enums import Action
from staff.models import User
from staff.permissions import check


@transaction.atomic
def reveal_sample(
    *, sample: SamplePrompt, reason: str, actor: User, case: Case | None = None, unmasked: bool = False
) -> RevealedText:
    """Show one sample's text to a person; the reading is an event, on the case's chain where it was read for a case.

    `unmasked` says that secrets and personal data are shown too: a reading of its own, with its own reason.
    """
    _check(actor, reason)
    chain = case_chain(case.code) if case else SYSTEM_CHAIN
    facts = {"session": f"S-{sample.session_id:06d}", "exchange": sample.exchange_id, "reason": reason}
    if unmasked:
        facts["unmasked"] = "secrets and personal data too"
    record(actor=actor, action="sample.revealed", subject=f"sample:{sample.pk}", chain=chain, **facts)
    return RevealedText(sample.system_prompt, sample.prompt, sample.response)


@transaction.atomic
def reveal_exchange(
    *,
    account: ApiAccount,
    exchange_id: str,
    start: datetime | None,
    end: datetime | None,
    reason: str,
    actor: User,
    session: FlaggedSession | None = None,
    unmasked: bool = False,
) -> RevealedText:
    """Show the text of one exchange of an account as the lake holds it. Raises NotFound for one of another account."""
    _check(actor, reason)
    row = lake_reading.exchange_text(account.account_id, exchange_id, start=start, end=end)
    if row is None:
        raise NotFound("This account has no such exchange in the lake; it may have been erased after its term.")
    facts = {"account": account.account_id, "reason": reason}
    if session is not None:
        facts["session"] = str(session)
    if unmasked:
        facts["unmasked"] = "secrets and personal data too"
    record(actor=actor, action="exchange.revealed", subject=f"exchange:{storable(exchange_id)}", **facts)
    return RevealedText(row["system_prompt"] or "", row["prompt"] or "", row["response"] or "")


def _check(actor: User, reason: str) -> None:
    check(actor, Action.REVEAL_TEXT)
    policies.check_words(reason=reason)
