"""What machines concluded (runs, units, readings, campaigns, tiers, scores) and what people concluded (labels)."""

from detection.models.campaigns import Campaign, CampaignChange, CampaignMember
from detection.models.labels import AuditSample, Corpus, CorpusItem, Label, LabelBatch, PublicListing, SampledAccount
from detection.models.mapping import TemplateMap
from detection.models.runs import DetectionRun
from detection.models.scores import AccountScore, OutsideScore, ScoreMapping
from detection.models.templates import Template
from detection.models.tuning import Tuning
from detection.models.units import RivalExplanation, SignalReading, Unit

__all__ = [
    "AccountScore",
    "AuditSample",
    "Campaign",
    "CampaignChange",
    "CampaignMember",
    "Corpus",
    "CorpusItem",
    "DetectionRun",
    "Label",
    "LabelBatch",
    "OutsideScore",
    "PublicListing",
    "RivalExplanation",
    "SampledAccount",
    "ScoreMapping",
    "SignalReading",
    "Template",
    "TemplateMap",
    "Tuning",
    "Unit",
]
