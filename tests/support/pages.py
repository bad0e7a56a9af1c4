"""Pages as a browser shows them."""

from __future__ import annotations

import re
from typing import Any

from django.test import Client

AS_IT_IS = re.compile(r"(<(pre|textarea|script)\b.*?</\2>)", re.DOTALL)


class Reader(Client):
    """A client for which, as in a browser, a page's line ends and indents are one space between words."""

    def request(self, **request: Any) -> Any:
        response = super().request(**request)
        if not response.streaming and response.get("Content-Type", "").startswith("text/html"):
            parts = AS_IT_IS.split(response.content.decode())
            # of each three: what collapses, what stays, and the name of the element that stays
            kept = [re.sub(r"\s+", " ", part) if n % 3 == 0 else part for n, part in enumerate(parts) if n % 3 < 2]
            response.content = "".join(kept)
        return response
