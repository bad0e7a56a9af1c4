"""Words for accounts."""

from django.db import models


class Status(models.TextChoices):
    """What an account may do at the provider. Severity grows down the list."""

    ACTIVE = "active", "active"
    VERIFYING = "verifying", "identity being verified"
    THROTTLED = "throttled", "throttled"
    RESTRICTED = "restricted", "restricted"
    SUSPENDED = "suspended", "suspended"
    TERMINATED = "terminated", "terminated"
    CLOSED = "closed", "closed"


class StatusOrigin(models.TextChoices):
    """Who says so: the provider's records, or a decision made here. Neither overrides the other."""

    PULLED = "pulled", "pulled from the provider"
    DECIDED = "decided", "enforced decision"
    REVERSED = "reversed", "reversal of a decision"


class Judgement(models.TextChoices):
    """A person's word on a link between two accounts."""

    SAME_OPERATOR = "same_operator", "same operator"
    NOT_SAME = "not_same", "not the same"
    UNDECIDED = "undecided", "undecided"
