"""Readings of the lake that a page shows again and again, kept while all that they were made from is the same.

A reading is named by a digest of the files it reads, by their content, and of everything else that goes into it. Whatever
changes (late exchanges, an erasure, a member, a run, an act) changes the digest, so nothing kept can be out of date.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from core.canonical import digest
from traffic.enums import FileKind
from traffic.lake import visible_files
from traffic.models import LakeFile, LakeReading


def kept_reading(
    *,
    about: str,
    version: int,
    start: datetime | None,
    end: datetime | None,
    inputs: object,
    read: Callable[[], Any],
) -> Any:
    """What `read` makes of the exchanges from `start` up to but not including `end`, as JSON gives it back; read once.

    `about` names the reading (one row is kept of each), `version` the code that makes it, `inputs` all that it depends on
    besides the lake. Two queries where it is kept.
    """
    files = {file.pk: file.sha256 for file in visible_files(FileKind.EXCHANGES, start=start, end=end)}
    bounds = [moment.isoformat() if moment else None for moment in (start, end)]
    key = digest([version, bounds, sorted(files.items()), inputs])
    known = LakeReading.objects.filter(about=about, key=key).values_list("result", flat=True).first()
    if known is not None:
        return json.loads(known)
    result = json.dumps(read())
    _keep(about, key, result, files)
    return json.loads(result)


@transaction.atomic
def _keep(about: str, key: str, result: str, files: dict[int, str]) -> None:
    """Keep it, unless a file was erased from meanwhile: locked, they stay as they are until this commits.

    A case file reads in a snapshot that cannot write: there nothing is kept.
    """
    with connection.cursor() as cursor:
        cursor.execute("SHOW transaction_read_only")
        if cursor.fetchone() == ("on",):
            return
    rows = LakeFile.objects.select_for_update(skip_locked=True, no_key=True).filter(pk__in=files)
    if dict(rows.values_list("pk", "sha256")) == files:
        LakeReading.objects.update_or_create(about=about, defaults={"key": key, "result": result})
