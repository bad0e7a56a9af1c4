"""Fields that know what must not leave by accident."""

from __future__ import annotations

import hashlib
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.masking import mask
from core.text import replace_surrogates

MASKED = {
    "type": "object",
    "required": ["masked", "length", "sha256"],
    "properties": {
        "masked": {"type": "boolean", "enum": [True]},
        "length": {"type": "integer", "description": "Characters"},
        "sha256": {"type": "string", "description": "Of the text as stored here, UTF-8"},
    },
}


@extend_schema_field(MASKED)
class MaskedText(serializers.ReadOnlyField):
    """A prompt or response as length and digest: the text itself leaves by a reveal alone."""

    def to_representation(self, value: Any) -> dict[str, Any]:
        text = value or ""
        digest = hashlib.sha256(replace_surrogates(text).encode()).hexdigest()
        return {"masked": True, "length": len(text), "sha256": digest}


class RevealedText(serializers.CharField):
    """A text that a person gave a reason to read; secrets and personal data only where the context says `unmasked`."""

    def to_representation(self, value: Any) -> str:
        text = value or ""
        return text if self.context.get("unmasked") else mask(text)


class StrictSerializer(serializers.Serializer[Any]):
    """Input that is read and never stored as given; a field that it does not name is an error, not a silence."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            unknown = sorted(set(map(str, data)) - set(self.fields))
            if unknown:
                allowed = ", ".join(name for name, field in self.fields.items() if not field.read_only)
                raise serializers.ValidationError(
                    {name: [f"There is no such field here; the fields are {allowed}."] for name in unknown}
                )
        return super().to_internal_value(data)
