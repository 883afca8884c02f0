"""Images that show the same: repeats, pictures that look alike, overlapping views."""
