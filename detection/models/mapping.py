"""The map of near-duplicate skeletons, version by version."""

from __future__ import annotations

from django.db import models


class TemplateMap(models.Model):
    """One version of the map skeleton -> near-duplicates, as files; a run names the version that it used."""

    version = models.PositiveIntegerField(unique=True)
    sketch_version = models.PositiveSmallIntegerField(help_text="How skeletons were sketched; another one starts anew")
    path = models.CharField(max_length=200, help_text="The map's file, below the folder of maps")
    sha256 = models.CharField(max_length=64)
    sketch_paths = models.JSONField(default=list, help_text="The files of sketches that the map is grouped from")
    n_skeletons = models.BigIntegerField()
    n_new = models.BigIntegerField(help_text="Skeletons sketched for this version")
    n_grouped = models.BigIntegerField(help_text="Skeletons that have near-duplicates")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ("-version",)

    def __str__(self) -> str:
        return f"Map {self.version}"
