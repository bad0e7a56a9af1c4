"""Reading what runs concluded, for whoever may see evidence: runs, units, links, templates, comparisons, histories."""
