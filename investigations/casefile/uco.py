"""The case in CASE/UCO JSON-LD, so that another laboratory's tools read who, what, which files. Streamed, object by object."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from django.conf import settings

from core.canonical import file_sha256, utc_z
from investigations.models import CaseExport

KB = "http://example.org/kb/"
UCO = "https://ontology.unifiedcyberontology.org/uco/"
CONTEXT = {
    "kb": KB,
    "case-investigation": "https://ontology.caseontology.org/case/investigation/",
    "uco-action": f"{UCO}action/",
    "uco-core": f"{UCO}core/",
    "uco-identity": f"{UCO}identity/",
    "uco-observable": f"{UCO}observable/",
    "uco-tool": f"{UCO}tool/",
    "uco-types": f"{UCO}types/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
DESCRIBED = ("records", "acquisition", "decisions", "analysis", "charts", "report", "audit", "custody")
Node = dict[str, Any]


def write_uco(path: Path, data: Path, export: CaseExport) -> int:
    """Write the graph of what stands in `data` already, so that it tells nothing that the file does not; how many objects."""
    count = 0
    with path.open("w", encoding="utf-8", newline="") as sink:
        sink.write('{"@context": ' + json.dumps(CONTEXT, sort_keys=True) + ', "@graph": [\n')
        for node in _graph(data, export):
            sink.write((",\n" if count else "") + json.dumps(node, sort_keys=True, ensure_ascii=True))
            count += 1
        sink.write("\n]}\n")
    return count


def _graph(data: Path, export: CaseExport) -> Iterator[Node]:
    files = sorted(p.relative_to(data).as_posix() for p in data.rglob("*") if p.is_file() and _described(p, data))
    record = _id(export, "provenance-record", "")
    yield _investigation(export, record, data)
    yield from _people(export)
    yield _action(export, record)
    yield {
        "@id": record,
        "@type": "case-investigation:ProvenanceRecord",
        "uco-core:description": "The files of this case file that hold records, human decisions, analysis and audit",
        "case-investigation:exhibitNumber": export.name,
        "uco-core:object": [_ref(_id(export, "file", name)) for name in files],
    }
    yield from (_file(export, data, name) for name in files)
    with (data / "records/accounts.jsonl").open(encoding="utf-8", newline="\n") as lines:
        yield from (_account(export, json.loads(line)) for line in lines)


def _described(path: Path, data: Path) -> bool:
    return path.relative_to(data).parts[0] in DESCRIBED


def _investigation(export: CaseExport, record: str, data: Path) -> Node:
    return {
        "@id": _id(export, "investigation", ""),
        "@type": "case-investigation:Investigation",
        "uco-core:name": export.case.code,
        "uco-core:description": json.loads((data / "case.json").read_bytes())["case"]["title"],
        "case-investigation:focus": "harvesting of model answers through many accounts",
        "uco-core:object": [_ref(record), _ref(_id(export, "action", ""))],
    }


def _people(export: CaseExport) -> Iterator[Node]:
    person = _id(export, "identity", export.requested_by.audit_name)
    yield {"@id": person, "@type": "uco-identity:Identity", "uco-core:name": export.requested_by.audit_name}
    yield {
        "@id": _id(export, "tool", ""),
        "@type": "uco-tool:Tool",
        "uco-core:name": "Stillwatch",
        "uco-tool:version": settings.VERSION,
    }


def _action(export: CaseExport, record: str) -> Node:
    return {
        "@id": _id(export, "action", ""),
        "@type": "case-investigation:InvestigativeAction",
        "uco-core:name": "export of the case file",
        "uco-core:description": export.purpose,
        "uco-action:startTime": _time(export.requested_at),
        "uco-action:performer": _ref(_id(export, "identity", export.requested_by.audit_name)),
        "uco-action:instrument": [_ref(_id(export, "tool", ""))],
        "uco-action:result": [_ref(record)],
    }


def _file(export: CaseExport, data: Path, name: str) -> Node:
    path = data / name
    return {
        "@id": _id(export, "file", name),
        "@type": "uco-observable:File",
        "uco-core:hasFacet": [
            {
                "@id": _id(export, "file-facet", name),
                "@type": "uco-observable:FileFacet",
                "uco-observable:fileName": path.name,
                "uco-observable:filePath": f"data/{name}",
                "uco-observable:sizeInBytes": {"@type": "xsd:integer", "@value": str(path.stat().st_size)},
            },
            {
                "@id": _id(export, "content-facet", name),
                "@type": "uco-observable:ContentDataFacet",
                "uco-observable:hash": [
                    {
                        "@id": _id(export, "hash", name),
                        "@type": "uco-types:Hash",
                        "uco-types:hashMethod": "SHA256",
                        "uco-types:hashValue": {"@type": "xsd:hexBinary", "@value": file_sha256(path).upper()},
                    }
                ],
            },
        ],
    }


def _account(export: CaseExport, row: Node) -> Node:
    name = row["account_id"]
    facet: Node = {
        "@id": _id(export, "account-facet", name),
        "@type": "uco-observable:AccountFacet",
        "uco-observable:accountIdentifier": name,
    }
    if row["created_at"]:
        facet["uco-observable:observableCreatedTime"] = {"@type": "xsd:dateTime", "@value": row["created_at"]}
    return {
        "@id": _id(export, "account", name),
        "@type": "uco-observable:ObservableObject",
        "uco-core:description": f"tier: {row['tier'] or 'none'}",
        "uco-core:hasFacet": [facet],
    }


def _id(export: CaseExport, kind: str, name: str) -> str:
    return f"kb:{kind}-{uuid5(NAMESPACE_URL, f'{export.name}/{kind}/{name}')}"


def _ref(name: str) -> Node:
    return {"@id": name}


def _time(moment: Any) -> Node:
    return {"@type": "xsd:dateTime", "@value": utc_z(moment)}
