"""What people look at and what they decide. A machine's score, a verdict and a decision are separate fields."""

from investigations.models.appeals import Appeal
from investigations.models.case_work import CaseTask, NoteMention
from investigations.models.cases import Case, CaseAccount, CaseExport, Exhibit, Note
from investigations.models.custody import ExportCheck, HandOver, Production
from investigations.models.decisions import Approval, Decision, DecisionItem, Delivery
from investigations.models.flags import CampaignReview, FlaggedSession, RunFlagged, SamplePrompt, ScoreFlagged
from investigations.models.privilege import CounselNote
from investigations.models.quality import ReviewDraw, SecondReview
from investigations.models.queue import DefaultView, QueueItem, ReviewTarget, SavedView, Skip, Snooze
from investigations.models.redactions import CaseSecret, Redaction, RedactionScan
from investigations.models.searches import SearchHit, TextSearch
from investigations.models.selections import Protection, SelectedAccount, Selection
from investigations.models.statements import Statement, StatementTemplate

__all__ = [
    "Appeal",
    "Approval",
    "CampaignReview",
    "Case",
    "CaseAccount",
    "CaseExport",
    "CaseSecret",
    "CaseTask",
    "CounselNote",
    "Decision",
    "DecisionItem",
    "DefaultView",
    "Delivery",
    "Exhibit",
    "ExportCheck",
    "FlaggedSession",
    "HandOver",
    "Note",
    "NoteMention",
    "Production",
    "Protection",
    "QueueItem",
    "Redaction",
    "RedactionScan",
    "ReviewDraw",
    "ReviewTarget",
    "RunFlagged",
    "SamplePrompt",
    "SavedView",
    "ScoreFlagged",
    "SearchHit",
    "SecondReview",
    "SelectedAccount",
    "Selection",
    "Skip",
    "Snooze",
    "Statement",
    "StatementTemplate",
    "TextSearch",
]
