"""Snoozes, running and past, and what an item could be snoozed by."""

from __future__ import annotations

from django.db.models import Count, Q, QuerySet

from core.errors import NotFound
from detection.models import Unit
from investigations.enums import SnoozePattern
from investigations.models import QueueItem, Snooze


def snoozes() -> QuerySet[Snooze]:
    """Every snooze with how many items it hides now; keyed by `-id`."""
    hidden = Count("items", filter=Q(items__is_open=True))
    return Snooze.objects.select_related("made_by", "lifted_by").annotate(n_hidden=hidden)


def get_snooze(pk: int) -> Snooze:
    """One snooze. Raises NotFound."""
    found = Snooze.objects.filter(pk=pk).first()
    if found is None:
        raise NotFound(f"There is no snooze {pk}.")
    return found


def pattern_choices(item: QueueItem) -> list[tuple[str, str]]:
    """The patterns that an item shows, as `kind:value` with words. At most one query."""
    found: list[tuple[SnoozePattern, str]] = []
    campaign = item.campaign or item.of_campaign
    if item.account is not None:
        found.append((SnoozePattern.ACCOUNT, item.account.account_id))
        if item.account.organisation is not None:
            found.append((SnoozePattern.ORGANISATION, item.account.organisation.name))
        if item.asn is not None:
            found.append((SnoozePattern.NETWORK, f"AS{item.asn}"))
        if item.rule:
            found.append((SnoozePattern.RULE, item.rule))
    if campaign is not None:
        found.append((SnoozePattern.CAMPAIGN, campaign.code))
        units = Unit.objects.filter(campaign=campaign, run=campaign.last_run_id, template__isnull=False)
        templates = units.order_by("template").values_list("template", flat=True).distinct()[:5]
        found += [(SnoozePattern.TEMPLATE, f"T-{pk:04d}") for pk in templates]
    return [(f"{pattern}:{value}", f"{pattern.label} {value}") for pattern, value in found]
