"""Image files: what their headers say, what is wrong with them, and their pixels."""
