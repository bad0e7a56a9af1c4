"""DRF v1: serializers, viewsets, schema. No rules of its own."""
