"""The checks of a case file. Standard library alone: joined into one file they are the `verify.py` of every bag."""
