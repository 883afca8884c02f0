"""What tests of several packages need."""

import pytest

from boxwright.kernels.choice import VARIABLE


@pytest.fixture
def sparse_kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs a test of what the sparse implementations hold in memory, whatever the environment says.

    The references make arrays of all targets times all priors on purpose.
    """
    monkeypatch.setenv(VARIABLE, "sparse")
