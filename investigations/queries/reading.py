"""Texts that a person asked to read, cut into what a page marks and masks."""

from __future__ import annotations

from collections.abc import Iterable

from accounts.models import ApiAccount
from detection.models import Template, Unit
from investigations.models import FlaggedSession
from investigations.words.reading_text import Exchange, RevealedText, read_exchange

MOST_TEMPLATES = 20


def shown_to(text: RevealedText, templates: Iterable[Template], *, unmasked: bool) -> dict[str, object]:
    """A revealed exchange in pieces, and the template that its prompt was laid over."""
    known = {template.pk: template for template in templates}
    skeletons = [(pk, template.skeleton) for pk, template in known.items() if template.kind != "system"]
    exchange: Exchange = read_exchange(
        text.system_prompt, text.prompt, text.response, templates=skeletons, unmasked=unmasked
    )
    return {
        "exchange": exchange,
        "template": known.get(exchange.template) if exchange.template is not None else None,
        "system_templates": [template for template in known.values() if template.kind == "system"],
        "unmasked": unmasked,
    }


def session_templates(session: FlaggedSession) -> list[Template]:
    """The templates of the campaign's units in the run that flagged a session. One query."""
    if session.campaign_id is None:
        return []
    units = Unit.objects.filter(campaign=session.campaign_id, run=session.run_id).exclude(template=None)
    return list(Template.objects.filter(pk__in=units.values("template")).order_by("pk")[:MOST_TEMPLATES])


def account_templates(account: ApiAccount) -> list[Template]:
    """The templates of all campaigns that an account is a member of, in their last runs. One query."""
    units = Unit.objects.filter(campaign__members__account=account).exclude(template=None)
    return list(Template.objects.filter(pk__in=units.values("template")).order_by("-pk")[:MOST_TEMPLATES])
