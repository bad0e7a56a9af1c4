"""Other cases that share an account, a template or an identifier, and which: for whoever may know of them."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db import connection
from django.db.models import Count, Min

from detection.models import Template
from investigations.models import Case, CaseAccount
from staff.models import User

SHOWN = 50
IDENTIFIERS = (("payment_fp", "payment method"), ("phone_fp", "telephone"), ("device_fp", "device"))


@dataclass(slots=True)
class Related:
    """One other case and what it shares with this one, in words."""

    case: Case
    shares: list[str] = field(default_factory=list)
    weight: int = 0


def related_cases(case: Case, *, reader: User) -> list[Related]:
    """At most 50 other cases, the most shared first. Six queries."""
    known = Case.objects.visible_to(reader).exclude(pk=case.pk)
    found: dict[int, Related] = {}
    for other, count, example in _by_account(case):
        _add(found, other, count * 10, _words(count, "account", example))
    for other, count, template in _by_template(case):
        _add(found, other, count * 5, _words(count, "template", f"T-{template:04d}"))
    for field_name, label in IDENTIFIERS:
        for other, count, example in _by_identifier(case, field_name):
            _add(found, other, count, _words(count, label, f"{str(example)[:10]}…"))
    cases = known.select_related("owner", "campaign").in_bulk([pk for pk in found if pk != case.pk])
    for pk, one in cases.items():
        found[pk].case = one
    lines = [found[pk] for pk in cases]
    return sorted(lines, key=lambda line: (-line.weight, -line.case.pk))[:SHOWN]


def _add(found: dict[int, Related], other: int, weight: int, words: str) -> None:
    line = found.setdefault(other, Related(case=None))  # type: ignore[arg-type]  # set once the reader may know of it
    line.shares.append(words)
    line.weight += weight


def _words(count: int, noun: str, example: object) -> str:
    return f"the {noun} {example}" if count == 1 else f"{count:,} {noun}s, {example} among them"


def _by_account(case: Case) -> list[tuple[int, int, str]]:
    mine = CaseAccount.objects.filter(case=case).values("account")
    rows = CaseAccount.objects.filter(account__in=mine).exclude(case=case).order_by().values_list("case_id")
    return list(rows.annotate(n=Count("account"), one=Min("account__account_id")))


def _by_template(case: Case) -> list[tuple[int, int, int]]:
    """By the templates of the campaigns' units, and by templates pinned as exhibits."""
    refs = case.exhibits.filter(kind="template").values_list("ref", flat=True)
    pinned = {int(ref.removeprefix("T-")) for ref in refs}
    of_units = (
        Template.objects.filter(units__campaign=case.campaign_id) if case.campaign_id else Template.objects.none()
    )
    mine = {*of_units.values_list("pk", flat=True), *pinned}
    if not mine:
        return []
    rows = Case.objects.exclude(pk=case.pk).filter(campaign__units__template__in=mine).order_by().values_list("pk")
    by_units = rows.annotate(n=Count("campaign__units__template", distinct=True), one=Min("campaign__units__template"))
    return list(by_units)


def _by_identifier(case: Case, name: str) -> list[tuple[int, int, str]]:
    """Other cases whose accounts bear an identifier that an account of this one bears; the same account does not count."""
    sql = f"""
        WITH mine AS (
            SELECT DISTINCT a.{name} AS value FROM investigations_caseaccount c
            JOIN accounts_apiaccount a ON a.id = c.account_id WHERE c.case_id = %s AND a.{name} <> ''
        )
        SELECT c.case_id, count(DISTINCT a.{name}), min(a.{name}) FROM investigations_caseaccount c
        JOIN accounts_apiaccount a ON a.id = c.account_id JOIN mine ON mine.value = a.{name}
        WHERE c.case_id <> %s
          AND NOT EXISTS (SELECT 1 FROM investigations_caseaccount o WHERE o.case_id = %s AND o.account_id = c.account_id)
        GROUP BY c.case_id
    """
    with connection.cursor() as cursor:
        cursor.execute(sql, [case.pk, case.pk, case.pk])
        return [(int(pk), int(n), str(one)) for pk, n, one in cursor.fetchall()]
