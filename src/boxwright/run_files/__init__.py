"""What a run leaves: its directory, what it said, and the losses of its objects."""
