"""From samples to batches: loaders, their order, caches, and what is kept of a picture on the way."""
