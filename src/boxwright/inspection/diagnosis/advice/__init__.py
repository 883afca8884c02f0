"""What could be changed, and what that would help."""
