"""Charts: pure frames, drawn on screen and on paper from the same numbers."""
