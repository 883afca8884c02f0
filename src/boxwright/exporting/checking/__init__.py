"""Whether an exported file finds what the model finds."""
