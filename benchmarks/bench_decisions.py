"""One decision on 25,000 accounts: proposed, approved by two and enforced in a dry run, with an audit event each.

    .venv/bin/python -m benchmarks.bench_decisions [--accounts 25000]

Fills a throw-away Postgres that waits for the disk, then calls the services that pages and API call. Beside it the same
written as a loop, without the statements of reasons: one item saved and one audit event recorded at a time.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

ROOT = Path(__file__).resolve().parent.parent
from benchmarks.throwaway import own_database

if TYPE_CHECKING:
    from investigations.models import Case, Decision, Exhibit
    from staff.models import User

Row = tuple[str, object, str]
N_ACCOUNTS, N_LOOPED = 25_000, 1_000


def main() -> list[Row]:
    """In a process of its own, since Django is set up once a process."""
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.bench_decisions", "--json"]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE)
    return [tuple(row) for row in json.loads(done.stdout)]


def measure(accounts: int) -> list[Row]:
    """Seconds of each step, largest resident size of this process, and what a loop would have taken."""
    from audit.models import AuditEvent
    from investigations import services
    from investigations.enums import ItemState
    from investigations.models import DecisionItem

    ines, ivan, leo = _people()
    case, exhibit = _case(accounts, ines)
    before, first_event = _peak_mib(), AuditEvent.objects.count()
    rows: list[Row] = []

    def timed(what: str, step: Callable[[], Any]) -> Any:
        began = time.perf_counter()
        result = step()
        rows.append((what, time.perf_counter() - began, "s"))
        return result

    decision: Decision = timed(f"{accounts:,} accounts proposed", lambda: _propose(case, exhibit, ines))
    recorded = AuditEvent.objects.count() - first_event
    if recorded < accounts:
        raise RuntimeError(f"{recorded:,} audit events were recorded for {accounts:,} accounts")
    for person, what in ((ivan, "first approval"), (leo, "second approval, which sets it in motion")):
        timed(what, partial(services.approve_decision, decision=decision, actor=person, reason="I read it."))
    timed("enforced in a dry run", lambda: _enforce(decision))
    left = DecisionItem.objects.filter(decision=decision, state=ItemState.WAITING).count()
    rows += [
        ("accounts that still wait", left, ""),
        ("audit events", AuditEvent.objects.count() - first_event, ""),
        ("peak memory before", before, "MiB"),
        ("peak memory", _peak_mib(), "MiB"),
    ]
    looped = _looped(decision, min(N_LOOPED, accounts)) * accounts
    return [
        *rows,
        ("the same events and items one by one", looped, "s"),
        ("times faster", looped / float(str(rows[0][1])), ""),
    ]


def _people() -> tuple[User, User, User]:
    from staff.enums import Role
    from staff.models import User

    names = (("ines", Role.INVESTIGATOR), ("ivan", Role.INVESTIGATOR), ("leo", Role.LEAD))
    ines, ivan, leo = (User.objects.create(username=name, role=role) for name, role in names)
    return ines, ivan, leo


def _case(accounts: int, owner: User) -> tuple[Case, Exhibit]:
    """A case of that many accounts, and one exhibit."""
    from accounts.models import ApiAccount
    from core.canonical import digest
    from investigations.models import Case, CaseAccount, Exhibit

    case = Case.objects.create(code="CASE-2026-0001", title="Harvest", owner=owner)
    found = ApiAccount.objects.bulk_create(
        [ApiAccount(account_id=f"acct_{number:06d}", plan="build", country="DE") for number in range(accounts)]
    )
    CaseAccount.objects.bulk_create([CaseAccount(case=case, account=account, tier="core") for account in found])
    content = {"text": "What was seen."}
    exhibit = Exhibit.objects.create(
        case=case, number=1, kind="note", content=content, content_sha256=digest(content), pinned_by=owner
    )
    return case, exhibit


def _propose(case: Case, exhibit: Exhibit, person: User) -> Decision:
    from investigations import services

    return services.propose_decision(
        case=case,
        action="suspend",
        clause="Terms of use, section 3.2",
        reason="Coordinated harvest of training data.",
        benign_reading="One customer with many keys: the accounts present as strangers.",
        exhibits=[exhibit],
        actor=person,
        dry_run=True,
        spread_s=0,
    )


def _enforce(decision: Decision) -> None:
    from investigations.services.enforcement import enforce_decision

    while enforce_decision(decision_id=decision.pk):
        pass


def _looped(decision: Decision, accounts: int) -> float:
    """Seconds an account where each item and each event is written by itself, in one transaction that is rolled back."""
    from django.db import transaction

    from audit.services import record

    items = list(decision.items.select_related("account").order_by("id")[:accounts])
    began = time.perf_counter()
    with transaction.atomic():
        for item in items:
            item.save()
            record(
                actor=decision.proposed_by,
                action="decision_item.proposed",
                subject=f"account:{item.account.account_id}",
                chain=f"case:{decision.case.code}",
            )
        transaction.set_rollback(True)
    return (time.perf_counter() - began) / accounts


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, default=N_ACCOUNTS)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if not 1 <= options.accounts <= 1_000_000:
        parser.error(f"--accounts is {options.accounts}; it must lie between 1 and 1,000,000")
    with own_database(durable=True, CANCEL_WINDOW_S="0"):
        found = measure(options.accounts)
    if options.json:
        json.dump(found, sys.stdout)
    else:
        from benchmarks.run import table

        print(table(found))
