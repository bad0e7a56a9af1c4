"""What the desk's pages and the API read: querysets and frozen dataclasses, each with a constant number of queries."""
