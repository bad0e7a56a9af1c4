"""No tables: errors, clock, canonical JSON and hashing, visible text, HTTP error mapping, enqueue-on-commit."""
