"""Log sources, pulls, quarantine, and the lake that holds the exchanges."""
