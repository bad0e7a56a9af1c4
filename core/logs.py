"""One event, one line: nothing that a log source wrote can forge a second line or move a terminal's cursor."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

from core.text import visible


class LineFormatter(logging.Formatter):
    """UTC time, level, logger, message; control and bidi characters written out, line breaks too."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        text = record.getMessage()
        if record.exc_info:
            text = f"{text}\n{self.formatException(record.exc_info)}"
        body = visible(text).replace("\t", "\\t").replace("\n", "\\n")
        return f"{at} {record.levelname:<7} {record.name} {body}"
