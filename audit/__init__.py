"""Append-only, hash-chained events. No pages; `staff` shows them."""
