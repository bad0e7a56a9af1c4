"""The sentences that stand in every case file."""

from __future__ import annotations

from core.canonical import utc_z
from investigations.models import CaseExport

NO_ERROR_RATE = "not calculable from this case: no set of reviewed control accounts is part of it"
WHAT = "A score is a machine's; a verdict and a decision are a person's. They stand apart in it."
DOUBT = (
    "Each reading compares the accounts with others and is consistent with coordinated harvesting; none shows intent. "
    f"The false-positive rate is {NO_ERROR_RATE}."
)
LIMITS = [
    "This bag is not signed and not time-stamped. Whoever wrote it could have written another.",
    "Sampled exchanges are a recorded draw from flagged sessions, not all exchanges.",
    (
        "Charts count the exchanges of core and associate accounts in the campaign's units, not all traffic of the accounts; "
        "in a case without a campaign they count flagged sessions by the day they began."
    ),
    (
        "Quarantined records stand in the file by digest and size; their bytes stay behind, since they may hold third "
        "persons' text."
    ),
    "Nothing is redacted: the file may hold personal data of third persons.",
    "Written as PDF/A-3b; conformance was not validated by an outside tool.",
]
VERIFY = [
    "How to check this bag (not signed, not time-stamped)",
    "",
    "Compare the SHA-256 of the zip with the one that was told to you by another road.",
    "In the unzipped folder: sha256sum -c --strict tagmanifest-sha256.txt",
    "Then: sha256sum -c --strict manifest-sha256.txt",
    "Compare the list of files with the manifests: nothing else may be there but the tag manifests.",
    (
        "data/audit/chain.tsv: chain, seq, at, actor, prev_hash, payload_sha256, entry_hash. payload_sha256 is of the same "
        "line of payloads.jsonl without its line end. entry_hash is the SHA-256 of the line casefile-audit-v1 and the "
        "first six fields, each ended by LF; each prev_hash is the entry_hash before it, 64 zeros at first. In the fields a "
        "tab is written backslash t and a backslash is doubled; undo that before hashing."
    ),
]


def bag_info(export: CaseExport) -> dict[str, str]:
    """What bag-info.txt says."""
    return {
        "External-Identifier": export.name,
        "External-Description": "Case file; not signed, not time-stamped",
        "Bag-Software-Agent": "Stillwatch",
        "Bagging-Date": utc_z(export.requested_at)[:10],
    }


def face_rows(export: CaseExport) -> list[list[str]]:
    """The table on the title page."""
    campaign = export.case.campaign
    found = f"{campaign.code} ({campaign.get_level_display()}), score {campaign.score:.1f}" if campaign else "none"
    return [
        ["Campaign", found],
        ["Purpose", export.purpose],
        ["Requested by", export.requested_by.audit_name],
        ["Requested at (UTC)", utc_z(export.requested_at)],
        ["Case opened (UTC)", utc_z(export.case.opened_at)],
    ]
