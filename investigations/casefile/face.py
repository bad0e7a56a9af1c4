"""The sentences that stand in every case file."""

from __future__ import annotations

from core.canonical import utc_z
from investigations.casefile.sealing import SealFacts
from investigations.models import CaseExport

WHAT = "A score is a machine's; a verdict and a decision are a person's. They stand apart in this file."
DOUBT = (
    "Each reading compares the accounts with others and is consistent with coordinated harvesting; none shows intent."
)
LIMITS = [
    "Digests and signatures show that the file is unchanged since it was written. They never show that what it says is true.",
    (
        "Whoever holds the signing key can write another file like this one. What guards against it is the time stamp of an "
        "outside authority, and copies of the checkpoint and of the zip's digest in other hands."
    ),
    "Sampled exchanges are a recorded draw from flagged sessions, not all exchanges.",
    (
        "Charts count the exchanges of core and associate accounts in the campaign's units, not all traffic of the accounts; "
        "in a case without a campaign they count flagged sessions by the day they began."
    ),
    (
        "Quarantined records stand in the file by digest and size; their bytes stay behind, since they may hold third "
        "persons' text."
    ),
    (
        "Characters that the report's fonts lack, and hidden ones, are printed as \\u{XXXX}, their number in Unicode; the records "
        "under data/records hold every text as it is."
    ),
    "Nothing is redacted: the file may hold personal data of third persons.",
    "Written as PDF/A-3b; conformance was not validated by an outside tool.",
]
SEALED = {
    "": "Not signed, not time-stamped. The digests in this bag show that its files fit together, not who made them or when.",
    "signed": "Signed; not time-stamped. The signature shows who sealed this file; when it was sealed rests on the signer's word.",
    "stamped": "Signed and time-stamped. The signature shows who sealed this file, the stamp of an outside authority by when.",
}


def bag_info(export: CaseExport, seal: SealFacts, head: str) -> dict[str, str]:
    """What bag-info.txt says; it announces every file that no manifest lists."""
    facts = {
        "External-Identifier": export.name,
        "External-Description": f"Case file, sealed form; {seal.words}",
        "Bag-Software-Agent": "Stillwatch",
        "Bagging-Date": utc_z(export.requested_at)[:10],
        "Signed-By": seal.fingerprint or "nobody",
        "Audit-Head": head,
    }
    return facts | ({"Files-Outside-Manifests": " ".join(seal.files)} if seal.files else {})


def seal_sentence(seal: SealFacts) -> str:
    """What the title page says of the seal."""
    kind = "" if not seal.fingerprint else "stamped" if seal.stamps else "signed"
    never = "Neither shows that what is written is true." if kind else "They never show that what is written is true."
    return f"{SEALED[kind]} {never}"


def face_rows(export: CaseExport, seal: SealFacts) -> list[list[str]]:
    """The table on the title page."""
    campaign = export.case.campaign
    found = f"{campaign.code} ({campaign.get_level_display()}), score {campaign.score:.1f}" if campaign else "none"
    return [
        ["Campaign", found],
        ["Purpose", export.purpose],
        ["Requested by", export.requested_by.audit_name],
        ["Requested at (UTC)", utc_z(export.requested_at)],
        ["Case opened (UTC)", utc_z(export.case.opened_at)],
        ["Signing key", seal.fingerprint or "none"],
    ]
