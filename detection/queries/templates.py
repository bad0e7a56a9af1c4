"""Templates as their pages read them, for everyone who may see evidence."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.db.models import Max, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from core.errors import InvalidInput, NotFound
from detection.enums import RunKind
from detection.models import CampaignMember, Template, Unit

SLOT = re.compile(r"<[a-z]+>|\{[a-z_]+\}")
LATEST = 20


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a skeleton: fixed words, or a slot."""

    text: str
    slot: bool


def templates(*, public: str = "") -> QuerySet[Template]:
    """Templates with the size of their largest unit in live runs, keyed by `-n_accounts,-id`; `public` is yes, no or empty."""
    if public not in ("", "yes", "no"):
        raise InvalidInput("public", public, "it is yes, no or left out")
    live = Q(units__run__kind=RunKind.LIVE)
    sizes = ("n_accounts", "n_exchanges")
    largest = {name: Coalesce(Max(f"units__{name}", filter=live), Value(0)) for name in sizes}
    rows = Template.objects.annotate(**largest)
    return rows.filter(public=public == "yes") if public else rows


def get_template(number: int) -> Template:
    """One template. Raises NotFound."""
    template = Template.objects.filter(pk=number).first()
    if template is None:
        raise NotFound(f"There is no template T-{number:04d}.")
    return template


def units(template: Template) -> list[Unit]:
    """The newest units of live runs that rest on the template. One query."""
    return list(
        template.units.filter(run__kind=RunKind.LIVE)
        .select_related("run", "campaign")
        .order_by("-run_id", "key")[:LATEST]
    )


def latest_units(template: Template) -> list[Unit]:
    """The units of the newest live run that rest on the template. Two queries."""
    found = template.units.filter(run__kind=RunKind.LIVE).select_related("run").order_by("-run_id", "key")
    newest = found.first()
    return list(found.filter(run=newest.run_id)) if newest else []


def users(template: Template) -> QuerySet[CampaignMember]:
    """Members of the campaigns whose units rest on the template; keyed by `-k,id`."""
    campaigns = Unit.objects.filter(template=template).exclude(campaign=None).values("campaign")
    return CampaignMember.objects.filter(campaign__in=campaigns).select_related("account__organisation", "campaign")


def parts(skeleton: str) -> list[Part]:
    """The skeleton cut into fixed words and slots.

    >>> [p.text for p in parts("Solve <quoted> now") if p.slot]
    ['<quoted>']
    """
    found, end = [], 0
    for match in SLOT.finditer(skeleton):
        found += [Part(skeleton[end : match.start()], False), Part(match[0], True)]
        end = match.end()
    return [part for part in (*found, Part(skeleton[end:], False)) if part.text]
