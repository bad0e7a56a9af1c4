"""Pulling files into the lake: once, whole, with everything accounted for."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from accounts.models import ApiAccount
from accounts.services import AccountRecord, upsert_accounts
from core.clock import now
from staff.permissions import Worker
from tests.traffic import lines
from traffic import services
from traffic.enums import Kind, PullState
from traffic.lake import Lake, sweep_lake
from traffic.models import LakeFile, ListPrice, Pull, PulledFile, QuarantinedRecord, Source

pytestmark = pytest.mark.django_db
ACTOR = Worker("test")


def pull(path: Path, **options: object) -> Pull:
    source = services.add_source(actor=ACTOR, path=str(path), **options)  # type: ignore[arg-type]
    return services.run_pull(pull=services.request_pull(source=source, actor=ACTOR))


def counts(done: Pull) -> tuple[int, ...]:
    assert done.n_received == done.n_stored + done.n_known + done.n_further_origin + done.n_quarantined
    return done.n_received, done.n_stored, done.n_known, done.n_further_origin, done.n_conflict, done.n_quarantined


def stored_ids() -> list[str]:
    return sorted(Lake().exchanges().exchange_id.to_pyarrow().to_pylist())


def test_a_file_is_stored_once(var_dir, tmp_path):
    path = lines.write(tmp_path / "a.jsonl", [lines.litellm(n) for n in range(20)])
    assert counts(pull(path)) == (20, 20, 0, 0, 0, 0)
    PulledFile.objects.update(done=False, cursor=0, offset=0, sha256="")
    assert counts(pull(path)) == (20, 0, 20, 0, 0, 0)
    assert pull(path).message == "Nothing new." and len(stored_ids()) == 20


def test_overlap_and_growth_add_only_what_is_new(var_dir, tmp_path):
    folder = tmp_path / "logs"
    folder.mkdir()
    lines.write(folder / "a.jsonl", [lines.litellm(n) for n in range(10)])
    assert counts(pull(folder))[1] == 10
    lines.write(folder / "b.jsonl.gz", [lines.litellm(n) for n in range(5, 15)])
    assert counts(pull(folder)) == (10, 5, 5, 0, 0, 0)
    lines.write(folder / "a.jsonl", [lines.litellm(n) for n in range(18)])
    assert counts(pull(folder)) == (8, 3, 5, 0, 0, 0)


def test_the_same_exchange_from_two_sources_is_stored_once_with_both_origins(var_dir, tmp_path):
    pull(lines.write(tmp_path / "a.jsonl", [lines.litellm(n) for n in range(9)]))
    other = lines.write(tmp_path / "b.jsonl", [lines.otel(n) for n in range(12)])
    assert counts(pull(other)) == (12, 3, 0, 9, 0, 0)
    PulledFile.objects.update(done=False, cursor=0, offset=0, sha256="")
    assert counts(pull(other)) == (12, 0, 12, 0, 0, 0)
    assert Lake().origins().count().to_pyarrow().as_py() == 9 and len(stored_ids()) == 12


def test_without_content_in_one_source_it_is_still_the_same_exchange(var_dir, tmp_path):
    pull(lines.write(tmp_path / "a.jsonl", [lines.litellm(1, messages={}, response={})]))
    assert counts(pull(lines.write(tmp_path / "b.jsonl", [lines.otel(1)]))) == (1, 0, 0, 1, 0, 0)


@pytest.mark.parametrize(
    "changes",
    [
        {"response": {"choices": [{"message": {"content": "Another."}}]}},
        {"startTime": lines.START + 9},
        {"metadata": {"user_api_key_user_id": "somebody"}},
    ],
)
def test_the_same_id_with_anything_else_is_kept_beside_and_marked(var_dir, tmp_path, changes):
    pull(lines.write(tmp_path / "a.jsonl", [lines.litellm(1)]))
    path = lines.write(tmp_path / "b.jsonl", [lines.litellm(1, **changes), lines.litellm(1, **changes)])
    assert counts(pull(path)) == (2, 1, 1, 0, 1, 0)
    table = Lake().exchanges()
    rows = table.order_by("conflict").select("exchange_id", "record_id", "conflict").to_pyarrow().to_pylist()
    assert [(row["record_id"], row["conflict"]) for row in rows] == [("ex_1", False), ("ex_1", True)]
    assert rows[1]["exchange_id"].startswith("ex_1~") and len(rows[1]["exchange_id"]) == 13


def test_an_id_given_out_again_is_looked_for_as_many_days_around_as_the_setting_says(var_dir, tmp_path, settings):
    pull(lines.write(tmp_path / "a.jsonl", [lines.litellm(1)]))
    later = {"startTime": lines.START + 5 * 86_400}
    assert counts(pull(lines.write(tmp_path / "b.jsonl", [lines.litellm(1, **later)])))[4] == 0
    settings.PULL_ID_CHECK_DAYS = 10
    later["startTime"] += 86_400
    assert counts(pull(lines.write(tmp_path / "c.jsonl", [lines.litellm(1, **later)])))[4] == 1


def test_of_a_name_given_twice_in_one_object_the_last_counts(var_dir, tmp_path):
    line = lines.joined([lines.litellm(1)]).replace(b'"id":"ex_1"', b'"id":"ex_0","id":"ex_1"')
    (tmp_path / "a.jsonl").write_bytes(line)
    assert counts(pull(tmp_path / "a.jsonl"))[1] == 1 and stored_ids() == ["ex_1"]


def test_a_bad_line_is_quarantined_with_its_bytes_and_the_rest_goes_on(var_dir, tmp_path):
    bad = [b"{broken", b"\xff\xfe", b'{"id": 1e999}', lines.joined([lines.litellm(2, startTime=253_402_300_799)])[:-1]]
    data = lines.joined([lines.litellm(1)]) + b"\n".join(bad) + b"\n" + lines.joined([lines.litellm(3)])
    path = tmp_path / "a.jsonl"
    path.write_bytes(data)
    assert counts(pull(path)) == (6, 2, 0, 0, 0, 4)
    rows = QuarantinedRecord.objects.order_by("line")
    assert [(row.line, bytes(row.raw)) for row in rows] == [(2 + n, raw) for n, raw in enumerate(bad)]
    assert "2015-01-01 to 2099-12-31" in rows[3].reason


def test_hostile_text_comes_back_as_it_was(var_dir, tmp_path):
    texts = [
        "a\x00b",
        "<script>alert(1)</script>",
        "\x1b[31mred",
        "\u202eback",
        "'; DROP TABLE x; --",
        "{{7*7}}",
        "=1+1",
    ]
    documents = [lines.litellm(n, messages=[{"role": "user", "content": text}]) for n, text in enumerate(texts)]
    pull(lines.write(tmp_path / "a.jsonl", documents))
    table = Lake().exchanges().order_by("ts_us")
    assert table.prompt.to_pyarrow().to_pylist() == texts


def test_an_empty_file_says_so(var_dir, tmp_path):
    (tmp_path / "a.jsonl").write_bytes(b"")
    done = pull(tmp_path / "a.jsonl")
    assert (done.state, done.message) == (PullState.FINISHED, "0 records: the files are empty.")


def test_a_cut_archive_keeps_its_rows_says_so_and_goes_on_when_mended(var_dir, tmp_path):
    whole = gzip.compress(lines.joined([lines.litellm(n, cache_key=f"{n * 7919:x}" * 9) for n in range(2000)]))
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(whole[: len(whole) * 2 // 3])
    done = pull(path, connector="litellm")
    assert done.state == PullState.INCOMPLETE and "ends early" in done.message and 100 < done.n_stored < 2000
    assert services.watch_sources() == 0
    path.write_bytes(whole)
    assert pull(path).n_stored == 2000 - done.n_stored and len(stored_ids()) == 2000


def test_a_vanished_folder_is_said_once_and_the_cursor_kept(var_dir, tmp_path):
    folder = tmp_path / "logs"
    folder.mkdir()
    lines.write(folder / "a.jsonl", [lines.litellm(1)])
    pull(folder)
    folder.rename(tmp_path / "away")
    done = pull(folder)
    assert (done.state, done.message) == (PullState.FAILED, f"{folder} is not there.")
    assert services.watch_sources() == 0
    (tmp_path / "away").rename(folder)
    assert pull(folder).message == "Nothing new."


def test_watching_asks_for_new_files_only(var_dir, tmp_path, django_capture_on_commit_callbacks):
    folder = tmp_path / "logs"
    folder.mkdir()
    source = services.add_source(actor=ACTOR, path=str(folder))
    assert services.watch_sources() == 0
    lines.write(folder / "a.jsonl", [lines.litellm(1)])
    lines.write(folder / ".hidden.jsonl", [lines.litellm(2)])
    assert services.watch_sources() == 1 and services.watch_sources() == 0
    services.run_pull(pull=source.pulls.get())
    assert stored_ids() == ["ex_1"] and services.watch_sources() == 0


def test_a_pull_delivered_twice_runs_once(var_dir, tmp_path):
    source = services.add_source(actor=ACTOR, path=str(lines.write(tmp_path / "a.jsonl", [lines.litellm(1)])))
    asked = services.request_pull(source=source, actor=ACTOR)
    assert services.request_pull(source=source, actor=ACTOR).pk == asked.pk
    services.run_pull(pull=asked)
    assert counts(services.run_pull(pull=Pull.objects.get(pk=asked.pk))) == (1, 1, 0, 0, 0, 0)


def test_a_file_that_nobody_lists_is_invisible_and_swept(var_dir, tmp_path):
    pull(lines.write(tmp_path / "a.jsonl", [lines.litellm(1)]))
    listed = var_dir / "lake" / LakeFile.objects.filter(kind="exchanges").get().path
    listed.with_name("p0-left.parquet").write_bytes(listed.read_bytes())
    listed.with_name(".tmp-p0-left.parquet").write_bytes(b"half")
    assert stored_ids() == ["ex_1"] and sweep_lake() == 2 and stored_ids() == ["ex_1"] and listed.exists()


def test_account_records_are_upserted_with_their_history(var_dir, tmp_path):
    path = tmp_path / "accounts.csv"
    path.write_text(
        "account_id,org_name,payment_hash,country,tier,status\na,Blue Heron,4111 1111 1111 1111,DE,pro,\nb,,x9,Germany,free,\n"
    )
    assert counts(pull(path, kind=Kind.ACCOUNTS)) == (2, 1, 0, 0, 0, 1)
    account = ApiAccount.objects.get(account_id="a")
    assert (account.plan, account.organisation.name, account.country) == ("pro", "Blue Heron", "DE")  # type: ignore[union-attr]
    assert account.payment_fp.startswith("fp-") and "4111" not in account.payment_fp
    path.write_text("account_id,status,closed_at,close_reason\na,closed,2026-03-05T00:00:00Z,unpaid\n")
    assert counts(pull(path, kind=Kind.ACCOUNTS)) == (1, 1, 0, 0, 0, 0)
    account.refresh_from_db()
    assert (account.status, account.plan) == ("closed", "pro")
    assert [(c.status, c.reason, c.origin) for c in account.status_changes.all()] == [("closed", "unpaid", "pulled")]


def test_a_pulled_status_does_not_override_a_decision(db):
    ApiAccount.objects.create(account_id="a", status_decided="suspended")
    done = upsert_accounts(
        rows=[AccountRecord("a", status="throttled", plan="pro")],  # type: ignore[arg-type]
        source="idp",
        pulled_at=now(),
    )
    account = ApiAccount.objects.get()
    assert (account.status, account.status_pulled, done.differing) == ("suspended", "throttled", ["a"])


def test_prices_and_releases_are_taken_in(var_dir, tmp_path):
    price = {"model": "quartz", "valid_from": "2026-01-01", "input_usd_per_mtok": 3, "output_usd_per_mtok": 15}
    path = lines.write(tmp_path / "p.jsonl", [price, {**price, "input_usd_per_mtok": "free"}])
    assert counts(pull(path, kind=Kind.PRICES)) == (2, 1, 0, 0, 0, 1)
    assert str(ListPrice.objects.get().output_usd_per_mtok) == "15.000000"


def test_a_kind_that_nobody_takes_is_refused_clearly(var_dir, tmp_path, monkeypatch):
    monkeypatch.setattr("traffic.sinks._SINKS", {})
    path = lines.write(tmp_path / "s.jsonl", [{"account_id": "a", "classifier": "c", "score": 1}])
    done = pull(path, kind=Kind.SCORES)
    assert "no sink is registered" in done.message and Source.objects.count() == 1
