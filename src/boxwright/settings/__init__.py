"""What can be set, by name, type and range; nothing here imports torch, so that a wrong setting is answered at once."""
