"""What tests of trainings share."""

import pytest
from lightning.pytorch.utilities import rank_zero_only
from tests.unpainted import leave_unpainted


@pytest.fixture(autouse=True)
def _unpainted(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    leave_unpainted(request, monkeypatch)


@pytest.fixture(autouse=True)
def _first_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lightning keeps which of several processes a trainer was the last in; loggers of all but the first are silent."""
    monkeypatch.setattr(rank_zero_only, "rank", 0)
