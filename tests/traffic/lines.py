"""Small hand-written gateway lines for the tests of this folder."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import orjson

START = 1_772_398_649.442117


def litellm(number: int = 1, **changes: Any) -> dict[str, Any]:
    """One StandardLoggingPayload."""
    line = {
        "id": f"ex_{number}",
        "trace_id": f"ex_{number}",
        "call_type": "acompletion",
        "stream": False,
        "status": "success",
        "startTime": START + number,
        "model": "quartz-2",
        "model_group": "quartz",
        "api_base": "https://api.quartz.example/v1/chat/completions",
        "prompt_tokens": 14,
        "completion_tokens": 26,
        "response_cost": 0.0002,
        "metadata": {"user_api_key_hash": "k1", "user_api_key_user_id": f"acct_{number % 7}"},
        "requester_ip_address": "198.51.100.7",
        "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": f"Add {number} and 2."}],
        "response": {"choices": [{"message": {"role": "assistant", "content": "It is done."}}]},
        "model_parameters": {"temperature": 0.0},
    }
    return {**line, **changes}


def otel(number: int = 1, **changes: Any) -> dict[str, Any]:
    """The same exchange as an OTLP span."""
    attributes = {
        "gen_ai.response.id": f"ex_{number}",
        "gen_ai.request.model": "quartz",
        "gen_ai.response.model": "quartz-2",
        "gen_ai.usage.input_tokens": 14,
        "gen_ai.usage.output_tokens": 26,
        "gen_ai.system_instructions": '[{"type": "text", "content": "Be brief."}]',
        "gen_ai.input.messages": orjson.dumps(
            [{"role": "user", "parts": [{"type": "text", "content": f"Add {number} and 2."}]}]
        ).decode(),
        "gen_ai.output.messages": '[{"role": "assistant", "parts": [{"type": "text", "content": "It is done."}]}]',
        "user.id": f"acct_{number % 7}",
        **changes,
    }
    given = [
        {"key": key, "value": {"stringValue": value} if isinstance(value, str) else {"intValue": str(value)}}
        for key, value in attributes.items()
        if value is not None
    ]
    nanoseconds = round((START + number) * 1_000_000) * 1_000 + 417
    return {
        "traceId": "t1",
        "spanId": f"s{number}",
        "startTimeUnixNano": str(nanoseconds),
        "status": {"code": 1},
        "attributes": given,
    }


def joined(documents: list[dict[str, Any]]) -> bytes:
    """Documents as lines."""
    return b"".join(orjson.dumps(document) + b"\n" for document in documents)


def write(path: Path, documents: list[dict[str, Any]]) -> Path:
    """Documents as a file of lines, compressed if its name says so."""
    data = joined(documents)
    path.write_bytes(gzip.compress(data, mtime=0) if path.suffix == ".gz" else data)
    return path
