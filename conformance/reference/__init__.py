"""What every function of the suite should give: slow, plain, in float64, one function per sentence of its source."""
