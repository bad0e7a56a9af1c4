"""What is frozen into an exhibit, kind by kind. Prompt text never is: its digest is, and the sample row itself stays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import Model, QuerySet
from django.forms.models import model_to_dict

from accounts.models import ApiAccount
from core.errors import InvalidInput, NotFound
from detection.models import Campaign, SignalReading, Template
from investigations.enums import ExhibitKind
from investigations.models import FlaggedSession, SamplePrompt
from investigations.restricted import withhold

Frozen = tuple[str, str, dict[str, Any]]


def frozen(kind: str, ref: str) -> Frozen:
    """(reference, title, content) of the thing as it is now. Raises NotFound, or InvalidInput for an unknown kind."""
    if kind not in _KINDS:
        raise InvalidInput("kind", kind, f"it is one of {', '.join(ExhibitKind.values)}")
    return _KINDS[ExhibitKind(kind)](ref.strip())


def _fields(row: Model, *left_out: str) -> dict[str, Any]:
    plain = {field.attname: field.value_from_object(row) for field in row._meta.concrete_fields}
    return {name: value for name, value in plain.items() if name not in left_out}


def _campaign(ref: str) -> Frozen:
    campaign = _one(Campaign.objects.filter(code=ref), "campaign", ref)
    members = campaign.members.select_related("account").order_by("tier", "account__account_id")
    readings = (
        SignalReading.objects.filter(unit__campaign=campaign).select_related("unit").order_by("unit__key", "signal")
    )
    content = _fields(campaign) | {
        "members": [
            {"account_id": m.account.account_id, "tier": m.tier, "k": m.k, "n": m.n, "membership_p": m.membership_p}
            for m in members
        ],
        "readings": [_fields(reading) | {"unit": str(reading.unit)} for reading in readings],
        "units": [_fields(unit) for unit in campaign.units.order_by("key")],
    }
    return campaign.code, f"Campaign {campaign.code}", content


def _session(ref: str) -> Frozen:
    number = _number(ref, "S-")
    return freeze_session(
        _one(FlaggedSession.objects.select_related("account", "campaign").filter(pk=number), "session", ref)
    )


def freeze_session(session: FlaggedSession) -> Frozen:
    """A flagged session as it is now; no query beyond account, campaign and samples, which may be prefetched."""
    content = _fields(session, "assignee_id", "verdict_by_id") | {
        "account": session.account.account_id,
        "campaign": session.campaign.code if session.campaign else None,
        "samples": [_sample_facts(sample) for sample in session.samples.all()],
    }
    return str(session), f"Flagged session {session} of account {session.account.account_id}", content


def _sample(ref: str) -> Frozen:
    rows = SamplePrompt.objects.select_related("session__account").filter(pk=_number(ref))
    sample = _one(rows, "sample", ref)
    content = _sample_facts(sample) | {"session": str(sample.session), "account": sample.session.account.account_id}
    return str(sample.pk), f"Exchange {sample.exchange_id} of session {sample.session}", content


def _sample_facts(sample: SamplePrompt) -> dict[str, Any]:
    return _fields(sample, "system_prompt", "prompt", "response")


def _account(ref: str) -> Frozen:
    return freeze_account(
        _one(ApiAccount.objects.select_related("organisation").filter(account_id=ref), "account", ref)
    )


def freeze_account(account: ApiAccount) -> Frozen:
    """An account as it is now; no query beyond organisation and history, which may be prefetched."""
    history = sorted(account.status_changes.all(), key=lambda change: change.pk)
    content = _fields(account) | {
        "organisation": model_to_dict(account.organisation) if account.organisation else None,
        "status_changes": [_fields(change) for change in withhold(history)],
    }
    return account.account_id, f"Account {account.account_id}", content


def _template(ref: str) -> Frozen:
    template = _one(Template.objects.filter(pk=_number(ref, "T-")), "template", ref)
    return str(template), f"Template {template}", _fields(template)


def _reading(ref: str) -> Frozen:
    reading = _one(SignalReading.objects.select_related("unit").filter(pk=_number(ref)), "signal reading", ref)
    content = _fields(reading) | {"unit": _fields(reading.unit)}
    return str(reading.pk), f"{reading.signal} {reading.title} on {reading.unit}", content


def _number(ref: str, prefix: str = "") -> int:
    digits = ref.removeprefix(prefix)
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 19 else -1


def _one(rows: QuerySet[Any], what: str, ref: str) -> Any:
    row = rows.first()
    if row is None:
        raise NotFound(f"There is no {what} {ref!r}.")
    return row


_KINDS: dict[ExhibitKind, Callable[[str], Frozen]] = {
    ExhibitKind.CAMPAIGN: _campaign,
    ExhibitKind.SESSION: _session,
    ExhibitKind.SAMPLE: _sample,
    ExhibitKind.ACCOUNT: _account,
    ExhibitKind.TEMPLATE: _template,
    ExhibitKind.READING: _reading,
}
