"""Near-duplicates among distinct skeletons: who says nearly the same without sharing an opening, an ending or the whole.

Two skeletons are near when the Jaccard similarity of their three-word runs is estimated at 0.28 or more, that is, when
about 44 % of each one's runs stand in the other too. Two texts that each reword one word in ten of a third keep 0.36 with
each other and 0.57 with it (a run survives when its three words do: 0.81^3 = 0.53, 0.9^3 = 0.73); unrelated texts share
next to none. Estimated by MinHash (Broder 1997; R-MinHash of rensa, 64 values), candidates by LSH banding (Indyk and
Motwani 1998), each pair verified on all 64 values. Groups are connected pairs, but a chain of small changes must not join
what has nothing in common: every member shares at least 0.19 with the group's representative, or leaves and is grouped
again with the others that left. Languages written without spaces are read by characters. No null hypothesis stands here:
grouping forms units, it confirms nothing.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from rensa import RMinHash
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from traffic.words import Words, words_of

SKETCH_VERSION = 1
RUN = 3
MIN_WORDS = 8
VALUES, SEED = 64, 11
ROWS, SHUFFLES = 3, 2
NEAR, LOOSE = 18, 12  # of the 64 values: 0.28 between two of a pair, 0.19 between a member and the representative
ROUNDS = 8
STEP = 20_000
PAIRS_AT_ONCE = 200_000

# Written without spaces between words, as RE2 names the scripts.
UNSPACED = r"([\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}])"

MAP = pa.schema(
    [
        pa.field("skeleton_h", pa.int64(), nullable=False),
        pa.field("near_h", pa.int64()),
        pa.field("sim12", pa.int16()),
        pa.field("sketch", pa.int64()),
    ]
)
SKETCHES = pa.schema(
    [
        pa.field("skeleton_h", pa.int64(), nullable=False),
        pa.field("sim12", pa.int16()),
        pa.field("sketch", pa.int64()),
        pa.field("signature", pa.binary(2 * VALUES)),
    ]
)


def _fold() -> NDArray[np.uint8]:
    """ASCII without case and punctuation; the marks of masked slots (`<n>`) stay words of their own."""
    table = np.arange(256, dtype=np.uint8)
    table[65:91] += 32
    kept = [*range(48, 58), *range(65, 91), *range(97, 123), ord("<"), ord(">"), ord("'")]
    table[[place for place in range(128) if place not in kept]] = 32
    return table


FOLD = _fold()


def _bands() -> list[NDArray[np.int64]]:
    """Triples of values; two ways of cutting the 64 into triples find 0.87 of the pairs at 0.36, one way 0.63."""
    draw = np.random.default_rng(SEED)
    return [
        part for _ in range(SHUFFLES) for part in draw.permutation(VALUES)[: VALUES // ROWS * ROWS].reshape(-1, ROWS)
    ]


BANDS = _bands()


def near_duplicates(skeletons: pa.Table) -> pa.Table:
    """The map of distinct skeletons (columns skeleton_h, skeleton): skeleton_h, near_h, sim12, sketch, by skeleton_h.

    near_h: smallest skeleton_h of the group, null when alone or under eight words. sim12: SimHash of the words in 12 bits
    (Charikar 2002), for task buckets; null without a word. sketch: the low four bits of sixteen MinHash values, the first
    in the lowest place; null under three words. The order of the rows changes nothing.
    """
    return group(sketch(skeletons))


# --- Sketches: once for each skeleton -----------------------------------------------------------------------------------


def sketch(skeletons: pa.Table) -> pa.Table:
    """The columns of SKETCHES, one row for each distinct skeleton, by skeleton_h."""
    hashes = skeletons["skeleton_h"].combine_chunks().to_numpy()
    distinct, first = np.unique(hashes, return_index=True)
    texts = skeletons["skeleton"].take(pa.array(first)).combine_chunks()
    parts = [_sketched(distinct[at : at + STEP], texts.slice(at, STEP)) for at in range(0, len(distinct), STEP)]
    return pa.concat_tables(parts) if parts else SKETCHES.empty_table()


def _sketched(hashes: NDArray[np.int64], texts: pa.Array) -> pa.Table:
    words = words_of(_spaced(texts), FOLD)
    counts = words.counts
    signatures = np.zeros((len(hashes), VALUES), dtype=np.uint16)
    long_enough = np.flatnonzero(counts >= RUN)
    if len(long_enough):
        signatures[long_enough] = _minhash(words, long_enough)
    shown = signatures[:, :16].astype(np.uint64) & np.uint64(15)
    packed = np.bitwise_or.reduce(shown << (np.arange(16, dtype=np.uint64) * np.uint64(4)), axis=1).view(np.int64)
    raw = pa.FixedSizeBinaryArray.from_buffers(
        pa.binary(2 * VALUES), len(hashes), [None, pa.py_buffer(signatures.astype("<u2").tobytes())]
    )
    short = pa.array(counts < MIN_WORDS)
    columns = [
        pa.array(hashes),
        pa.array(_simhash(words), pa.int16(), mask=counts == 0),
        pa.array(packed, mask=counts < RUN),
        pc.if_else(short, pa.scalar(None, raw.type), raw),
    ]
    return pa.table(columns, schema=SKETCHES)


def _spaced(texts: pa.Array) -> pa.Array:
    """Lower case, and every character of a script without spaces as a word of its own."""
    wide = pc.greater(pc.binary_length(texts), pc.utf8_length(texts)).fill_null(False)
    if not pc.any(wide).as_py():
        return texts
    changed = pc.replace_substring_regex(pc.utf8_lower(texts.filter(wide)), UNSPACED, r" \1 ")
    return pc.replace_with_mask(texts, wide, changed)


def _minhash(words: Words, rows: NDArray[np.int64]) -> NDArray[np.uint16]:
    """The 64 MinHash values of each text's runs of three words, cut to 16 bits; repeated runs count once by nature."""
    counts = words.counts[rows] - (RUN - 1)
    offsets = np.concatenate([[0], np.cumsum(counts)])
    firsts = np.arange(offsets[-1]) + np.repeat(words.starts[rows] - offsets[:-1], counts)
    matrix = RMinHash.digest_matrix_from_flat_token_hashes(
        words.runs(firsts, RUN), offsets.astype(np.uint64), VALUES, SEED
    )
    return np.array(matrix.to_rows(), dtype=np.uint32).astype(np.uint16)


def _simhash(words: Words) -> NDArray[np.int16]:
    """Bit by bit what most words of a text have; a tie is 0."""
    found = np.zeros(len(words.counts), dtype=np.int16)
    for bit in range(12):
        ones = np.concatenate([[0], np.cumsum((words.numbers >> np.uint64(bit + 40)) & np.uint64(1))]).astype(np.int64)
        more = 2 * (ones[words.starts[1:]] - ones[words.starts[:-1]]) > words.counts
        found |= more.astype(np.int16) << bit
    return found


# --- Groups: over all skeletons -----------------------------------------------------------------------------------------


def group(sketches: pa.Table) -> pa.Table:
    """The map over all sketches, however many updates brought them: near_h beside what each sketch has."""
    sketches = sketches.take(pc.sort_indices(sketches["skeleton_h"]))
    hashes = sketches["skeleton_h"].to_numpy()
    raw = sketches["signature"].combine_chunks()
    rows = np.flatnonzero(raw.is_valid().to_numpy(zero_copy_only=False))
    near = np.full(len(hashes), -1, dtype=np.int64)
    if len(rows):
        kept = raw.drop_null()
        values = np.frombuffer(
            kept.buffers()[1], dtype="<u2", count=len(kept) * VALUES, offset=kept.offset * 2 * VALUES
        )
        heads = representatives(values.reshape(-1, VALUES))
        near[rows] = np.where(heads >= 0, rows[heads], -1)
    column = pa.array(np.where(near >= 0, hashes[near], 0) if len(hashes) else near, pa.int64(), mask=near < 0)
    return pa.table([sketches["skeleton_h"], column, sketches["sim12"], sketches["sketch"]], schema=MAP)


def representatives(signatures: NDArray[np.uint16]) -> NDArray[np.int64]:
    """For each row of 64 values the first row of its group, -1 when it is alone."""
    heads = np.full(len(signatures), -1, dtype=np.int64)
    left = np.arange(len(signatures))
    for _ in range(ROUNDS):
        if len(left) < 2:
            break
        part = signatures[left]
        first = _connected(part)
        stays = _common(part, np.arange(len(part)), first) >= LOOSE
        sizes = np.bincount(first[stays], minlength=len(part))
        grouped = stays & (sizes[first] > 1)
        heads[left[grouped]] = left[first[grouped]]
        left = left[~stays]
    return heads


def _connected(signatures: NDArray[np.uint16]) -> NDArray[np.int64]:
    """The first row of each row's connected component of verified pairs.

    In a block of rows with equal band values each is compared with the block's first and with its neighbour only, so that
    the work grows with the rows and not with the square of the largest block.
    """
    count = len(signatures)
    first = np.arange(count)
    for band in BANDS:
        places = [signatures[:, at].astype(np.uint64) << np.uint64(16 * row) for row, at in enumerate(band)]
        keys = np.bitwise_or.reduce(places)
        order = np.argsort(keys, kind="stable")
        ordered = keys[order]
        opens = np.append(True, ordered[1:] != ordered[:-1])
        block = order[np.maximum.accumulate(np.where(opens, np.arange(count), 0))]
        others = np.flatnonzero(~opens)
        a = np.concatenate([block[others], order[others - 1]])
        b = np.concatenate([order[others], order[others]])
        apart = first[a] != first[b]
        a, b = a[apart], b[apart]
        good = _common(signatures, a, b) >= NEAR
        if good.any():
            first = _joined(first, a[good], b[good])
    return first


def _joined(first: NDArray[np.int64], a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.int64]:
    count = len(first)
    edges = coo_array((np.ones(len(a), dtype=np.int8), (first[a], first[b])), shape=(count, count))
    _, labels = connected_components(edges, directed=False)
    # labels count up with the first row that has each, so that the first of a label is its smallest row
    _, smallest = np.unique(labels, return_index=True)
    return smallest[labels][first]


def _common(signatures: NDArray[np.uint16], a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[Any]:
    """How many of the 64 values two rows have in common, for pairs of rows."""
    found = np.zeros(len(a), dtype=np.int16)
    for at in range(0, len(a), PAIRS_AT_ONCE):
        here = slice(at, at + PAIRS_AT_ONCE)
        found[here] = (signatures[a[here]] == signatures[b[here]]).sum(axis=1)
    return found
