"""One module a source: each reads its own shape and gives common records."""
