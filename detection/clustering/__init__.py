"""Who belongs together before anything is tested: parties, templates, families, communities and identity links. Pure."""
