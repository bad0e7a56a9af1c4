"""Text that anyone may have copied: corpora that an administrator names, and templates listed as public."""
