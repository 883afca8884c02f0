"""Settings by name, from flags, files and dictionaries."""
