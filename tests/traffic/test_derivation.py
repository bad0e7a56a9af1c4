"""Known answers for skeletons, digests and tags."""

from __future__ import annotations

import hashlib

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from traffic.connectors.base import records_table
from traffic.derivation import derive, networks, skeleton_of
from traffic.tagging import tag_text
from traffic.words import edge_hashes


def records(*prompts: str | None, system: str | None = None) -> pa.Table:
    return records_table(
        [
            {
                "ts_us": 1,
                "account_id": "a",
                "prompt": prompt,
                "system_prompt": system,
                "content_state": "full",
                "record_id": str(number),
                "raw_sha256": bytes(32),
                "position": number,
                "ip": "203.0.113.9",
            }
            for number, prompt in enumerate(prompts)
        ]
    )


def h64(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big", signed=True)


@pytest.mark.parametrize(
    ("prompt", "skeleton"),
    [
        ("Add 17 and 4.", "Add <n> and <n>."),
        ("I don't know if it's late.", "I don't know if it's late."),
        ("The students' books and the teachers' desk", "The students' books and the teachers' desk"),
        ("Say 'I don't know' now", "Say <text> now"),
        ('A 5" pipe and a 6" pipe', 'A <n>" pipe and a <n>" pipe'),
        ('Sum "one" and “two”', "Sum <text> and <text>"),
        ('{"name": "Ann", "n": -3.5, "ok": true}', "{name: <value>, n: <value>, ok: <value>}"),
        ("see https://a.example/x?y=1 or mail a.b@c.example", "see <url> or mail <mail>"),
        ("run\n```py\nx = 1\n```\nnow", "run <code> now"),
        ("  a \t\n b\u00a0c\u200b  ", "a b c"),
    ],
)
def test_skeletons(prompt, skeleton):
    assert skeleton_of(prompt) == skeleton


def test_hashes_are_the_first_eight_bytes_of_sha256():
    words = [f"word{'x' * n}" for n in range(9)]
    prompt = " ".join(words)
    (row,) = derive(records(prompt, system="S")).to_pylist()
    assert row["prompt_sha256"] == hashlib.sha256(prompt.encode()).digest()
    assert (row["prompt_h"], row["system_h"], row["skeleton_h"]) == (h64(prompt), h64("S"), h64(prompt))
    ends = edge_hashes(pa.array([" ".join(words[:4]), " ".join(words[-8:])]), (4, 8))[1]
    assert (row["pre4"], row["suf8"]) == (ends["pre4"][0].as_py(), ends["suf8"][1].as_py())
    assert (row["n_words"], row["pre16"], row["suf64"], row["slot_h"]) == (9, None, None, None)


def test_no_text_derives_nothing():
    for prompt in (None, "", "   "):
        (row,) = derive(records(prompt)).to_pylist()
        assert (row["skeleton_h"], row["n_words"], row["pre4"], row["task_tags"]) == (None, None, None, 0)


def test_the_same_template_shares_its_skeleton_and_not_its_slot():
    one, two = derive(records('Translate "cat" for me, job 1.', 'Translate "big dog" for me, job 22.')).to_pylist()
    assert one["skeleton_h"] == two["skeleton_h"] and one["slot_h"] != two["slot_h"]


def test_content_digest_takes_an_empty_text_for_none():
    table = records("p", "p").set_column(26, "system_prompt", pa.array([None, ""], pa.string()))
    first, second = derive(table)["content_sha256"].to_pylist()
    assert first == second


@settings(max_examples=20, deadline=None)
@given(st.lists(st.one_of(st.none(), st.text(max_size=80)), min_size=1, max_size=20), st.data())
def test_rows_keep_their_place_and_do_not_touch_each_other(prompts, data):
    prompts = [None if p is None else p.encode("utf-8", "replace").decode() for p in prompts]
    together = derive(records(*prompts))
    assert together["prompt"].to_pylist() == prompts
    place = data.draw(st.integers(0, len(prompts) - 1))
    assert together["skeleton_h"][place].as_py() == derive(records(prompts[place]))["skeleton_h"][0].as_py()


def test_networks():
    given_ips = pa.chunked_array([["203.0.113.9", "::ffff:192.0.2.7", "2001:db8:1:2::1", "nonsense", None]])
    assert networks(given_ips).to_pylist() == ["203.0.113", "192.0.2", "2001:db8:1::/48", None, None]


def test_tags_of_prompt_and_system_prompt_are_one_mask():
    asks, grades = "Think step by step.", "You are an impartial judge."
    both = derive(records(asks, None, asks, system=grades))["task_tags"].to_pylist()
    assert both == [tag_text(asks) | tag_text(grades), tag_text(grades), tag_text(asks) | tag_text(grades)]
    assert derive(records(asks))["task_tags"].to_pylist() == [tag_text(asks)]
