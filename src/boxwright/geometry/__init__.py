"""Boxes, overlaps, suppression and the letterbox."""
