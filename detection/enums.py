"""Words for detection."""

from django.db import models


class RunState(models.TextChoices):
    WAITING = "waiting", "waiting"
    RUNNING = "running", "running"
    FINISHED = "finished", "finished"
    FAILED = "failed", "failed"


class UnitKind(models.TextChoices):
    TEMPLATE = "template", "template cluster"
    LINK = "link", "link cluster"
    ACCOUNT = "account", "single account"


class Level(models.TextChoices):
    """How strong the gate's evidence is; always named beside a campaign."""

    CERTIFIED = "certified", "certified"
    PROVISIONAL = "provisional", "provisional"
    NONE = "none", "not confirmed"


class Tier(models.TextChoices):
    """Membership, not suspicion."""

    CORE = "core", "core"
    ASSOCIATE = "associate", "associate"
    BYSTANDER = "bystander", "bystander"


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
