"""What a search over settings takes."""
