"""The parts that can be named, their options, and which systems they fit; `boxwright.systems.exchange` builds them."""
