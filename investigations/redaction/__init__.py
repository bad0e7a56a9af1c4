"""Redaction: what is found, what is taken out, in which forms it may hide, and the bag that is left. Pure but for files."""
