from django.apps import AppConfig


class DetectionConfig(AppConfig):
    name = "detection"
    verbose_name = "Detection"

    def ready(self) -> None:
        """Take the outside scores that traffic pulls."""
        from detection.sinks import take_scores
        from traffic.enums import Kind
        from traffic.sinks import register_sink

        register_sink(Kind.SCORES, take_scores)
