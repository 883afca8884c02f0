"""The commands: what can be set, as a dataclass that is read at once, and what is done, whose imports may be heavy."""
