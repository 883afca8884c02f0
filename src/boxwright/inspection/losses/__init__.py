"""Which objects stayed hard in a training, by the log of their losses."""
