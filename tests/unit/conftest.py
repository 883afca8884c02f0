"""What the unit tests share."""

from pathlib import Path

import pytest

from tests.end_to_end.tiny_data import write_tiny_data


@pytest.fixture(scope="session")
def tiny_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_data(tmp_path_factory.mktemp("data") / "tiny")
