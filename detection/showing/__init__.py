"""What pages show of a run, made of its tables: layouts, figures and words."""
