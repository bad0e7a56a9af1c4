"""What scoring needs from an exchange, derived once when the lake takes it in: scoring never reads text again.

Skeleton: the newest user turn with everything that varies by itself masked: fenced blocks, URLs, e-mails, JSON values,
quoted passages and tokens with digits; then white space folded. Two requests of one template share the skeleton, or at
least its first or last words. Everything runs as one DuckDB statement over an Arrow batch: linear-time patterns (RE2),
SHA-256 and no other hash, since only that is the same in every version and engine.
"""

from __future__ import annotations

import ipaddress

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from traffic.schema import DERIVED, HASHES, SKELETON_CHARS, WORD_COUNTS
from traffic.tagging import RULES, folded

DERIVATION_VERSION = 1
CHUNK_ROWS = 2_048
STEP_ROWS = 8 * CHUNK_ROWS  # the statement holds its steps' texts for so many rows at once, whatever the batch
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
    made = pa.concat_tables([_make(texts.slice(start, STEP_ROWS)) for start in starts])
    columns = {name: made[name] for name in made.column_names if name not in HASHES}
    for name in HASHES:
        columns[name] = _as_int64(made[name])
    columns["ip24"] = networks(records["ip"])
    columns["derivation_version"] = pa.repeat(pa.scalar(DERIVATION_VERSION, pa.int16()), records.num_rows)
    for field in DERIVED:
        records = records.append_column(field, columns[field.name].cast(field.type))
    return records


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


def _as_int64(hashes: pa.ChunkedArray) -> pa.Array:
    """Eight big-endian bytes as a signed 64-bit integer; null stays null."""
    array = pa.concat_arrays(hashes.chunks) if hashes.num_chunks != 1 else hashes.chunk(0)
    valid = array.is_valid().to_numpy(zero_copy_only=False)
    numbers = np.zeros(len(array), dtype=np.int64)
    present = array.drop_null()
    if len(present):
        raw = pc.cast(present, pa.binary(8)).buffers()[1]
        numbers[valid] = np.frombuffer(raw, dtype=">i8", count=len(present), offset=present.offset * 8)
    return pa.array(numbers, mask=~valid)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _replace(column: str, pattern: str, by: str, needs: str) -> str:
    """A masking step that most texts skip: `needs` is a cheap test that must hold before the pattern is tried."""
    return f"CASE WHEN {needs} THEN regexp_replace({column}, {_quoted(pattern)}, {_quoted(by)}, 'g') ELSE {column} END"


def _has(column: str, *needles: str) -> str:
    return "(" + " OR ".join(f"contains({column}, {_quoted(needle)})" for needle in needles) + ")"


def _h(expression: str) -> str:
    return f"unhex(left(sha256({expression}), 16))"


def _tags(column: str) -> str:
    # one pattern a rule: all rules in one alternation outgrow RE2's state cache and take a hundred times as long
    each = " + ".join(
        f"CASE WHEN regexp_matches({column}, {_quoted(folded(rule.pattern))}) THEN {1 << rule.bit} ELSE 0 END"
        for rule in RULES
    )
    return f"CASE WHEN {column} IS NULL THEN 0 ELSE {each} END"


def _statement() -> str:
    half = TEXT_LIMIT
    steps = (
        (
            "fenced",
            (
                f"CASE WHEN length(prompt) > {2 * half} THEN left(prompt, {half}) || ' ' || right(prompt, {half}) "
                "ELSE prompt END"
            ),
        ),
        ("s1", _replace("fenced", FENCED, "<code>", _has("fenced", "```"))),
        ("s2", _replace("s1", HIDDEN, "", "strlen(s1) <> length(s1)")),
        ("s3", _replace("s2", WIDE_SPACES, " ", "strlen(s2) <> length(s2)")),
        ("s4", _replace("s3", URL, "<url>", _has("s3", "://"))),
        ("s5", _replace("s4", EMAIL, "<mail>", _has("s4", "@"))),
        ("s6", _replace("s5", JSON_VALUE, r"\1: <value>", "regexp_matches(s5, '\"\\s*:')")),
        ("s7", _replace("s6", DOUBLE_QUOTED, r"\1<text>", _has("s6", '"', "“", "«"))),
        ("s8", _replace("s7", SINGLE_QUOTED, r"\1<text>", _has("s7", "'", "‘"))),
        ("s9", f"regexp_replace(s8, {_quoted(DIGITS)}, '<n>', 'g')"),
        (
            "s10",
            "replace(" + _replace("s9", r"[\t\r\f\v]", " ", "regexp_matches(s9, '[\\t\\r\\f\\v]')") + ", chr(10), ' ')",
        ),
        ("s11", _replace("s10", "  +", " ", _has("s10", "  "))),
        ("skel", "nullif(trim(s11), '')"),
        ("words", "string_split(skel, ' ')"),
    )
    source = "texts"
    for name, expression in steps:
        source = f"(SELECT *, {expression} AS {name} FROM {source})"
    pre = ", ".join(
        f"CASE WHEN len(words) >= {n} THEN {_h(f'array_to_string(words[1:{n}], chr(32))')} END AS pre{n}"
        for n in WORD_COUNTS
    )
    suf = ", ".join(
        f"CASE WHEN len(words) >= {n} THEN {_h(f'array_to_string(words[-{n}:], chr(32))')} END AS suf{n}"
        for n in WORD_COUNTS
    )
    return f"""
        WITH systems AS (
            SELECT system_prompt, unhex(sha256(system_prompt)) AS sha, {_tags("system_prompt")} AS tags
            FROM (SELECT DISTINCT system_prompt FROM texts WHERE system_prompt <> '')
        ), made AS (
            SELECT row, system_prompt, prompt, response, account_id, skel, len(words)::INTEGER AS n_words,
                CASE WHEN prompt <> '' THEN unhex(sha256(prompt)) END AS prompt_sha256,
                CASE WHEN response <> '' THEN unhex(sha256(response)) END AS response_sha256,
                {_h("skel")} AS skeleton_h, {pre}, {suf},
                nullif(array_to_string(regexp_extract_all(fenced, {_quoted(SLOT)}), chr(31)), '') AS slot,
                coalesce({_tags("fenced")}, 0) AS prompt_tags
            FROM {source}
        )
        SELECT prompt_sha256, response_sha256, systems.sha AS system_sha256,
            prompt_sha256[1:8] AS prompt_h, systems.sha[1:8] AS system_h, skeleton_h,
            {_h("slot")} AS slot_h, {", ".join(f"{end}{n}" for end in ("pre", "suf") for n in WORD_COUNTS)},
            n_words, length(prompt)::INTEGER AS prompt_chars, length(response)::INTEGER AS response_chars,
            unhex(sha256(concat_ws(' ', {_CONTENT}, account_id))) AS content_sha256,
            prompt_tags | coalesce(systems.tags, 0) AS task_tags, left(skel, {SKELETON_CHARS}) AS skeleton
        FROM made LEFT JOIN systems USING (system_prompt) ORDER BY row
    """


# One digest of who asked what and got what, the same whichever source tells it; an empty text counts as none.
_CONTENT = ", ".join(f"coalesce(hex({name}), '-')" for name in ("prompt_sha256", "systems.sha", "response_sha256"))
_STATEMENT = _statement()
