"""How the package is checked while it is tested, and what tests of several packages need."""

import pytest

from tests.type_checks import check_quickly

check_quickly()  # before any module of the package is imported

from boxwright.kernels.choice import VARIABLE  # noqa: E402


@pytest.fixture
def sparse_kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs a test of what the sparse implementations hold in memory, whatever the environment says.

    The references make arrays of all targets times all priors on purpose.
    """
    monkeypatch.setenv(VARIABLE, "sparse")
