"""The case that the bench of case files writes out: one campaign of many accounts, with samples, receipts and events."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Any

N_EVENTS, N_CONTROLS = 1_000, 2_000
BATCH = 25_000

ACCOUNTS = """
INSERT INTO accounts_apiaccount
    (account_id, plan, country, email_domain, email_pattern, payment_fp, phone_fp, device_fp, declared_use, status_pulled,
     status_decided, close_reason, tags, recorded_at, seen_in_records, verified)
SELECT 'acct_' || lpad(n::text, 6, '0'), 'build', 'DE', 'mail' || n % 300 || '.example', '', 'fp-' || n % 9000, '', '', '',
       'active', '', '', '{}', now(), true, CASE WHEN n > %(accounts)s THEN true END
FROM generate_series(1, %(accounts)s + %(controls)s) n
"""
CASE = """
INSERT INTO investigations_caseaccount (case_id, account_id, tier, added_at)
SELECT %(case)s, id, CASE WHEN id % 4 = 0 THEN 'associate' ELSE 'core' END, now() FROM accounts_apiaccount WHERE verified IS NULL;
INSERT INTO detection_campaignmember
    (campaign_id, account_id, tier, k, n, background_share, membership_p, tied_by, first_at, last_at)
SELECT %(campaign)s, account_id, tier, 40, 60, 0.001, 1e-6, 'same template, lockstep', now() - interval '40 days', now()
FROM investigations_caseaccount;
INSERT INTO detection_accountscore (run_id, account_id, score, flagged, lead, campaign_id, n_exchanges, because)
SELECT %(run)s, id, 1, verified IS NULL OR id % 500 = 0, false, CASE WHEN verified IS NULL THEN %(campaign)s END, 60, ''
FROM accounts_apiaccount;
INSERT INTO investigations_flaggedsession
    (session_key, account_id, campaign_id, run_id, started_at, ended_at, n_exchanges, n_unit_exchanges, strength, reason,
     flagged_at, sampled_at, verdict, verdict_reason, tags, rule)
SELECT 's/' || account_id, account_id, %(campaign)s, %(run)s, now() - account_id * interval '30 seconds', now(), 60, 40, 5,
       '40 of 60 exchanges are in the units of the campaign', now(), now(), '', '', '{}', ''
FROM investigations_caseaccount;
INSERT INTO investigations_sampleprompt
    (session_id, exchange_id, position, occurred_at, model, system_prompt, prompt, response, prompt_sha256, response_sha256,
     raw_sha256, content_state, in_unit, method, pulled_at)
SELECT s.id, 'exchange-' || s.id || '-' || n, n, s.started_at + n * interval '1 minute', 'model-1', 'Answer as an expert.',
       'Explain step ' || n || ' of problem ' || s.id || ': ' || repeat(md5(s.id::text || n) || ' ', 18),
       'First, ' || repeat(md5(n::text || s.id) || ' ', 18), repeat('a', 64), repeat('b', 64), repeat('c', 64), 'full', true,
       '{"frame": "exchanges of the session", "frame_size": 60, "seed": "0", "size": 4, "version": "1"}', now()
FROM investigations_flaggedsession s CROSS JOIN generate_series(1, %(samples)s) n;
UPDATE investigations_sampleprompt SET
    prompt_sha256 = encode(sha256(convert_to(prompt, 'UTF8')), 'hex'),
    response_sha256 = encode(sha256(convert_to(response, 'UTF8')), 'hex'),
    raw_sha256 = encode(sha256(convert_to(prompt || response, 'UTF8')), 'hex')
"""


def fill_case(accounts: int, samples: int) -> int:
    """The case and the request for its file; returns the export's number in the database."""
    from django.db import connection

    from audit.services import Event, case_chain, record_many
    from investigations.casefile import services
    from investigations.models import Case, CaseExport
    from staff.enums import Role
    from staff.models import User

    person = User.objects.create(username="bench", role=Role.LEAD)
    campaign = _campaign()
    case = Case.objects.create(code="CASE-2026-0001", title="A large campaign", owner=person, campaign=campaign)
    facts = {"accounts": accounts, "controls": N_CONTROLS, "samples": samples, "case": case.pk}
    facts |= {"campaign": campaign.pk, "run": campaign.last_run_id}
    with connection.cursor() as cursor:
        for statement in filter(str.strip, f"{ACCOUNTS};{CASE}".split(";\n")):
            for name, value in facts.items():
                statement = statement.replace(f"%({name})s", str(value))
            cursor.execute(statement)
        cursor.execute("ANALYZE")
    _receive()
    chain = case_chain(case.code)
    facts_of_an_event = {"reason": "Reviewed one after the other, as the queue gave them."}
    events = [Event("case.viewed", f"case:{case.code}", facts_of_an_event, chain) for _ in range(N_EVENTS)]
    record_many(actor=person, events=events)
    export = services.request_export(case=case, purpose="Benchmark", actor=person)
    assert isinstance(export, CaseExport)
    return export.pk


def _receive() -> None:
    """The exchanges' records as received, in batches with their receipts."""
    import hashlib

    import pyarrow as pa

    from core.clock import to_us
    from investigations.models import SamplePrompt
    from traffic.enums import FileKind
    from traffic.lake import write_beside
    from traffic.models import Pull, Source
    from traffic.receipt import Receipt, digest_of, keep_receipt, leaf_of
    from traffic.schema import RAW

    source = Source.objects.create(slug="bench", name="bench", connector="table", path="/bench")
    pull = Pull.objects.create(source=source, requested_by="bench")
    counts = dict.fromkeys(("n_received", "n_stored", "n_known", "n_further_origin", "n_conflict", "n_quarantined"), 0)
    names = ("session__account__account_id", "occurred_at", "prompt", "response")
    drawn = list(SamplePrompt.objects.order_by("pk").values_list(*names))
    for start in range(0, len(drawn), BATCH):
        some, salt = drawn[start : start + BATCH], os.urandom(32)
        raws = [(prompt + response).encode() for _, _, prompt, response in some]
        digests = [hashlib.sha256(raw).digest() for raw in raws]
        leaves = [leaf_of(salt, digest) for digest in digests]
        columns = [range(start + 1, start + len(some) + 1), leaves, raws, digests]
        columns += [[account for account, *_ in some], [to_us(at) for _, at, *_ in some]]
        table = pa.table(dict(zip(RAW.names, columns, strict=True)), schema=RAW)
        (file,) = write_beside(table, FileKind.RAW, stem="bench")
        file.save()
        receipt = Receipt(table, salt, digest_of(leaves), sum(map(len, raws)))
        keep_receipt(pull, "/bench", receipt, file, counts)


def _campaign() -> Any:
    from django.utils import timezone

    from detection.models import Campaign, DetectionRun, RivalExplanation, SignalReading, Unit

    now = timezone.now()
    run = DetectionRun.objects.create(state="finished", finished_at=now, requested_by="bench", n_units=4)
    campaign = Campaign.objects.create(
        code="C-0001",
        name="Campaign",
        level="certified",
        first_run=run,
        last_run=run,
        started_at=now - timedelta(days=30),
        ended_at=now,
        score=12.0,
        gate_p=1e-6,
        n_exchanges=1_000_000,
    )
    for number in range(4):
        unit = Unit.objects.create(
            run=run,
            kind="template",
            key=f"unit-{number}",
            campaign=campaign,
            level="certified",
            selector={"columns": {"pre8": [7]}},
            n_accounts=1,
            n_exchanges=1,
        )
        for signal in ("X1", "X2", "H1", "H2", "N1", "I1"):
            SignalReading.objects.create(
                unit=unit,
                signal=signal,
                family=signal[0],
                title="Reading",
                sentence="In words, with its doubt.",
                benign="A class would look so too.",
                p=1e-5,
                version="1",
            )
        for story in range(10):
            RivalExplanation.objects.create(
                unit=unit, story=f"Story {story}", finding="contradicted", because="Numbers"
            )
    return campaign
