"""Data sets as a few large files: tar files of images, and tables of their annotations beside them."""
