import pytest

from boxwright.evaluation.errors import DetectionError


@pytest.mark.parametrize(
    ("area", "size"), [(0.0, "small"), (1024.0, "small"), (1025.0, "medium"), (9216.0, "medium"), (9217.0, "large")]
)
def test_size(area: float, size: str) -> None:
    assert DetectionError("miss", 1, "a.png", area).size == size
