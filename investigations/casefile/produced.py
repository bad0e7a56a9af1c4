"""Asking for a produced form, having it made, and handing out its re-identification map."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Max

from audit.services import case_chain, record
from core.canonical import file_sha256
from core.enqueue import enqueue_on_commit
from core.errors import Conflict, Unavailable
from core.text import storable
from investigations.casefile import bag, sealing
from investigations.casefile.sealing import Sealer
from investigations.enums import ExportState, RedactionState, WorkState
from investigations.models import Case, CaseExport, Production, Redaction, RedactionScan
from investigations.policies import check_words
from investigations.services.locking import current_person
from staff.enums import Action
from staff.models import User
from staff.permissions import Worker


@transaction.atomic
def request_produced(*, source: CaseExport, purpose: str, actor: User) -> CaseExport:
    """Put a produced form of a sealed case file on the work list, under the case's next number.

    Raises Conflict where the texts were not looked through, a proposal waits for a person, or `source` is no whole sealed form.
    """
    from investigations.casefile.tasks import write_export_task

    person = current_person(actor, Action.REDACT)
    check_words(purpose=purpose)
    case = Case.objects.select_for_update().get(pk=source.case_id)
    if source.state != ExportState.READY or Production.objects.filter(export=source).exists():
        raise Conflict(f"{source.name} is no whole sealed form; a produced form is made from one.")
    check_judged(source)
    last = CaseExport.objects.filter(case=case).aggregate(last=Max("number"))["last"] or 0
    export = CaseExport.objects.create(
        case=case, number=last + 1, purpose=storable(purpose.strip()), requested_by=person
    )
    Production.objects.create(export=export, source=source)
    _record(export, person, "casefile.production_requested", source=source.name, purpose=export.purpose)
    enqueue_on_commit(write_export_task, export_id=export.pk)
    return export


def check_judged(source: CaseExport) -> None:
    """Whether the rules have seen every text of the sealed form and a person has judged each proposal. Raises Conflict."""
    case = source.case
    if not RedactionScan.objects.filter(case=case, state=WorkState.DONE, requested_at__gte=source.finished_at).exists():
        raise Conflict(
            f"No worker has looked through the texts of {case.code} since {source.name} was written. Let one look first."
        )
    if waiting := Redaction.objects.filter(case=case, state=RedactionState.PROPOSED).count():
        raise Conflict(
            f"{waiting:,} proposed redaction{'s' * (waiting != 1)} of {case.code} still wait{'s' * (waiting == 1)} for a person. "
            "Judge first."
        )


def obstacle(source: CaseExport) -> str:
    """Why no produced form can be made of a sealed one now; empty where it can. At most two queries."""
    try:
        check_judged(source)
    except Conflict as error:
        return error.message
    return ""


def build(export: CaseExport, folder: Path, sealer: Sealer, say: Callable[[str], None]) -> None:
    """Unpack the sealed form aside, write the produced one and the map; what cannot be sealed is not packed."""
    from investigations.casefile.producing import ProducedWriter, unpack_source, write_map

    check_judged(export.production.source)
    sealed, target = unpack_source(export, folder / "sealed"), folder / export.name
    writer = ProducedWriter(export, target, sealing.facts_of(sealer), sealer.public_pem)
    writer.produce(sealed, say)
    shutil.rmtree(folder / "sealed")
    write_map(export, folder / map_name(export))


def pack_map(export: CaseExport, folder: Path, sealer: Sealer) -> None:
    """Seal and pack the map beside the produced form."""
    target = folder / map_name(export)
    sealing.seal(target, sealer)
    bag.zip_bag(target, folder / f"{target.name}.zip")


def publish_map(export: CaseExport, folder: Path) -> None:
    """Put the map in its place, and say in the production's row what was made; in the publishing transaction."""
    done = folder / f"{map_name(export)}.zip"
    told = json.loads((folder / "production.json").read_bytes())
    told |= {"map_sha256": file_sha256(done), "map_bytes": done.stat().st_size}
    os.replace(done, Path(settings.EXPORT_DIR) / done.name)
    bag.sync(Path(settings.EXPORT_DIR))
    Production.objects.filter(export=export).update(**told)
    told.pop("map_bytes")
    _record(export, Worker("casefile"), "casefile.produced", source=export.production.source.name, **told)


@transaction.atomic
def open_map(*, export: CaseExport, purpose: str, actor: User) -> Path:
    """The path of the re-identification map, its digest checked now. Taking it is an event with its purpose."""
    person = current_person(actor, Action.REIDENTIFY)
    check_words(purpose=purpose)
    made = Production.objects.filter(export=export).first()
    if made is None or export.state != ExportState.READY:
        raise Conflict(f"{export.name} has no re-identification map: it is no whole produced form.")
    path = Path(settings.EXPORT_DIR) / f"{map_name(export)}.zip"
    if not path.is_file() or file_sha256(path) != made.map_sha256:
        raise Unavailable(f"{path.name} is missing or was changed since it was written; produce the case file again.")
    _record(export, person, "reidentification_map.downloaded", purpose=purpose.strip(), sha256=made.map_sha256)
    return path


def map_name(export: CaseExport) -> str:
    """The name of the map's bag and zip."""
    return f"{export.name}_map"


def _record(export: CaseExport, actor: object, action: str, **facts: object) -> None:
    chain = case_chain(export.case.code)
    record(actor=actor, action=action, subject=f"casefile:{export.name}", chain=chain, number=export.number, **facts)
