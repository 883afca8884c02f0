"""How every case is made: inputs are drawn or written down, expected values come from the reference."""
