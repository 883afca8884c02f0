"""The error of a setting that is typed wrongly."""

from boxwright.errors import ConfigError


class UsageError(ConfigError):
    """A setting has an unknown name or an impossible value."""
