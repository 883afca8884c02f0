"""Finding everything that is wrong with a data set."""

from boxwright.data.verification.command import verify
from boxwright.data.verification.verdict import Verdict

__all__ = ["Verdict", "verify"]
