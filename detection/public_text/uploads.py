"""A file that a person uploads, as a path for as long as it is read; it is not kept."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.files.uploadedfile import UploadedFile

from core.errors import InvalidInput

MOST_BYTES = 100 * 1024 * 1024


@contextmanager
def upload_path(upload: UploadedFile) -> Iterator[Path]:
    """The upload's bytes in a file of their own. Raises InvalidInput for one of more than 100 MB."""
    if (upload.size or 0) > MOST_BYTES:
        allowed = f"at most {MOST_BYTES:,} bytes; a larger one goes through the command line"
        raise InvalidInput("file", f"{upload.size:,} bytes", allowed)
    with tempfile.NamedTemporaryFile(prefix="upload-") as kept:
        for chunk in upload.chunks():
            kept.write(chunk)
        kept.flush()
        yield Path(kept.name)
