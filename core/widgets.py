"""Fields of forms as the desk reads them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms


class Lines(forms.Widget):
    """Several lines of a person's text, kept with one character at the end of each.

    Browsers send two, of which the desk would show one as hidden and customers would be sent both.
    """

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> Any:
        given = super().value_from_datadict(data, files, name)
        return given.replace("\r\n", "\n") if isinstance(given, str) else given


class Textarea(Lines, forms.Textarea):
    """A field of several lines."""
