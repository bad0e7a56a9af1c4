"""The reference: imported bans and clearances, people's labels, the random audited sample."""
