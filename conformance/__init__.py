"""Says whether an implementation of detection losses computes what their definitions say."""
