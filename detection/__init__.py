"""Signals on template clusters, link clusters and single accounts; runs, campaigns, tiers, scores, labels."""
