"""What is frozen into an exhibit, kind by kind. Prompt text never is: its digest is, and the sample row itself stays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import Model, QuerySet
from django.forms.models import model_to_dict

from accounts.judgements import pair_history
from accounts.models import ApiAccount
from core.clock import from_us
from core.errors import InvalidInput, NotFound
from core.text import storable
from detection.models import Campaign, SignalReading, Template
from investigations.enums import ExhibitKind
from investigations.models import FlaggedSession, SamplePrompt
from investigations.queries.charts import campaign_chart
from investigations.restricted import withhold
from traffic.lake import Lake

TEXTS = ("system_prompt", "prompt", "response")
IDENTIFIERS = ("payment_fp", "phone_fp", "device_fp", "email_domain", "email_pattern")
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


def _exchange(ref: str) -> Frozen:
    """An exchange of the lake: its figures and the digests of its texts, never the texts."""
    rows = Lake().exchanges_by_id([ref]).drop(*TEXTS).limit(1).to_pyarrow().to_pylist()
    if not rows:
        raise NotFound(f"The lake holds no exchange {ref!r}.")
    content = {name: storable(value) if isinstance(value, str) else value for name, value in rows[0].items()}
    content |= {"account": content["account_id"], "occurred_at": from_us(rows[0]["ts_us"])}
    return ref, f"Exchange {ref} of account {content['account_id']}", content


def _chart(ref: str) -> Frozen:
    """A chart of a campaign, `C-0001/volume`, as the table and words behind it."""
    code, _, name = ref.partition("/")
    campaign = _one(Campaign.objects.filter(code=code), "campaign", code)
    chart = campaign_chart(campaign, name, theme="light")
    content = {key: value for key, value in chart.items() if key != "figure"}
    return f"{campaign.code}/{name}", f"Chart of {name} of campaign {campaign.code}", content


def _link(ref: str) -> Frozen:
    """Two accounts, `acct-1~acct-2`: what they share and what people judged of the pair."""
    first, _, second = ref.partition("~")
    pair = [_one(ApiAccount.objects.filter(account_id=one.strip()), "account", one) for one in (first, second)]
    a, b = sorted(pair, key=lambda account: account.account_id)
    shared = [name for name in IDENTIFIERS if getattr(a, name) and getattr(a, name) == getattr(b, name)]
    judged = [_fields(word, "first_id", "second_id") for word in pair_history(a, b)]
    content = {
        "accounts": [a.account_id, b.account_id],
        "shared": {name: getattr(a, name) for name in shared},
        "same_organisation": a.organisation_id is not None and a.organisation_id == b.organisation_id,
        "ties": _ties(a.account_id, b.account_id),
        "judgements": judged,
    }
    return f"{a.account_id}~{b.account_id}", f"Link between {a.account_id} and {b.account_id}", content


def _ties(a: str, b: str) -> list[dict[str, Any]]:
    """What the campaigns that both belong to name as ties of the pair."""
    both = Campaign.objects.filter(members__account__account_id=a).filter(members__account__account_id=b).distinct()
    return [
        {"campaign": campaign.code, **tie}
        for campaign in both.order_by("code")
        for tie in campaign.facts.get("ties", [])
        if {str(tie.get("a")), str(tie.get("b"))} == {a, b}
    ]


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
    ExhibitKind.EXCHANGE: _exchange,
    ExhibitKind.CHART: _chart,
    ExhibitKind.LINK: _link,
}
