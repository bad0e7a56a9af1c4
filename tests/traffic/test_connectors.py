"""Known answers for each shape, and the traps that the sources set."""

from __future__ import annotations

import gzip
import tracemalloc
from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InvalidInput
from tests.traffic import lines
from traffic.connectors.base import Mark, Truncated
from traffic.connectors.files import LINE_LIMIT
from traffic.connectors.parsing import parse_block
from traffic.reading import read_exchanges, sniff


def one(connector: str, document: dict[str, object]) -> dict[str, object]:
    parsed = parse_block(connector, {}, orjson.dumps(document), 1)
    assert parsed.rejects == []
    (record,) = parsed.table.to_pylist()
    return record


def reason(connector: str, document: dict[str, object]) -> str:
    parsed = parse_block(connector, {}, orjson.dumps(document), 5)
    assert parsed.table.num_rows == 0 and parsed.n_received == 1
    (reject,) = parsed.rejects
    assert reject.position == 5 and reject.raw == orjson.dumps(document)
    return reject.reason


def test_a_litellm_payload_becomes_a_record():
    record = one("litellm", lines.litellm(1))
    expected = {
        "ts_us": 1_772_398_650_442_117,
        "account_id": "acct_1",
        "key_id": "k1",
        "record_id": "ex_1",
        "model": "quartz-2",
        "model_requested": "quartz",
        "endpoint": "/v1/chat/completions",
        "prompt": "Add 1 and 2.",
        "response": "It is done.",
        "system_prompt": "Be brief.",
        "temperature": 0.0,
        "max_tokens": None,
        "status": 200,
        "content_state": "full",
        "history_turns": 0,
    }
    assert {name: record[name] for name in expected} == expected


def test_both_shapes_of_one_exchange_say_the_same():
    first, second = one("litellm", lines.litellm(3)), one("otel", lines.otel(3))
    same = (
        "ts_us",
        "account_id",
        "record_id",
        "model",
        "prompt",
        "response",
        "system_prompt",
        "n_input_tokens",
        "status",
    )
    assert [first[name] for name in same] == [second[name] for name in same]


def test_trap_l1_content_that_was_not_stored_is_absent_not_empty():
    record = one("litellm", lines.litellm(messages={}, response={}))
    assert (record["content_state"], record["prompt"], record["response"]) == ("absent", None, None)


def test_trap_l1_content_in_cold_storage_is_fetched_later():
    metadata = {"user_api_key_user_id": "a", "cold_storage_object_key": "bucket/1"}
    assert (
        one("litellm", lines.litellm(messages=None, response=None, metadata=metadata))["content_state"] == "fetch-later"
    )


def test_trap_l2_a_record_without_an_id_gets_one_from_its_bytes():
    first, again = one("litellm", lines.litellm(id=None)), one("litellm", lines.litellm(id=None))
    assert first["record_id"] == again["record_id"] and str(first["record_id"]).startswith("sha-")


def test_trap_l3_the_calls_own_id_is_no_conversation():
    assert one("litellm", lines.litellm(trace_id="ex_1"))["session_ref"] is None
    assert one("litellm", lines.litellm(trace_id="talk"))["session_ref"] == "talk"


def test_trap_l4_no_address_is_none():
    assert one("litellm", lines.litellm(requester_ip_address=""))["ip"] is None


def test_trap_l8_old_attribute_names_are_read():
    record = one(
        "otel",
        lines.otel(
            **{
                "gen_ai.usage.input_tokens": None,
                "gen_ai.usage.prompt_tokens": 9,
                "gen_ai.input.messages": None,
                "gen_ai.prompt": "Old words",
                "user.id": None,
                "enduser.id": "acct_old",
            }
        ),
    )
    assert (record["n_input_tokens"], record["prompt"], record["account_id"]) == (9, "Old words", "acct_old")


def test_the_envelope_is_opened_and_other_spans_are_passed_over():
    other = {"name": "GET /health", "attributes": [{"key": "http.route", "value": {"stringValue": "/health"}}]}
    document = {"resourceSpans": [{"scopeSpans": [{"spans": [lines.otel(1), other, lines.otel(2)]}]}]}
    parsed = parse_block("otel", {}, orjson.dumps(document), 1)
    assert parsed.table["record_id"].to_pylist() == ["ex_1", "ex_2"] and parsed.rejects == []


def test_an_inference_event_carries_structured_messages():
    event = lines.otel(1)
    event["eventName"] = "gen_ai.client.inference.operation.details"
    event["timeUnixNano"] = event.pop("startTimeUnixNano")
    assert one("otel", {"resourceLogs": [{"scopeLogs": [{"logRecords": [event]}]}]})["prompt"] == "Add 1 and 2."


def test_the_newest_user_turn_is_the_prompt():
    talk = [
        {"role": "system", "content": "S"},
        {"role": "user", "content": "first"},
        {"role": "assistant", "content": None, "tool_calls": [{"function": {"name": "f", "arguments": "{}"}}]},
        {"role": "tool", "content": "42"},
        {"role": "user", "content": [{"type": "text", "text": "second"}, {"type": "image_url", "image_url": {}}]},
    ]
    record = one("litellm", lines.litellm(messages=talk))
    assert (record["prompt"], record["system_prompt"], record["history_turns"]) == ("second\n[image_url]", "S", 3)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"startTime": 253_402_300_799.0}, "startTime: 253402300799.0 is outside 2015-01-01 to 2099-12-31"),
        ({"startTime": 1.0}, "is outside 2015-01-01"),
        ({"startTime": None}, "startTime: None is not a time"),
        ({"prompt_tokens": "many"}, "prompt_tokens: 'many' is not a whole number from 0 to 2147483647"),
        ({"prompt_tokens": -1}, "prompt_tokens: -1 is not"),
        ({"messages": 7}, "messages: 7 is not a list of messages"),
        ({"metadata": {}}, "neither user_api_key_user_id nor user_api_key_hash"),
        ({"model": 5}, "model: 5 is not text"),
    ],
)
def test_a_wrong_field_is_named_with_its_value(changes, words):
    assert words in reason("litellm", lines.litellm(**changes))


@pytest.mark.parametrize(
    "line",
    [b"{", b"[1,", b"\xff\xfe{}", b'{"a": 1e999}', b"[" * 10_000 + b"]" * 10_000, b"null", b'"text"', b"{}"],
)
def test_a_line_that_is_no_payload_is_kept_for_quarantine(line):
    parsed = parse_block("litellm", {}, line, 1)
    assert [reject.raw for reject in parsed.rejects] == [line]


def test_a_lone_surrogate_is_written_out_and_the_record_kept():
    line = orjson.dumps(lines.litellm()).replace(b"Add 1", b"Add \\ud800 1")
    (record,) = parse_block("litellm", {}, line, 1).table.to_pylist()
    assert record["prompt"] == "Add \\u{D800} 1 and 2."


@given(st.lists(st.binary(max_size=60).filter(lambda line: b"\n" not in line), max_size=8))
def test_no_bytes_are_lost_or_raise(found):
    parsed = parse_block("litellm", {}, b"\n".join(found), 1)
    assert [reject.raw for reject in parsed.rejects] == [line for line in found if line and not line.isspace()]


@pytest.mark.parametrize("ending", ["jsonl", "jsonl.gz", "jsonl.zst"])
def test_plain_gzip_and_zstd_give_the_same(tmp_path: Path, ending: str):
    data = lines.joined([lines.litellm(number) for number in range(50)])
    packed = {"jsonl": data, "jsonl.gz": gzip.compress(data), "jsonl.zst": zstandard.compress(data)}[ending]
    path = tmp_path / f"log.{ending}"
    path.write_bytes(packed)
    (batch,) = read_exchanges(path)
    assert batch.table["record_id"].to_pylist() == [f"ex_{number}" for number in range(50)]
    assert (batch.mark.cursor, batch.mark.offset, batch.bytes_done) == (50, len(data), len(packed))


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
def test_a_cut_archive_gives_what_came_before_and_goes_on_when_mended(tmp_path: Path, pack):
    import random

    noise = random.Random(3)
    documents = [lines.litellm(n, error_str=noise.randbytes(200).hex(), error_information=None) for n in range(3000)]
    whole = pack(lines.joined(documents))
    path = tmp_path / "log.jsonl.gz"
    path.write_bytes(whole[: len(whole) // 2])
    batches = []
    with pytest.raises(Truncated):
        batches.extend(read_exchanges(path, connector="litellm"))
    got = [name for batch in batches for name in batch.table["record_id"].to_pylist()]
    assert 500 < len(got) < 3000
    path.write_bytes(whole)
    rest = list(read_exchanges(path, connector="litellm", mark=batches[-1].mark))
    assert got + [n for batch in rest for n in batch.table["record_id"].to_pylist()] == [f"ex_{n}" for n in range(3000)]


def test_a_long_line_is_digested_in_bounded_memory_and_the_rest_goes_on(tmp_path: Path):
    path = tmp_path / "log.jsonl"
    long = b'{"x": "' + b"a" * (LINE_LIMIT * 2) + b'"}'
    path.write_bytes(lines.joined([lines.litellm(1)]) + long + b"\n" + lines.joined([lines.litellm(2)]))
    batches = list(read_exchanges(path, connector="litellm"))
    assert [name for batch in batches for name in batch.table["record_id"].to_pylist()] == ["ex_1", "ex_2"]
    (reject,) = [reject for batch in batches for reject in batch.rejects]
    assert (reject.position, reject.size, len(reject.raw)) == (2, len(long), 65_536)
    assert reject.sha256 == __import__("hashlib").sha256(long).hexdigest()


def test_an_unfinished_last_line_waits(tmp_path: Path):
    path, data = tmp_path / "log.jsonl", lines.joined([lines.litellm(1), lines.litellm(2)])
    path.write_bytes(data[:-20])
    (batch,) = read_exchanges(path)
    assert batch.table.num_rows == 1 and batch.rejects == [] and "read when the file grows" in batch.notes[0]
    path.write_bytes(data)
    (rest,) = read_exchanges(path, mark=batch.mark)
    assert rest.table["record_id"].to_pylist() == ["ex_2"]


def test_a_replaced_file_is_read_again_from_its_start(tmp_path: Path):
    path = lines.write(tmp_path / "log.jsonl", [lines.litellm(1)])
    (batch,) = read_exchanges(path)
    lines.write(path, [lines.litellm(8), lines.litellm(9)])
    (again,) = read_exchanges(path, mark=batch.mark)
    assert again.table["record_id"].to_pylist() == ["ex_8", "ex_9"] and "Read again from the start" in again.notes[0]


def test_tables_of_every_format_say_the_same(tmp_path: Path):
    rows = {
        "exchange_id": ["e1", "e2", None],
        "account_id": ["a", "b", "c"],
        "ts": ["2026-03-01T00:00:00.25Z", "2026-03-01 02:00:00+02:00", "1772323200.5"],
        "prompt": ["x\x00y", "two\nlines", None],
        "status": ["200", "429", ""],
    }
    pq.write_table(pa.table(rows), tmp_path / "t.parquet")
    lines.write(
        tmp_path / "t.jsonl", [dict(zip(rows, values, strict=True)) for values in zip(*rows.values(), strict=True)]
    )
    (tmp_path / "t.csv").write_text(
        "exchange_id,account_id,ts,prompt,status\ne1,a,2026-03-01T00:00:00.25Z,x\x00y,200\n"
        'e2,b,2026-03-01 02:00:00+02:00,"two\nlines",429\n,c,1772323200.5,,\n'
    )
    found = []
    for name in ("t.parquet", "t.jsonl", "t.csv"):
        (batch,) = read_exchanges(tmp_path / name)
        assert batch.rejects == []
        found.append(batch.table.select(["ts_us", "account_id", "prompt", "status"]).to_pylist())
    assert found[0] == found[1] == found[2]
    assert [row["ts_us"] for row in found[0]] == [1772323200250000, 1772323200000000, 1772323200500000]
    assert [row["status"] for row in found[0]] == [200, 429, None]


def test_a_mapping_names_other_columns_and_a_missing_one_is_refused(tmp_path: Path):
    lines.write(tmp_path / "t.jsonl", [{"customer": "a", "ts": 1772323200, "q": "hello"}])
    settings = {"columns": {"account_id": "customer", "prompt": "q"}}
    (batch,) = read_exchanges(tmp_path / "t.jsonl", connector="table", settings=settings)
    assert batch.table.select(["account_id", "prompt"]).to_pylist() == [{"account_id": "a", "prompt": "hello"}]
    pq.write_table(pa.table({"x": [1]}), tmp_path / "t.parquet")
    with pytest.raises(InvalidInput, match="account_id"):
        list(read_exchanges(tmp_path / "t.parquet"))


def test_bad_csv_rows_are_told_apart(tmp_path: Path):
    path = tmp_path / "t.csv"
    path.write_bytes(b"account_id,ts,status\na,2026-03-01,200\nb,2026-03-01\nc\xff,2026-03-01,200\nd,9999-01-01,1.5\n")
    (batch,) = read_exchanges(path)
    assert batch.table["account_id"].to_pylist() == ["a"]
    assert [(reject.position, reject.reason.split(";")[0]) for reject in batch.rejects] == [
        (3, "the row has 2 values under 3 names"),
        (4, "the row is not UTF-8"),
        (5, "ts: 9999-01-01 is outside 2015-01-01 to 2099-12-31"),
    ]


def test_an_empty_file_has_no_batches(tmp_path: Path):
    path = tmp_path / "log.jsonl"
    path.write_bytes(b"")
    assert list(read_exchanges(path, mark=Mark())) == [] and sniff(path) == "table"


def test_a_line_of_100_mb_is_set_aside_in_bounded_memory(tmp_path):
    path = tmp_path / "a.jsonl"
    with path.open("wb") as handle:
        for _ in range(100):
            handle.write(b"a" * 1_000_000)
        handle.write(b"\n" + lines.joined([lines.litellm(1)]))
    tracemalloc.start()
    try:
        batches = list(read_exchanges(path, connector="litellm"))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    (reject,) = [reject for batch in batches for reject in batch.rejects]
    assert (reject.position, reject.size, len(reject.raw)) == (1, 100_000_000, 64 * 1024)
    assert sum(batch.table.num_rows for batch in batches) == 1
    assert peak < 4 * LINE_LIMIT
