"""Pages of detection: runs here, templates in `templates.py`."""
