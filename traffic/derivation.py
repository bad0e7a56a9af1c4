"""What scoring needs from an exchange, derived once when the lake takes it in: scoring never reads text again.

Skeleton: the newest user turn with everything that varies by itself masked: fenced blocks, URLs, e-mails, JSON values,
quoted passages and tokens with digits; then white space folded. Two requests of one template share the skeleton, or at
least its first or last words. Everything runs as one DuckDB statement over an Arrow batch: linear-time patterns (RE2),
SHA-256 and no other hash, since only that is the same in every version and engine.
"""

from __future__ import annotations

import ipaddress
import os
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from traffic.schema import DERIVED, SHA256, SKELETON_CHARS, WORD_COUNTS
from traffic.tagging import quoted, tagging_sql
from traffic.words import edge_hashes, sha256_of

DERIVATION_VERSION = 2
CHUNK_ROWS = 2_048
STEP_ROWS = 8 * CHUNK_ROWS  # the statement holds its steps' texts for so many rows at once, whatever the batch
SEEN_SYSTEMS, SEEN_CHARS = 5_000, 20_000
_SEEN_SYSTEMS: dict[str, int] = {}
TEXT_LIMIT = 100_000  # of a longer prompt only both halves of this many characters make the skeleton

FENCED = r"(?s)```.*?(?:```|$)"
URL = r"(?i)\b(?:https?|ftp)://[^\s\"'<>]+"
EMAIL = r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
JSON_VALUE = r'"([^"\n]*)"\s*:\s*(?:"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null)'
# A quotation may run over lines but not over an empty one: a stray quote mark must not swallow the template.
DOUBLE_QUOTED = r'(^|[^\w"])"(?:[^"\n]|\n[^"\n])+"|“(?:[^”\n]|\n[^”\n])+”|«(?:[^»\n]|\n[^»\n])+»'
# An apostrophe inside a word neither opens nor closes, so that "don't ... it's" stays as it is.
SINGLE_QUOTED = r"(^|[\s(\[{:,=])['‘](?:[^'’\n]|[A-Za-z]['’][A-Za-z])+['’]\B"
DIGITS = r"\w*\d\w*(?:[.,:/%-]+\w*\d\w*)*"
HIDDEN = r"[\x{ad}\x{200b}-\x{200f}\x{202a}-\x{202e}\x{2060}-\x{2064}\x{feff}]+"
WIDE_SPACES = r"[\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}]+"
SLOT = "|".join(
    (
        r"(?s:```.*?(?:```|$))",
        r'"(?:[^"\n]|\n[^"\n])+"|“(?:[^”\n]|\n[^”\n])+”|«(?:[^»\n]|\n[^»\n])+»',
        r"(?:https?|ftp)://[^\s\"'<>]+",
        EMAIL,
        DIGITS,
    )
)


def derive(records: pa.Table) -> pa.Table:
    """The records with every derived column of `schema.DERIVED` added, row for row in the same order.

    Raises KeyError if a column of the common record that derivation reads is missing.
    """
    texts = records.select(["account_id", "prompt", "response", "system_prompt"])
    starts = range(0, max(texts.num_rows, 1), STEP_ROWS)
    # the engine works without the interpreter's lock: as many steps run at once as there are cores
    with ThreadPoolExecutor(min(len(starts), os.cpu_count() or 1), thread_name_prefix="derive") as pool:
        made = pa.concat_tables(pool.map(_derived, [texts.slice(start, STEP_ROWS) for start in starts]))
    columns = {name: made[name] for name in made.column_names}
    columns["ip24"] = networks(records["ip"])
    columns["derivation_version"] = pa.repeat(pa.scalar(DERIVATION_VERSION, pa.int16()), records.num_rows)
    for field in DERIVED:
        records = records.append_column(field, columns[field.name].cast(field.type))
    return records


def _derived(texts: pa.Table) -> pa.Table:
    """One step: what the statement gives, digests, and the numbers of first and last words."""
    made = _make(texts)
    plain = {name: made[name].combine_chunks() for name in made.column_names}
    skeletons = plain["skeleton"]
    digests = {name: sha256_of(texts[name].combine_chunks()) for name in ("prompt", "response")}
    systems = texts["system_prompt"].combine_chunks().dictionary_encode()
    places = systems.indices.fill_null(-1).to_pylist()
    each = [*sha256_of(systems.dictionary), None]
    digests["system"] = [each[place] for place in places]
    tags = np.array([*_tags_of(systems.dictionary.to_pylist()), 0], dtype=np.int32)[places]
    columns = {f"{name}_sha256": pa.array(values, SHA256) for name, values in digests.items()}
    columns["content_sha256"] = _content(digests, texts["account_id"])
    for name in ("prompt", "system"):
        columns[f"{name}_h"] = _as_int64(columns[f"{name}_sha256"])
    columns["skeleton_h"] = _as_int64(pa.array(sha256_of(skeletons), SHA256))
    columns["slot_h"] = _as_int64(pa.array(sha256_of(plain["slot"]), SHA256))
    counts, edges = edge_hashes(skeletons, WORD_COUNTS)
    columns |= edges
    columns["n_words"] = pa.array(counts, pa.int32(), mask=pc.is_null(skeletons).to_numpy(zero_copy_only=False))
    columns["skeleton"] = pc.utf8_slice_codeunits(skeletons, 0, SKELETON_CHARS)
    columns["task_tags"] = pa.array(plain["prompt_tags"].to_numpy() | tags, pa.int32())
    columns |= {name: plain[name] for name in ("prompt_chars", "response_chars")}
    return pa.table(columns)


def _tags_of(systems: list[str]) -> list[int]:
    """The masks of distinct system prompts. They come again batch after batch, so that each is read once a process."""
    fresh = [text for text in systems if text not in _SEEN_SYSTEMS]
    if fresh:
        with duckdb.connect() as engine:
            engine.register("systems", pa.table({"text": pa.array(fresh, pa.string())}))
            masks = (
                engine.sql(f"SELECT {tagging_sql('text')} AS mask FROM systems").to_arrow_table()["mask"].to_pylist()
            )
        found = dict(zip(fresh, masks, strict=True))
    else:
        found = {}
    answer = [found[text] if text in found else _SEEN_SYSTEMS[text] for text in systems]
    if len(_SEEN_SYSTEMS) + len(found) <= SEEN_SYSTEMS:
        _SEEN_SYSTEMS.update({text: mask for text, mask in found.items() if len(text) <= SEEN_CHARS})
    return answer


def _content(digests: dict[str, list[bytes | None]], accounts: pa.ChunkedArray) -> pa.Array:
    """One digest of who asked what and got what, the same whichever source tells it; an empty text counts as none."""
    prompts, systems, responses = (
        [value.hex().upper() if value else "-" for value in digests[name]] for name in ("prompt", "system", "response")
    )
    rows = zip(prompts, systems, responses, accounts.to_pylist(), strict=True)
    return pa.array([sha256(" ".join(row).encode()).digest() for row in rows], SHA256)


def skeleton_of(prompt: str) -> str | None:
    """The skeleton of one prompt, for pages and tests.

    >>> skeleton_of('Translate "good day" (id 4711) for  https://example.org/x')
    'Translate <text> (id <n>) for <url>'
    """
    empty = pa.nulls(1, pa.string())
    texts = pa.table({"account_id": [""], "prompt": [prompt], "response": empty, "system_prompt": empty})
    return _make(texts)["skeleton"][0].as_py()


def _make(texts: pa.Table) -> pa.Table:
    """Run the statement; DuckDB spreads an Arrow table over threads by its chunks, so it gets small ones."""
    numbered = texts.append_column("row", pa.array(np.arange(texts.num_rows)))
    chunks = numbered.combine_chunks().to_batches(max_chunksize=CHUNK_ROWS)
    with duckdb.connect() as engine:
        engine.execute("SET threads = 1")
        engine.register("texts", pa.Table.from_batches(chunks, numbered.schema))
        return engine.sql(_STATEMENT).to_arrow_table()


def networks(ips: pa.ChunkedArray) -> pa.ChunkedArray:
    """The /24 of each IPv4 address as `a.b.c` and the /48 of each IPv6 address; null where there is no address."""
    encoded = pc.dictionary_encode(ips).combine_chunks()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = pa.concat_arrays(encoded.chunks)
    names = pa.array([_network(ip) for ip in encoded.dictionary.to_pylist()], pa.string())
    return pa.chunked_array([names.take(encoded.indices)])


def _network(ip: str) -> str | None:
    try:
        address = ipaddress.ip_address(ip.strip())
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if isinstance(address, ipaddress.IPv4Address):
        return str(address).rsplit(".", 1)[0]
    return str(ipaddress.ip_network((int(address) >> 80 << 80, 48)))


def _as_int64(digests: pa.Array) -> pa.Array:
    """The first eight bytes, big-endian, as a signed 64-bit integer; null stays null."""
    missing = digests.is_null().to_numpy(zero_copy_only=False)
    raw = np.frombuffer(digests.fill_null(bytes(32)).buffers()[1], dtype=">i8").reshape(-1, 4)
    return pa.array(raw[:, 0].astype(np.int64), mask=missing)


def _replace(column: str, pattern: str, by: str, needs: str) -> str:
    """A masking step that most texts skip: `needs` is a cheap test that must hold before the pattern is tried."""
    return f"CASE WHEN {needs} THEN regexp_replace({column}, {quoted(pattern)}, {quoted(by)}, 'g') ELSE {column} END"


def _has(column: str, *needles: str) -> str:
    return "(" + " OR ".join(f"contains({column}, {quoted(needle)})" for needle in needles) + ")"


def _statement() -> str:
    half = TEXT_LIMIT
    quote, blanks = "'", ("\t", "\r", "\f", "\v")
    opening = [f"{before}{quote}" for before in " \n([{:,="] + ["‘"]
    single = f"{_has('s7', quote, '‘')} AND ({_has('s7', *opening)} OR starts_with(s7, {quoted(quote)}))"
    long = f"left(prompt, {half}) || ' ' || right(prompt, {half})"
    steps = (
        ("fenced", f"CASE WHEN length(prompt) > {2 * half} THEN {long} ELSE prompt END"),
        ("s1", _replace("fenced", FENCED, "<code>", _has("fenced", "```"))),
        ("s2", _replace("s1", HIDDEN, "", "strlen(s1) <> length(s1)")),
        ("s3", _replace("s2", WIDE_SPACES, " ", "strlen(s2) <> length(s2)")),
        # every other blank first: what opens a quotation is then found by plain search
        ("s4", _replace("s3", r"[\t\r\f\v]", " ", _has("s3", *blanks))),
        ("s5", _replace("s4", URL, "<url>", _has("s4", "://"))),
        ("s6", _replace("s5", EMAIL, "<mail>", _has("s5", "@"))),
        ("json", _replace("s6", JSON_VALUE, r"\1: <value>", "contains(s6, '\"') AND regexp_matches(s6, '\"\\s*:')")),
        ("s7", _replace("json", DOUBLE_QUOTED, r"\1<text>", _has("json", '"', "“", "«"))),
        ("s8", _replace("s7", SINGLE_QUOTED, r"\1<text>", single)),
        ("s9", f"replace(regexp_replace(s8, {quoted(DIGITS)}, '<n>', 'g'), chr(10), ' ')"),
        ("s10", _replace("s9", "  +", " ", _has("s9", "  "))),
        ("skel", "nullif(trim(s10), '')"),
    )
    source = "texts"
    for name, expression in steps:
        source = f"(SELECT *, {expression} AS {name} FROM {source})"
    return f"""
        SELECT skel AS skeleton, length(prompt)::INTEGER AS prompt_chars, length(response)::INTEGER AS response_chars,
            nullif(array_to_string(regexp_extract_all(fenced, {quoted(SLOT)}), chr(31)), '') AS slot,
            {tagging_sql("fenced")} AS prompt_tags
        FROM {source} ORDER BY row
    """


_STATEMENT = _statement()
