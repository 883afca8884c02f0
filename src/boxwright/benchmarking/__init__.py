"""What models find, how long it takes them, and how much memory: `boxwright benchmark`."""
