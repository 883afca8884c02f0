"""Tiles of images as samples."""
