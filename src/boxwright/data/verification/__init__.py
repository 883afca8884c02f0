"""Finding everything that is wrong with a data set."""

from boxwright.data.verification.verdict import Verdict
from boxwright.data.verification.verify import verify

__all__ = ["Verdict", "verify"]
