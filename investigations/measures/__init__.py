"""Numbers about a campaign, an account or a decision, from tables and frozen records alone. Pure."""
