"""Token counts and costs that fit the text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from zlib import crc32

from traffic.demo.world import PRICES_USD, REASON, Exchange

CHARS_PER_TOKEN = 4.1
OVERHEAD = 4  # tokens that a chat format adds to each message


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one exchange and what they cost at list price."""

    input_tokens: int
    output_tokens: int
    cached_tokens: int
    reasoning_tokens: int
    input_usd: float
    output_usd: float


def count(text: str | None) -> int:
    """Tokens of a text: about four characters each in alphabetic scripts, one each in Chinese and Japanese."""
    if not text:
        return 0
    size = len(text)
    if text.isascii():
        return max(1, round(size / CHARS_PER_TOKEN))
    wide = sum(1 for char in text if char > "\u2e7f")
    return max(1, round(wide * 0.9 + (size - wide) / CHARS_PER_TOKEN))


def _history(history: Sequence[tuple[str, str]]) -> int:
    return sum(count(text) + OVERHEAD for _role, text in history)


def usage(exchange: Exchange) -> Usage:
    """What the gateway counts for this exchange; a refused or failed one counts nothing."""
    if exchange.status != 200:
        return Usage(0, 0, 0, 0, 0.0, 0.0)
    system = count(exchange.system_prompt)
    context = system + _history(exchange.history)
    given = context + count(exchange.prompt) + OVERHEAD
    shown = count(exchange.response)
    if exchange.max_tokens is not None:
        shown = min(shown, exchange.max_tokens)
    thought = 0
    if exchange.model == REASON:
        thought = 40 + shown * (1 + crc32(exchange.exchange_id.encode()) % 4)
    cached = context // 128 * 128 if context >= 256 else 0
    in_price, out_price, cached_price = PRICES_USD[exchange.model]
    return Usage(
        given,
        shown + thought,
        cached,
        thought,
        round(((given - cached) * in_price + cached * cached_price) / 1e6, 8),
        round((shown + thought) * out_price / 1e6, 8),
    )
