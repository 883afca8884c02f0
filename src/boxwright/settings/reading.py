"""How far files of somebody else are trusted unless the user says otherwise."""

MAX_PIXELS = 2**28
"""Largest height × width of an image."""
