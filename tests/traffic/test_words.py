"""Numbers of words and of runs of words: equal exactly where the words are, and the same for ever."""

from __future__ import annotations

import hashlib

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from traffic import words
from traffic.words import edge_hashes, sha256_of, words_of

PRE_ONE, PRE_TWO, SUF_TWO = 3234452686024706425, 3251360054383262004, 2878173844384133055
TEXTS = st.lists(st.one_of(st.none(), st.lists(st.sampled_from(["a", "b", "ab", "é", "中文", "a\n"]), max_size=9)))


def joined(texts: list[list[str] | None]) -> pa.Array:
    return pa.array([None if each is None else " ".join(each) for each in texts], pa.string())


def test_the_numbers_are_pinned():
    counts, ends = edge_hashes(pa.array(["one two three four", "五 words here at last"]), (4,))
    assert counts.tolist() == [4, 5]
    assert ends["pre4"].to_pylist() == [PRE_ONE, PRE_TWO]
    assert ends["suf4"].to_pylist() == [PRE_ONE, SUF_TWO]


@settings(max_examples=60, deadline=None)
@given(TEXTS)
def test_first_and_last_words_are_equal_exactly_where_the_words_are(texts):
    counts, ends = edge_hashes(joined(texts), (1, 2, 4))
    assert counts.tolist() == [len(each or []) for each in texts]
    for n in (1, 2, 4):
        meaning: dict[int, tuple[str, ...]] = {}
        for text, first, last in zip(texts, ends[f"pre{n}"].to_pylist(), ends[f"suf{n}"].to_pylist(), strict=True):
            if len(text or []) < n:
                assert first is None and last is None
                continue
            for number, run in ((first, tuple(text[:n])), (last, tuple(text[-n:]))):
                assert meaning.setdefault(number, run) == run
        assert len(set(meaning.values())) == len(meaning)


def test_where_a_part_ends_changes_nothing(monkeypatch):
    texts = pa.array([f"word{n % 7} of text {n} and its end {n % 3}" * (n % 4) for n in range(500)])
    whole = edge_hashes(texts, (4, 8))
    monkeypatch.setattr(words, "PART_BYTES", 100)
    counts, ends = edge_hashes(texts, (4, 8))
    assert counts.tolist() == whole[0].tolist()
    assert {name: each.to_pylist() for name, each in ends.items()} == {n: e.to_pylist() for n, e in whole[1].items()}


def test_a_slice_has_the_numbers_of_its_own_texts():
    texts = pa.array(["x y", "one two three four five", "", "one two three four"])
    assert words_of(texts.slice(1)).counts.tolist() == [5, 0, 4]
    assert edge_hashes(texts.slice(3), (4,))[1]["pre4"].to_pylist() == [PRE_ONE]
    assert edge_hashes(pa.array([], pa.string()), (4,))[0].tolist() == []


def test_digests_are_sha256():
    found = sha256_of(pa.array(["", None, "é", "abc"]).slice(1))
    assert found == [None, hashlib.sha256("é".encode()).digest(), hashlib.sha256(b"abc").digest()]


def test_two_texts_never_share_their_end_by_a_missing_boundary():
    one, two = words_of(pa.array(["a b", "c"])), words_of(pa.array(["a", "b c"]))
    assert one.numbers.tolist() == two.numbers.tolist()
    assert (one.counts.tolist(), two.counts.tolist()) == ([2, 1], [1, 2])
