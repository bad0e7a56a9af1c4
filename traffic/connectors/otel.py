"""OpenTelemetry GenAI: OTLP JSON lines, spans and inference events, inside the envelope or one a line.

The conventions are still moving, so every attribute is looked up under its present name first and its former ones after.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from traffic.connectors.base import (
    INT16,
    RejectedRecord,
    flag,
    mapping,
    nanoseconds_to_us,
    number,
    shown,
    text_of,
    whole,
)
from traffic.connectors.messages import read_turns, response_text

EVENT = "gen_ai.client.inference.operation.details"
ACCOUNT = ("user.id", "enduser.id", "enduser.pseudo.id", "user.hash", "user.email")
SESSION = ("gen_ai.conversation.id", "session.id")
MODEL = ("gen_ai.response.model", "gen_ai.request.model")
INPUT_TOKENS = ("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens")
OUTPUT_TOKENS = ("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens")
INPUT = ("gen_ai.input.messages", "gen_ai.prompt")
OUTPUT = ("gen_ai.output.messages", "gen_ai.completion")
OPERATIONS = frozenset({"chat", "generate_content", "text_completion", "invoke_agent", "embeddings"})


class OpenTelemetry:
    """There is no GenAI attribute for the account: it is `user.id`, else `enduser.id` and its kin."""

    name = "otel"
    version = 1

    def records(self, document: Any, settings: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        if type(document) is not dict:
            raise RejectedRecord("the line is not a JSON object")
        if "resourceSpans" in document or "resourceLogs" in document:
            for item, resource in _unpacked(document):
                if _is_exchange(item):
                    yield _record(item, resource)
        elif "attributes" in document:
            yield _record(document, {})
        else:
            raise RejectedRecord("the line holds neither resourceSpans nor resourceLogs nor attributes")


def _unpacked(document: dict[str, Any]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Spans and log records out of the OTLP envelope, each with its resource's attributes."""
    for outer, inner, leaf in (
        ("resourceSpans", "scopeSpans", "spans"),
        ("resourceLogs", "scopeLogs", "logRecords"),
    ):
        for group in _items(document, outer):
            resource = attributes(mapping(group.get("resource"), "resource").get("attributes"))
            for scope in _items(group, inner):
                for item in _items(scope, leaf):
                    yield item, resource


def _items(holder: dict[str, Any], name: str) -> list[dict[str, Any]]:
    found = holder.get(name) or []
    if type(found) is not list or not all(type(item) is dict for item in found):
        raise RejectedRecord(f"{name}: {shown(found)} is not a list of objects")
    return found


def _is_exchange(item: dict[str, Any]) -> bool:
    """Envelopes also carry spans that are no model call; those are passed over, not rejected."""
    if item.get("eventName") == EVENT:
        return True
    keys = {entry.get("key") for entry in item.get("attributes") or () if type(entry) is dict}
    return bool(keys & {"gen_ai.operation.name", "gen_ai.request.model", "gen_ai.system", "gen_ai.provider.name"})


def attributes(entries: Any) -> dict[str, Any]:
    """OTLP key-value entries, or a plain object, as a dict of plain values."""
    if entries is None:
        return {}
    if type(entries) is dict:
        return entries
    if type(entries) is not list:
        raise RejectedRecord(f"attributes: {shown(entries)} is neither a list nor an object")
    try:
        return {entry["key"]: _value(entry.get("value")) for entry in entries}
    except (TypeError, KeyError, AttributeError):
        raise RejectedRecord(f"attributes: {shown(entries)} are not key and value") from None


def _value(value: Any) -> Any:
    if type(value) is not dict or len(value) != 1:
        return value
    ((kind, inner),) = value.items()
    if kind == "intValue":
        return whole_or_text(inner)
    if kind == "arrayValue":
        return [_value(item) for item in mapping(inner, kind).get("values") or ()]
    if kind == "kvlistValue":
        return attributes(mapping(inner, kind).get("values"))
    return inner if kind in ("stringValue", "doubleValue", "boolValue", "bytesValue") else value


def whole_or_text(value: Any) -> Any:
    """OTLP writes 64-bit integers as text."""
    return int(value) if type(value) is str and len(value) < 20 and value.lstrip("-").isdecimal() else value


def _record(item: dict[str, Any], resource: dict[str, Any]) -> dict[str, Any]:
    own = attributes(item.get("attributes"))
    for event in item.get("events") or ():
        if type(event) is dict and str(event.get("name", "")).startswith("gen_ai."):
            own = {**attributes(event.get("attributes")), **own}
    body = item.get("body")
    if type(body) is dict:
        found = _value(body)
        own = {**(found if type(found) is dict else {}), **own}

    def get(*names: str) -> Any:
        return next((own[name] for name in names if own.get(name) is not None), None)

    account = get(*ACCOUNT) or next((resource[name] for name in ACCOUNT if resource.get(name)), None)
    if account is None:
        raise RejectedRecord(f"attributes: none of {', '.join(ACCOUNT)} names an account")
    turns, system = read_turns(_content(get(*INPUT)), INPUT[0]), get("gen_ai.system_instructions")
    answer = response_text(_content(get(*OUTPUT)), OUTPUT[0])
    record_id = text_of(get("gen_ai.response.id"), "gen_ai.response.id") or text_of(item.get("spanId"), "spanId")
    session = text_of(get(*SESSION), SESSION[0])
    status = whole(get("http.response.status_code", "http.status_code"), "http.response.status_code", 999)
    started = item.get("startTimeUnixNano") or item.get("timeUnixNano") or item.get("observedTimeUnixNano")
    return {
        "ts_us": nanoseconds_to_us(started, "startTimeUnixNano"),
        "account_id": text_of(account if type(account) is str else str(account), "user.id"),
        "org_ref": text_of(get("organization.id", "gen_ai.organization.id"), "organization.id"),
        "session_ref": session if session != record_id else None,
        "trace_ref": text_of(item.get("traceId"), "traceId"),
        "model": text_of(get(*MODEL), MODEL[0]),
        "model_requested": text_of(get("gen_ai.request.model"), "gen_ai.request.model"),
        "endpoint": text_of(get("url.path", "http.route", "http.target"), "url.path"),
        "operation": text_of(get("gen_ai.operation.name"), "gen_ai.operation.name"),
        "n_input_tokens": whole(get(*INPUT_TOKENS), INPUT_TOKENS[0]),
        "n_output_tokens": whole(get(*OUTPUT_TOKENS), OUTPUT_TOKENS[0]),
        "cached_input_tokens": whole(get("gen_ai.usage.cache_read.input_tokens"), "cache_read.input_tokens"),
        "reasoning_tokens": whole(get("gen_ai.usage.reasoning.output_tokens"), "reasoning.output_tokens"),
        "max_tokens": whole(get("gen_ai.request.max_tokens"), "gen_ai.request.max_tokens"),
        "temperature": number(get("gen_ai.request.temperature"), "gen_ai.request.temperature"),
        "stream": flag(get("gen_ai.request.stream"), "gen_ai.request.stream"),
        "status": status if status is not None else _span_status(item),
        "error_class": text_of(get("error.type"), "error.type"),
        "ip": text_of(get("client.address", "http.client_ip"), "client.address"),
        "country": text_of(get("geo.country.iso_code", "client.geo.country_iso_code"), "geo.country.iso_code"),
        "user_agent": text_of(get("user_agent.original", "http.user_agent"), "user_agent.original"),
        "prompt": turns.prompt,
        "response": answer,
        "system_prompt": _system(system) if system is not None else turns.system,
        "history_turns": min(turns.history, INT16),
        "content_state": "full" if turns.prompt or answer else "absent",
        "record_id": record_id,
    }


def _span_status(item: dict[str, Any]) -> int | None:
    """A span that says OK was answered; an error without an HTTP status stays unknown."""
    code = mapping(item.get("status"), "status").get("code")
    return 200 if code in (1, "STATUS_CODE_OK") else None


def _content(value: Any) -> Any:
    """Messages: structured on events, a JSON text on spans, a bare text in old exporters."""
    if type(value) is str and value[:1] in "[{":
        try:
            return orjson.loads(value)
        except orjson.JSONDecodeError:
            return value
    return value


def _system(value: Any) -> str | None:
    found = _content(value)
    return read_turns([{"role": "system", "content": found}], "gen_ai.system_instructions").system
