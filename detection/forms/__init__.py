"""What people type about runs and about the reference."""
