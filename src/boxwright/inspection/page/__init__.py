"""The page that shows the assignment of some images, prior by prior."""
