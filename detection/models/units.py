"""Units as a run tested them, with each signal's reading and each innocent story."""

from __future__ import annotations

from django.db import models

from detection.enums import Family, Finding, Level, UnitKind
from detection.models.campaigns import Campaign
from detection.models.runs import DetectionRun
from detection.models.templates import Template


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
