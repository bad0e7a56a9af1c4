"""What machines concluded: runs, units, readings, campaigns, tiers, scores. What people concluded stands in labels."""

from __future__ import annotations

from django.db import models

from accounts.models import ApiAccount
from detection.enums import Family, Finding, LabelKind, Level, RunState, Tier, UnitKind


class DetectionRun(models.Model):
    """One pass over a window. Visible only when finished; repeats to the same numbers from what the row holds."""

    state = models.CharField(max_length=16, choices=RunState, default=RunState.WAITING)
    requested_by = models.TextField()
    requested_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField(null=True)
    progress = models.TextField(blank=True)
    message = models.TextField(blank=True)
    window_start = models.DateTimeField(null=True)
    window_end = models.DateTimeField(null=True)
    code_version = models.TextField(blank=True)
    parameters = models.JSONField(default=dict)
    inputs = models.JSONField(default=dict, help_text="Digests of the lake files, accounts, labels and templates read")
    result_digest = models.CharField(max_length=64, blank=True)
    n_exchanges = models.BigIntegerField(default=0)
    n_accounts = models.BigIntegerField(default=0)
    n_units = models.IntegerField(default=0, help_text="Units tested in this look")
    last_pull_id = models.BigIntegerField(default=0, help_text="Newest finished pull that this run saw")

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"run {self.pk}"


class Template(models.Model):
    """A request skeleton with its slots, found in the skeleton store."""

    key = models.CharField(max_length=64, unique=True, help_text="Kind and hash, as in pre32:1a2b...")
    skeleton = models.TextField()
    kind = models.CharField(max_length=16, help_text="prefix, suffix, both, whole or system")
    n_words = models.IntegerField(default=0)
    public = models.BooleanField(default=False, help_text="Used by many unrelated verified organisations, or listed")
    public_reason = models.TextField(blank=True)
    first_seen_at = models.DateTimeField(null=True)
    last_seen_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"T-{self.pk:04d}"


class Campaign(models.Model):
    """A cluster of accounts tied by evidence: the thing that is reviewed, decided and exported."""

    code = models.CharField(max_length=16, unique=True)
    name = models.TextField()
    level = models.CharField(max_length=16, choices=Level)
    first_run = models.ForeignKey(DetectionRun, on_delete=models.PROTECT, related_name="campaigns_opened")
    last_run = models.ForeignKey(DetectionRun, on_delete=models.PROTECT, related_name="campaigns_seen")
    started_at = models.DateTimeField(help_text="First exchange of its units, UTC")
    ended_at = models.DateTimeField(help_text="Last exchange of its units, UTC")
    score = models.FloatField(
        help_text="Sum of the families' clipped log10 likelihood ratios; ranks, never an error rate"
    )
    gate_p = models.FloatField(null=True)
    n_core = models.IntegerField(default=0)
    n_associate = models.IntegerField(default=0)
    n_bystander = models.IntegerField(default=0)
    n_exchanges = models.BigIntegerField(default=0, help_text="In its units, by core and associate accounts")
    n_exchanges_total = models.BigIntegerField(default=0, help_text="All exchanges of those accounts in the window")
    n_output_tokens = models.BigIntegerField(default=0)
    list_price_usd = models.FloatField(null=True)
    facts = models.JSONField(default=dict, help_text="What the page's sentences are made of")

    class Meta:
        ordering = ("-score", "code")

    def __str__(self) -> str:
        return self.code


class Unit(models.Model):
    """A template cluster, link cluster or single account as one run tested it."""

    run = models.ForeignKey(DetectionRun, on_delete=models.CASCADE, related_name="units")
    kind = models.CharField(max_length=16, choices=UnitKind)
    key = models.TextField(help_text="Stable within the run")
    template = models.ForeignKey(Template, null=True, on_delete=models.PROTECT, related_name="units")
    campaign = models.ForeignKey(Campaign, null=True, on_delete=models.SET_NULL, related_name="units")
    level = models.CharField(max_length=16, choices=Level, default=Level.NONE)
    n_accounts = models.IntegerField()
    n_exchanges = models.BigIntegerField()
    n_organisations = models.IntegerField(default=0)
    gate_p = models.FloatField(null=True)
    gate_reason = models.TextField(blank=True, help_text="Why it passed or what stopped it")
    score = models.FloatField(default=0)
    families = models.JSONField(default=dict, help_text="Per family: p, log10 LR, best signal, formation or not")
    selector = models.JSONField(default=dict, help_text="Which lake columns and values pick its exchanges")

    class Meta:
        constraints = (models.UniqueConstraint(fields=("run", "kind", "key"), name="unit_once"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class SignalReading(models.Model):
    """One signal's value on one unit, with all that a hostile reader asks of it."""

    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="readings")
    signal = models.CharField(max_length=8)
    family = models.CharField(max_length=1, choices=Family)
    title = models.TextField()
    value = models.FloatField(null=True)
    value_unit = models.TextField(blank=True)
    sentence = models.TextField(help_text="The reading in words, with its doubt")
    window = models.TextField(blank=True)
    denominator = models.TextField(blank=True)
    reference = models.TextField(blank=True, help_text="Against whom, and how many groups")
    effect = models.FloatField(null=True)
    effect_low = models.FloatField(null=True)
    effect_high = models.FloatField(null=True)
    p = models.FloatField(null=True)
    p_reason = models.TextField(blank=True, help_text="Why there is no p, or which null it comes from")
    log_lr = models.FloatField(null=True)
    formation = models.BooleanField(default=False, help_text="It formed the unit, so it does not count in its test")
    benign = models.TextField(help_text="The honest look-alike and what speaks for or against it here")
    accounts = models.JSONField(default=list, help_text="Contributing account ids, strongest first, at most 200")
    evidence = models.JSONField(default=list, help_text="Exchange ids, at most 50")
    version = models.TextField()
    parameters = models.JSONField(default=dict)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("unit", "signal"), name="reading_once"),)

    def __str__(self) -> str:
        return f"{self.signal} on {self.unit}"


class RivalExplanation(models.Model):
    """An innocent story, tested on a unit before anyone is accused."""

    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="rivals")
    story = models.TextField()
    finding = models.CharField(max_length=16, choices=Finding)
    because = models.TextField()

    def __str__(self) -> str:
        return f"{self.story}: {self.finding}"


class CampaignMember(models.Model):
    """An account's membership of a campaign, as the campaign's last run found it."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="members")
    account = models.ForeignKey(ApiAccount, on_delete=models.PROTECT, related_name="memberships")
    tier = models.CharField(max_length=16, choices=Tier)
    k = models.BigIntegerField(help_text="Exchanges in the campaign's units")
    n = models.BigIntegerField(help_text="All exchanges in the window")
    background_share = models.FloatField(null=True)
    membership_p = models.FloatField(null=True)
    tied_by = models.TextField(blank=True, help_text="The strongest tie, in words")
    first_at = models.DateTimeField(null=True)
    last_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("campaign", "account"), name="member_once"),)
        indexes = (models.Index(fields=("campaign", "tier", "-k"), name="member_tier"),)

    def __str__(self) -> str:
        return f"{self.account} in {self.campaign}"


class AccountScore(models.Model):
    """An account's score in one run: for ranking and flagging, never a verdict."""

    run = models.ForeignKey(DetectionRun, on_delete=models.CASCADE, related_name="account_scores")
    account = models.ForeignKey(ApiAccount, on_delete=models.CASCADE, related_name="scores")
    score = models.FloatField()
    flagged = models.BooleanField(default=False)
    lead = models.BooleanField(default=False, help_text="Alone, ranked against its stratum; no campaign")
    campaign = models.ForeignKey(Campaign, null=True, on_delete=models.SET_NULL, related_name="+")
    n_exchanges = models.BigIntegerField(default=0)
    because = models.TextField(blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("run", "account"), name="account_score_once"),)
        indexes = (models.Index(fields=("run", "flagged", "-score"), name="account_score_rank"),)

    def __str__(self) -> str:
        return f"{self.account}: {self.score:.3f}"


class OutsideScore(models.Model):
    """A score handed in by an outside classifier, under its own name and version."""

    class Subject(models.TextChoices):
        ACCOUNT = "account", "account"
        SESSION = "session", "session"

    name = models.CharField(max_length=64)
    version = models.CharField(max_length=64)
    subject_kind = models.CharField(max_length=16, choices=Subject)
    subject_id = models.TextField(help_text="Account id, or the conversation id of the session")
    account = models.ForeignKey(ApiAccount, on_delete=models.CASCADE, related_name="outside_scores")
    score = models.FloatField()
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField(auto_now_add=True)
    received_by = models.TextField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("name", "version", "subject_kind", "subject_id", "occurred_at"), name="outside_score_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.name} {self.version} on {self.subject_id}: {self.score}"


class ScoreMapping(models.Model):
    """From which outside score on an account or session is put before an investigator."""

    name = models.CharField(max_length=64)
    version = models.CharField(max_length=64, blank=True, help_text="Empty: any version")
    threshold = models.FloatField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("name", "version"), name="score_mapping_once"),)

    def __str__(self) -> str:
        return f"{self.name} from {self.threshold}"


class Label(models.Model):
    """A person's word on an account: the reference that calibration is made of. Not flagged so far is no clearance."""

    account = models.ForeignKey(ApiAccount, on_delete=models.CASCADE, related_name="labels")
    kind = models.CharField(max_length=16, choices=LabelKind)
    basis = models.TextField(help_text="verdict, clearance, verified organisation, import")
    reason = models.TextField(blank=True)
    given_by = models.TextField()
    given_at = models.DateTimeField(auto_now_add=True)
    withdrawn_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.account} {self.kind}"
