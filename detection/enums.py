"""Words for detection."""

from django.db import models


class RunState(models.TextChoices):
    WAITING = "waiting", "waiting"
    RUNNING = "running", "running"
    FINISHED = "finished", "finished"
    FAILED = "failed", "failed"


class RunKind(models.TextChoices):
    """What a run is for. Only live runs touch campaigns, members and flags; the others are for comparison alone."""

    LIVE = "live", "live"
    BACK_TEST = "back_test", "back-test"
    SHADOW = "shadow", "shadow"
    REPEAT = "repeat", "repeat"


class TuningPurpose(models.TextChoices):
    """Which runs use a set of thresholds."""

    LIVE = "live", "live"
    SHADOW = "shadow", "shadow"


class UnitKind(models.TextChoices):
    TEMPLATE = "template", "template cluster"
    LINK = "link", "link cluster"
    ACCOUNT = "account", "single account"


class Level(models.TextChoices):
    """How strong the gate's evidence is; always named beside a campaign."""

    CERTIFIED = "certified", "certified"
    PROVISIONAL = "provisional", "provisional"
    NONE = "none", "not confirmed"


class ChangeKind(models.TextChoices):
    """What a run changed about a campaign."""

    OPENED = "opened", "opened"
    GREW = "grew", "grew"
    SHRANK = "shrank", "shrank"
    SUCCESSOR = "successor", "successors"
    JOINED = "joined", "joined by"
    MERGED = "merged", "merged into"
    SPLIT = "split", "split"
    LEVEL = "level", "level"
    NOT_FOUND = "not_found", "not found again"
    FOUND_AGAIN = "found_again", "found again"


class Tier(models.TextChoices):
    """Membership, not suspicion."""

    CORE = "core", "core"
    ASSOCIATE = "associate", "associate"
    BYSTANDER = "bystander", "bystander"


ACCUSED = (Tier.CORE, Tier.ASSOCIATE)  # who is a party; a bystander is none


class Family(models.TextChoices):
    N = "N", "data-set mining"
    X = "X", "coordination"
    H = "H", "harvest content"
    I = "I", "identity"


class Finding(models.TextChoices):
    """What the facts say of an innocent story."""

    CONTRADICTED = "contradicted", "contradicted"
    OPEN = "open", "open"
    FITS = "fits", "fits"


class LabelKind(models.TextChoices):
    CLEARED = "cleared", "cleared"
    CONFIRMED = "confirmed", "confirmed"


class LabelBasis(models.TextChoices):
    """What a label rests on. A verdict on a campaign names it ("verdict on C-0001")."""

    VERDICT = "verdict", "verdict"
    CLEARANCE = "clearance", "clearance by a person"
    VERIFIED = "verified organisation", "verified organisation"
    IMPORT = "import", "imported record"
    SAMPLE = "audit sample", "audit sample"


class BatchState(models.TextChoices):
    """A delivery of labels is read, looked at, and then taken over or dropped."""

    PREVIEW = "preview", "read, not taken over"
    IMPORTED = "imported", "taken over"


class SampleAnswer(models.TextChoices):
    """What a reviewer found on an account of the audit sample."""

    HONEST = "honest", "honest"
    HARVESTING = "harvesting", "harvesting"
    CANNOT_TELL = "cannot_tell", "cannot tell"
