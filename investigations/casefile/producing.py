"""The produced form: a new bag made from a sealed one, file by file, without what was accepted for redaction."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings

from core.canonical import digest, file_sha256, plain, sha256_hex, utc_z
from core.errors import Unavailable
from investigations.casefile import content, face
from investigations.casefile.bag import seal_bag
from investigations.casefile.certifying import FACTS, rewrite_certifications
from investigations.casefile.figures import PrintedFigure
from investigations.casefile.records import write_json, write_lines
from investigations.casefile.writing import BagWriter
from investigations.charts.paper import draw
from investigations.enums import PSEUDONYMS, RedactionReason, RedactionState
from investigations.models import Redaction
from investigations.redaction.figures import frame_from
from investigations.redaction.files import (
    DIGEST_TOKEN,
    Leak,
    Outcome,
    check_gone,
    digests_over,
    produce_files,
    table_text,
)
from investigations.redaction.pseudonyms import salted_digest
from investigations.redaction.purging import Purge, Removal

MADE_ANEW = (
    "report/", "charts/", "loadfile/", "case-uco.jsonld", "README-VERIFY", "verify.", "signer.pub.pem", "case.json",
    "legal/certification",
)  # fmt: skip
FORM = "produced"
FROM_SEALED = ("Campaign", "Case opened (UTC)")  # the rest of the title page is about this form itself
LIMIT = (
    "This is the produced form: values that counsel accepted for redaction are taken out wherever they stand. "
    "data/redactions/log.jsonl lists each with its reason and a salted digest; the sealed form it is made from stays whole."
)


class ProducedWriter(BagWriter):
    """Writes a produced bag; `sealed` is the unpacked bag it is made from."""

    def produce(self, sealed: Path, say: Callable[[str], None]) -> None:
        """Every file without the removed values, then a search for them through all that was written."""
        self.sealed, source = sealed, self.export.production.source
        self.outcome = Outcome()
        self.rows = accepted(self.export)
        say("reading the sealed form")
        removals = [Removal(row.code, row.value, row.token) for row in self.rows]
        self.purge = Purge([*removals, *digests_over(sealed / "data", Purge(removals))])
        say("taking out")
        self.outcome = produce_files(sealed / "data", self.data, self.purge, left_to_caller=MADE_ANEW)
        self._case_facts()
        say("charts")
        figures = self._figures()
        say("report")
        facts = self._report_facts(figures)
        rewrite_certifications(sealed / "data", self.data, self.export, FORM, source.name, self.purge.value)
        report = self.report(facts, figures)
        say("load file")
        self.load_file(report, facts, figures)
        self.instructions()
        self._purged("case-uco.jsonld")
        self._log()
        say("searching for what was taken out")
        check_gone(self.folder, self.purge)
        say("digests")
        seal_bag(self.folder, self._bag_info())
        self._tell()

    def _read(self, name: str) -> Any:
        return json.loads((self.sealed / "data" / name).read_bytes())

    def _case_facts(self) -> None:
        facts, source = self.purge.value(self._read("case.json")), self.export.production.source
        self.outcome.count("case.json", self.purge)
        derived = {
            "export": source.name,
            "zip_sha256": source.sha256,
            "tagmanifest_sha256": file_sha256(self.sealed / "tagmanifest-sha256.txt"),
            "sealed_export": facts["export"],
        }
        own = plain(content.case_facts(self.export, self.seal.words))["export"]
        changed = {"form": FORM, "seal": self.seal.words, "derived_from": derived, "export": self.purge.value(own)}
        write_json(self.data / "case.json", {**facts, **changed})

    def _figures(self) -> list[PrintedFigure]:
        (self.data / "charts").mkdir()
        found = sorted((self.sealed / "data/charts").glob("fig-*.json"))
        return [self._figure(path) for path in found]

    def _figure(self, path: Path) -> PrintedFigure:
        name = f"charts/{path.stem}"
        table = path.with_suffix(".csv").read_text(encoding="utf-8")
        spec = json.loads(path.read_bytes())
        clean, clean_table = self.purge.value(spec), table_text(table, self.purge)
        target = self.data / "charts" / path.name
        if self.outcome.count(f"{name}.json", self.purge):
            frame = frame_from(clean, clean_table)
            if frame is None:
                raise Leak(f"{name}.json: a figure of the kind {spec['type']} cannot be drawn again without a value.")
            svg, png = draw(frame)
            clean["text"] = frame.describe()
        else:
            svg, png = path.with_suffix(".svg").read_bytes(), path.with_suffix(".png").read_bytes()
        clean["data"]["sha256"] = sha256_hex(clean_table.encode())
        self._withhold_digests(clean)
        target.with_suffix(".csv").write_bytes(clean_table.encode())
        target.with_suffix(".svg").write_bytes(svg)
        target.with_suffix(".png").write_bytes(png)
        write_json(target, clean)
        marks = tuple(f"{mark['at'][:16]}Z {mark['label']}" for mark in clean["marks"])
        return PrintedFigure(svg, clean["text"], marks)

    def _withhold_digests(self, spec: dict[str, Any]) -> None:
        """A digest over the names of accounts tells a removed one to whoever has the others and tries."""
        named = "records/accounts.jsonl" in {name for found in self.outcome.places.values() for name in found}
        if named and "accounts_sha256" in spec["source"]:
            spec["source"]["accounts_sha256"] = DIGEST_TOKEN
        if digest(spec["source"]) != spec["query_sha256"]:
            spec["query_sha256"] = DIGEST_TOKEN

    def _report_facts(self, figures: list[PrintedFigure]) -> dict[str, Any]:
        facts: dict[str, Any] = self.purge.value(self._read("report/report.json"))
        self.outcome.count("report/report.json", self.purge)
        own_rows = self.purge.value(face.face_rows(self.export, self.seal))
        self.purge.taken()
        derived = ["Form", f"produced; made from {self.export.production.source.name}"]
        kept = {name: words for name, words in facts["face"] if name in FROM_SEALED}
        limits = [line for line in facts["limits"] if not line.startswith("Nothing is redacted")]
        return facts | {
            "number": str(self.export.number),
            "name": self.export.name,
            "bates": self.bates.stem,
            "seal": f"produced form; {self.seal.words}",
            "seal_sentence": face.seal_sentence(self.seal),
            "face": [derived, *([name, kept.get(name, words)] for name, words in own_rows)],
            "limits": [LIMIT, *limits],
            "figures": [
                {"file": f"fig-{n:02d}.svg", "text": f"Figure {n}. {figure.text}"}
                for n, figure in enumerate(figures, 1)
            ],
        }

    def differs(self, name: str) -> bool:
        """Whether something was taken out of a file, as it was counted."""
        return any(name in found for found in self.outcome.places.values())

    def whole_records(self) -> Path:
        """The exchanges of the sealed form."""
        return self.sealed / "data/records/exchanges.jsonl"

    def _purged(self, name: str) -> None:
        path = self.data / name
        write_json(path, self.purge.value(json.loads(path.read_bytes())))
        self.outcome.count(name, self.purge)

    def _log(self) -> None:
        folder = self.data / "redactions"
        write_lines(folder / "log.jsonl", (self._line(row) for row in self.rows))
        write_lines(folder / "withheld.jsonl", self.outcome.withheld)
        write_json(
            folder / "reasons.json",
            {
                "reasons": dict(RedactionReason.choices),
                "pseudonyms": {
                    label: f"the same {label} token is the same value in this case" for label in PSEUDONYMS.values()
                },
                "digest": "SHA-256 over the line casefile-redaction-v1, the salt, and the value; salts are kept by the producer",
                "digests_over_removed_text": "[DIGEST-WITHHELD]: a plain digest of a text with a removed part",
            },
        )

    def _line(self, row: Redaction) -> dict[str, Any]:
        places: dict[str, int] = self.outcome.places.get(row.code, {})
        return {
            "id": row.code,
            "reason": row.reason,
            "reason_text": self.purge.text(row.reason_text) or None,
            "in_its_place": row.token,
            "salted_digest": row.digest,
            "proposed_by": f"rule {row.rule}" if row.rule else content.person(row.proposed_by),
            "accepted_by": content.person(row.judged_by),
            "accepted_at": row.judged_at,
            "places": {f"data/{name}": n for name, n in sorted(places.items())},
        }

    def _bag_info(self) -> dict[str, str]:
        source, head = self.export.production.source, _tag(self.sealed, "Audit-Head")
        return face.bag_info(self.export, self.seal, head) | {
            "External-Description": f"Case file, produced form; {self.seal.words}",
            "Derived-From": source.name,
            "Derived-From-Tagmanifest-SHA256": file_sha256(self.sealed / "tagmanifest-sha256.txt"),
            "Derived-From-Zip-SHA256": source.sha256,
        }

    def _tell(self) -> None:
        """What the row of the production will say once the file is whole; beside the bag, not in it."""
        told = {
            "source_tagmanifest_sha256": file_sha256(self.sealed / "tagmanifest-sha256.txt"),
            "n_redactions": len(self.rows),
            "n_places": sum(sum(found.values()) for found in self.outcome.places.values()),
            "n_withheld": len(self.outcome.withheld),
        }
        write_json(self.folder.parent / "production.json", told)


def accepted(export: Any) -> list[Redaction]:
    """What goes; each value is held against the digest that was made when it was proposed."""
    rows = Redaction.objects.filter(case=export.case, state=RedactionState.ACCEPTED).select_related(
        "judged_by", "proposed_by"
    )
    for row in rows:
        if salted_digest(row.salt, row.value) != row.digest:
            raise Unavailable(f"{row.code} was changed in the database since it was proposed; nothing was produced.")
    return list(rows.order_by("number"))


def unpack_source(export: Any, folder: Path) -> Path:
    """The sealed bag but for its load file, which is made anew; its zip is held against the digest of its row first."""
    source = export.production.source
    path = Path(settings.EXPORT_DIR) / f"{source.name}.zip"
    if not path.is_file() or file_sha256(path) != source.sha256:
        raise Unavailable(f"{path.name} is missing or was changed since it was written; nothing can be made from it.")
    with zipfile.ZipFile(path) as archive:
        needed = (name for name in archive.namelist() if not name.startswith(f"{source.name}/data/loadfile/"))
        archive.extractall(folder, needed)
    if not (folder / source.name / "data/legal" / FACTS).is_file():
        raise Unavailable(
            f"{source.name} was written by an earlier version; write the case file anew and produce that one."
        )
    return folder / source.name


def write_map(export: Any, folder: Path) -> None:
    """The map that turns tokens back into values: a bag of its own, which goes with no produced form."""
    rows = accepted(export)
    write_lines(
        folder / "data/map.jsonl",
        (
            {
                "id": r.code,
                "token": r.token,
                "value": r.value,
                "reason": r.reason,
                "salt": r.salt,
                "salted_digest": r.digest,
            }
            for r in rows
        ),
    )
    text = (
        f"Re-identification map of {export.name}. It undoes the redaction: keep it apart from the produced form.\n"
        "One JSON line a value: SHA-256 over the line casefile-redaction-v1, the salt, and the value gives salted_digest.\n"
    )
    (folder / "data/README.txt").write_text(text, encoding="utf-8")
    seal_bag(
        folder,
        {
            "External-Identifier": folder.name,
            "External-Description": f"Re-identification map of {export.name}",
            "Bag-Software-Agent": "Stillwatch",
            "Bagging-Date": utc_z(export.requested_at)[:10],
        },
    )


def _tag(folder: Path, name: str) -> str:
    for line in (folder / "bag-info.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith(f"{name}: "):
            return line.removeprefix(f"{name}: ")
    return ""
