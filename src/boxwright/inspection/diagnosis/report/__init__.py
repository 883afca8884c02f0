"""What was found, as values, text and a page."""
