"""What tests of trainings share."""

import pytest
from tests.unpainted import leave_unpainted


@pytest.fixture(autouse=True)
def _unpainted(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    leave_unpainted(request, monkeypatch)
