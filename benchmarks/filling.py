"""A large world for the bench of the pages, made by the database itself from numbers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import connection, models

DAYS, A_DAY = 30, 8


def fill(person: Any, *, accounts: int, campaigns: int, members: int, **sizes: int) -> None:
    """Accounts, campaigns, flagged sessions, cases and a trail of the asked sizes; `person` owns the cases."""
    _campaigns(campaigns, members)
    sizes |= {"accounts": accounts, "campaigns": campaigns, "members": members, "person": person.pk}
    for step in (_accounts, _members, _sessions, _cases, _events, _exchanges):
        step(sizes)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def insert(model: type[models.Model], source: str, sizes: dict[str, int], **values: str) -> None:
    """INSERT ... SELECT: `values` are SQL for columns; every other column that must hold something gets its default."""
    fields = model._meta.concrete_fields
    given = {field.column: values[field.name] for field in fields if field.name in values}
    for field in fields:
        if field.column not in given and not field.primary_key and not field.null:
            given[field.column] = _default(field)
    columns, sql = ", ".join(f'"{name}"' for name in given), ", ".join(given.values())
    with connection.cursor() as cursor:
        cursor.execute(f'INSERT INTO "{model._meta.db_table}" ({columns}) SELECT {sql} FROM {_sized(source, sizes)}')


def _sized(source: str, sizes: dict[str, int]) -> str:
    return source.format(**sizes)


def _default(field: models.Field[Any, Any]) -> str:
    if isinstance(field, ArrayField):
        return "'{}'"
    if isinstance(field, models.JSONField):
        return "'[]'" if field.default is list else "'{}'"
    if isinstance(field, models.DateTimeField):
        return "now()"
    value = field.get_default()
    if value is None:
        raise LookupError(f"{field}: the bench has to say what stands there")
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else f"'{value}'"


def _accounts(sizes: dict[str, int]) -> None:
    from accounts.models import ApiAccount, Organisation

    insert(Organisation, "generate_series(1, {organisations}) n", sizes, name="'Org ' || n", verified="n % 4 = 0")
    insert(
        ApiAccount,
        "generate_series(1, {accounts}) n JOIN accounts_organisation o ON o.name = 'Org ' || 1 + n % {organisations}",
        sizes,
        account_id="'acct_' || lpad(n::text, 7, '0')",
        organisation="o.id",
        plan="'build'",
        country="(ARRAY['DE', 'FR', 'US', 'IN'])[1 + n % 4]",
        email_domain="'mail' || n % 300 || '.example'",
        payment_fp="'fp-' || n % 90000",
        status_pulled="'active'",
        created_at="now() - n * interval '1 minute'",
        seen_in_records="true",
    )


def _members(sizes: dict[str, int]) -> None:
    from detection.models import CampaignMember

    insert(
        CampaignMember,
        """detection_campaign c JOIN LATERAL (
            SELECT id FROM accounts_apiaccount
            WHERE id > CASE WHEN c.code = 'C-0001' THEN 0 ELSE (c.id * 97) % 20000 END
            ORDER BY id LIMIT CASE WHEN c.code = 'C-0001' THEN {members} ELSE 40 END
        ) a ON true""",
        sizes,
        campaign="c.id",
        account="a.id",
        tier="(ARRAY['core', 'core', 'associate', 'bystander'])[1 + a.id % 4]",
        k="1 + a.id % 400",
        n="500",
        tied_by="'card fp-' || a.id % 90",
        first_at="now() - interval '40 days'",
        last_at="now()",
    )


def _sessions(sizes: dict[str, int]) -> None:
    from investigations.models import FlaggedSession

    insert(
        FlaggedSession,
        """generate_series(1, {sessions}) n
        JOIN accounts_apiaccount a ON a.account_id = 'acct_' || lpad((1 + (n * 7919::bigint) % {accounts})::text, 7, '0')
        JOIN detection_campaign c
            ON c.code = 'C-' || lpad((CASE WHEN n % 4 = 0 THEN 1 ELSE 1 + n % {campaigns} END)::text, 4, '0')""",
        sizes,
        session_key="a.account_id || '#' || n",
        account="a.id",
        campaign="c.id",
        run="c.last_run_id",
        started_at="now() - n * interval '30 seconds'",
        ended_at="now()",
        n_exchanges="10 + n % 90",
        n_unit_exchanges="8",
        strength="c.score + (n % 7) * 0.01",
        reason="'8 of 10 exchanges are in the units of ' || c.code",
        sampled_at="now()",
        verdict="CASE WHEN n % 10 = 0 THEN 'true_positive' ELSE '' END",
        verdict_by=f"CASE WHEN n % 10 = 0 THEN {sizes['person']} END",
        verdict_at="CASE WHEN n % 10 = 0 THEN date_trunc('hour', now() - n * interval '20 seconds') END",
    )


def _cases(sizes: dict[str, int]) -> None:
    from investigations.models import Case, CaseAccount, Note

    insert(
        Case,
        "generate_series(1, {cases}) n LEFT JOIN detection_campaign c ON c.code = 'C-' || lpad(n::text, 4, '0')",
        sizes,
        code="'CASE-2026-' || lpad(n::text, 4, '0')",
        title="'Shared template, seen ' || n || ' times'",
        state="CASE WHEN n % 3 = 0 THEN 'closed' ELSE 'open' END",
        campaign="c.id",
        owner=str(sizes["person"]),
    )
    insert(
        CaseAccount,
        """investigations_case c JOIN LATERAL (
            SELECT id FROM accounts_apiaccount
            WHERE id > CASE WHEN c.code = 'CASE-2026-0001' THEN 0 ELSE (c.id * 97) % 20000 END
            ORDER BY id LIMIT CASE WHEN c.code = 'CASE-2026-0001' THEN {members} ELSE 10 END
        ) a ON true""",
        sizes,
        case="c.id",
        account="a.id",
        tier="(ARRAY['core', 'associate'])[1 + a.id % 2]",
    )
    insert(Note, "investigations_case c", sizes, case="c.id", author=str(sizes["person"]), text="'Looks coordinated'")


def _events(sizes: dict[str, int]) -> None:
    """A trail of the right length and breadth; its hashes are made up, so the triggers that make true ones are off."""
    from audit.models import AuditEvent, AuditHead

    with connection.cursor() as cursor:
        for table in ("audit_event", "audit_head"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    per_case = max(1, sizes["events"] // (2 * sizes["cases"]))
    chains: tuple[tuple[str, str, str], ...] = (
        ("'system'", "n + 1000", f"generate_series(1, {sizes['events'] - per_case * sizes['cases']}) n"),
        ("'case:' || c.code", "n + 1000", f"investigations_case c CROSS JOIN generate_series(1, {per_case}) n"),
    )
    digest = "md5(n::text) || md5(n::text)"
    for chain, seq, source in chains:
        insert(
            AuditEvent,
            source,
            sizes,
            chain=chain,
            seq=seq,
            at="now() - (n % 80000) * interval '1 minute'",
            actor="'user:' || 1 + n % 40 || ' person' || n % 40",
            action="(ARRAY['sample.revealed', 'session.claimed', 'case.viewed', 'verdict.given'])[1 + n % 4]",
            subject="'session:S-' || lpad((n % 500000)::text, 6, '0')",
            payload="""'{"action":"case.viewed","facts":{"reason":"Read for the review of May"},"salt":"' || md5(n::text) || '"}'""",
            payload_sha256=digest,
            prev_hash=digest,
            entry_hash=digest,
        )
    heads = "(SELECT chain, max(seq) AS seq FROM audit_event GROUP BY chain) h"
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM audit_head")
    insert(AuditHead, heads, sizes, chain="h.chain", seq="h.seq", entry_hash="repeat('0', 64)")
    with connection.cursor() as cursor:
        for table in ("audit_event", "audit_head"):
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def _exchanges(sizes: dict[str, int]) -> None:
    """A lake in which every member of the largest campaign sends eight exchanges a day in its unit, its own hours a day."""
    import numpy as np
    import pyarrow as pa

    from core.clock import DAY, HOUR, to_us
    from detection.models import Campaign
    from traffic.lake import write_exchanges
    from traffic.schema import EXCHANGES

    campaign = Campaign.objects.get(code="C-0001")
    names = np.array(list(campaign.members.values_list("account__account_id", flat=True)))
    start = to_us(campaign.started_at) // DAY * DAY
    for day in range(DAYS):
        n = np.arange(len(names) * A_DAY)
        account = n % len(names)
        given: dict[str, Any] = {
            "account_id": names[account],
            "ts_us": start + day * DAY + (account % 16 + n // len(names)) * HOUR + n,
            "exchange_id": [f"x-{day}-{number}" for number in n],
            "content_sha256": [b"0" * 32] * len(n),
            "raw_sha256": [b"0" * 32] * len(n),
            "pre8": np.full(len(n), campaign.pk),
            "n_output_tokens": 100 + n % 400,
        }
        given |= {"record_id": given["exchange_id"], "content_state": ["absent"] * len(n), "source": ["bench"] * len(n)}
        given |= {"pull_id": np.ones(len(n)), "conflict": np.zeros(len(n), bool), "model": ["model-1"] * len(n)}
        given |= {"derivation_version": np.full(len(n), 2), "task_tags": np.zeros(len(n))}
        columns = [
            pa.array(given[field.name]).cast(field.type) if field.name in given else pa.nulls(len(n), field.type)
            for field in EXCHANGES
        ]
        for file in write_exchanges(pa.Table.from_arrays(columns, schema=EXCHANGES), stem="bench"):
            file.save()


def _campaigns(count: int, members: int) -> None:
    """Campaigns with units, readings and innocent explanations; the first is the largest."""
    from django.utils import timezone

    from detection.enums import Family, Finding, Level, RunState, UnitKind
    from detection.models import Campaign, DetectionRun, RivalExplanation, SignalReading, Template, Unit

    now = timezone.now()
    run = DetectionRun.objects.create(state=RunState.FINISHED, finished_at=now, requested_by="bench", n_units=800)
    made = Campaign.objects.bulk_create(
        Campaign(
            code=f"C-{number:04d}",
            name=f"Campaign {number}",
            level=Level.CERTIFIED if number % 3 else Level.PROVISIONAL,
            first_run=run,
            last_run=run,
            started_at=now - timedelta(days=DAYS),
            ended_at=now,
            score=20 - number / 20,
            gate_p=1e-6,
            n_core=members // 2 if number == 1 else 20,
            n_associate=members // 4 if number == 1 else 10,
        )
        for number in range(1, count + 1)
    )
    for campaign in made:
        template = Template.objects.create(key=f"whole:{campaign.pk:016x}", skeleton="Translate <text>", kind="whole")
        units = [
            Unit.objects.create(
                run=run,
                kind=UnitKind.values[0],
                key=f"{campaign.code}-{n}",
                template=template,
                campaign=campaign,
                selector={"columns": {"pre8": [campaign.pk]}},
                level=campaign.level,
                n_accounts=30,
                n_exchanges=3000,
                gate_p=1e-6 * (n + 1),
            )
            for n in range(4 if campaign == made[0] else 1)
        ]
        SignalReading.objects.bulk_create(
            SignalReading(
                unit=unit,
                signal=f"{family}1",
                family=family,
                title="Reading",
                sentence="In words",
                benign="A class",
                value=1.5,
                version="1",
                accounts=[f"acct_{n:06d}" for n in range(200)],
            )
            for unit in units
            for family in Family.values
        )
        RivalExplanation.objects.bulk_create(
            RivalExplanation(unit=unit, story="One customer", finding=Finding.values[0], because="Seven organisations")
            for unit in units
        )
