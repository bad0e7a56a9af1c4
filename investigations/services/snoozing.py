"""Snoozes: a pattern known to be benign stays out of everybody's queue for a time, counted, listed, and never certified."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from accounts.models import ApiAccount, Organisation
from audit.services import record
from core.clock import now
from core.errors import Conflict, InvalidInput
from core.text import one_line, storable
from detection.enums import ACCUSED, Level
from detection.models import Campaign, CampaignMember, Template, Unit
from investigations import policies
from investigations.enums import ItemKind, SnoozePattern
from investigations.models import FlaggedSession, QueueItem, Snooze
from staff.enums import Action
from staff.models import User
from staff.permissions import Worker, check

WORKER = Worker("queue")
HOURS = (1, 24 * 90)


@transaction.atomic
def make_snooze(*, pattern: str, value: str, hours: int, reason: str, actor: User) -> Snooze:
    """Keep what shows a pattern out of the queue for some hours. Raises Conflict if a snooze of it is running."""
    check(actor, Action.REVIEW)
    policies.check_words(reason=reason)
    if not HOURS[0] <= hours <= HOURS[1]:
        raise InvalidInput("hours", hours, f"a snooze lasts {HOURS[0]} hour to {HOURS[1]} hours (90 days)")
    value = _known(pattern, storable(value.strip()))
    end_expired_snoozes()
    until = now() + timedelta(hours=hours)
    snooze, made = Snooze.objects.get_or_create(
        pattern=pattern,
        value=value,
        ended_at=None,
        defaults={"reason": storable(reason), "made_by": actor, "until": until},
    )
    if not made:
        raise Conflict(f"{snooze.made_by} snoozed {one_line(str(snooze))} until {snooze.until:%Y-%m-%d %H:%M} UTC.")
    hidden = _apply(snooze)
    facts: dict[str, Any] = {"pattern": pattern, "value": value, "until": until, "reason": reason, "n_items": hidden}
    record(actor=actor, action="snooze.made", subject=f"snooze:{snooze.pk}", **facts)
    return snooze


@transaction.atomic
def lift_snooze(*, snooze: Snooze, actor: User) -> None:
    """Bring back what a snooze hides, before its time."""
    check(actor, Action.REVIEW)
    locked = Snooze.objects.select_for_update().get(pk=snooze.pk)
    if locked.ended_at is not None:
        raise Conflict(f"The snooze of {one_line(str(locked))} has ended already.")
    _end(locked)
    locked.lifted_by = actor
    locked.save(update_fields=("lifted_by",))
    record(actor=actor, action="snooze.lifted", subject=f"snooze:{locked.pk}")
    renew_snoozes()


@transaction.atomic
def end_expired_snoozes() -> int:
    """Mark what has run out as ended; its items were back in the queue from that moment on. How many."""
    ran_out = list(Snooze.objects.select_for_update(skip_locked=True).filter(ended_at=None, until__lte=now()))
    for snooze in ran_out:
        _end(snooze)
        record(actor=WORKER, action="snooze.ended", subject=f"snooze:{snooze.pk}")
    return len(ran_out)


@transaction.atomic
def renew_snoozes() -> int:
    """Hide what came into the queue since and shows a pattern that is snoozed. How many items."""
    return sum(_apply(snooze) for snooze in Snooze.objects.filter(ended_at=None, until__gt=now()).order_by("pk"))


def _apply(snooze: Snooze) -> int:
    """Hide what shows the pattern now. What outgrew this snooze stays in sight, and a certified campaign always does."""
    found = QueueItem.objects.filter(_shown(snooze.pattern, snooze.value), is_open=True)
    found = found.exclude(kind=ItemKind.APPROVAL).exclude(level=Level.CERTIFIED)
    found = found.filter(Q(snoozed_until=None) | Q(snoozed_until__lte=now()))
    found = found.filter(Q(resurfaced_at=None) | Q(resurfaced_at__lt=snooze.made_at))
    locked = list(found.order_by("pk").select_for_update(of=("self",)).values_list("pk", flat=True))
    return QueueItem.objects.filter(pk__in=locked).update(
        snooze=snooze, snoozed_until=snooze.until, snoozed_accounts=F("n_accounts")
    )


def _end(snooze: Snooze) -> None:
    snooze.ended_at = now()
    snooze.save(update_fields=("ended_at",))
    QueueItem.objects.filter(snooze=snooze).update(snooze=None, snoozed_until=None)


def _known(pattern: str, value: str) -> str:
    """The value as the tables hold it. Raises InvalidInput for a pattern there is none of and a value nothing bears."""
    if pattern not in SnoozePattern.values:
        raise InvalidInput("pattern", pattern, f"it is one of {', '.join(SnoozePattern.values)}")
    if pattern == SnoozePattern.NETWORK:
        digits = re.fullmatch(r"(?:AS)?(\d{1,10})", value, re.IGNORECASE)
        if digits is None:
            raise InvalidInput("value", value, "a network is an AS number, such as AS64500")
        return digits[1]
    if pattern in (SnoozePattern.CAMPAIGN, SnoozePattern.TEMPLATE):
        value = value.upper()
    exists = {
        SnoozePattern.ACCOUNT: ApiAccount.objects.filter(account_id=value),
        SnoozePattern.ORGANISATION: Organisation.objects.filter(name=value),
        SnoozePattern.CAMPAIGN: Campaign.objects.filter(code=value),
        SnoozePattern.TEMPLATE: Template.objects.filter(pk=_template(value)),
        SnoozePattern.RULE: FlaggedSession.objects.filter(rule=value),
    }[SnoozePattern(pattern)]
    if not exists.exists():
        raise InvalidInput("value", value, f"it is the {SnoozePattern(pattern).label} of something that is known here")
    if pattern == SnoozePattern.CAMPAIGN and Campaign.objects.filter(code=value, level=Level.CERTIFIED).exists():
        raise Conflict(f"{value} is certified: it takes a verdict, not a snooze.")
    return value


def _shown(pattern: str, value: str) -> Q:
    """Which items show a pattern."""
    if pattern == SnoozePattern.ACCOUNT:
        return Q(account__account_id=value)
    if pattern == SnoozePattern.NETWORK:
        return Q(asn=int(value))
    if pattern == SnoozePattern.RULE:
        return Q(account__isnull=False, rule=value)
    if pattern == SnoozePattern.CAMPAIGN:
        return Q(campaign__code=value) | Q(of_campaign__code=value)
    if pattern == SnoozePattern.ORGANISATION:
        return Q(account__organisation__name=value) | Q(campaign__in=_campaigns_within(value))
    campaigns = _campaigns_of_one_template(_template(value))
    return Q(campaign__in=campaigns) | Q(of_campaign__in=campaigns)


def _campaigns_within(organisation: str) -> QuerySet[Campaign]:
    """Campaigns whose core and associate accounts are all of one organisation."""
    accused = CampaignMember.objects.filter(campaign=OuterRef("pk"), tier__in=ACCUSED)
    others = accused.filter(Q(account__organisation=None) | ~Q(account__organisation__name=organisation))
    return Campaign.objects.filter(Exists(accused), ~Exists(others))


def _campaigns_of_one_template(template: int) -> QuerySet[Campaign]:
    """Campaigns whose units, in their last run, are all of one template."""
    units = Unit.objects.filter(campaign=OuterRef("pk"), run=OuterRef("last_run"))
    return Campaign.objects.filter(Exists(units), ~Exists(units.filter(Q(template=None) | ~Q(template=template))))


def _template(value: str) -> int:
    found = re.fullmatch(r"T-?0*(\d{1,12})", value, re.IGNORECASE)
    return int(found[1]) if found else 0
