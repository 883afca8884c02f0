"""Running an assigner over a data set, and counting what became of every target."""
