"""The find field: any pasted id goes straight to its page; other words list what holds them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.urls import reverse

from accounts.models import ApiAccount, Organisation
from detection.models import Campaign, Template
from investigations.models import Case, Decision, FlaggedSession
from investigations.queries.accounts import accounts

SHOWN = 50
_NUMBER = re.compile(r"([ST])-0*(\d{1,18})$", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found; `address` is set when it named one thing."""

    address: str | None
    accounts: list[ApiAccount]
    organisations: list[Organisation]


def search(text: str) -> Found:
    """The page of the thing that `text` names, or accounts and organisations that hold it. At most three queries."""
    text = text.strip()
    if not text:
        return Found(None, [], [])
    address = _address(text)
    if address:
        return Found(address, [], [])
    found = list(accounts(find=text).order_by("account_id")[:SHOWN])
    organisations = list(Organisation.objects.filter(name__icontains=text).order_by("name")[:SHOWN])
    return Found(None, found, organisations)


def _address(text: str) -> str | None:
    numbered = _NUMBER.match(text)
    if numbered:
        kind, number = numbered[1].upper(), int(numbered[2])
        if kind == "S" and FlaggedSession.objects.filter(pk=number).exists():
            return reverse("investigations:session", args=[number])
        if kind == "T" and Template.objects.filter(pk=number).exists():
            return reverse("detection:template", args=[number])
    code = text.upper()
    for prefix, model, name in (("CASE-", Case, "case"), ("C-", Campaign, "campaign"), ("D-", Decision, "decision")):
        if code.startswith(prefix):
            return reverse(f"investigations:{name}", args=[code]) if model.objects.filter(code=code).exists() else None
    exact = ApiAccount.objects.filter(account_id=text).exists()
    return reverse("investigations:account", args=[text]) if exact else None
