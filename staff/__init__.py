"""Us: the people who investigate, their roles, their settings, and the page that shows the audit trail."""
