"""How many detections a system gives."""

import pytest

from boxwright.errors import ConfigError
from boxwright.inference import finding_at_least, finding_at_most
from boxwright.systems import build_system


@pytest.mark.parametrize(
    ("name", "most"), [("retinanet_r18", 100), ("fcos_r18", 100), ("ssd_tiny", 200), ("yolov8n", 300)]
)
def test_a_system_gives_as_many_as_are_to_count(name: str, most: int) -> None:
    system = build_system(name, 2)
    assert finding_at_least(system, 50).postprocessor.max_detections == most
    raised = finding_at_least(system, 2000).postprocessor
    assert raised.max_detections == 2000
    assert all(
        limit is None or limit >= 2000
        for limit in (raised.candidates_per_level, raised.candidates_per_class, raised.candidates_per_image)
    )
    assert finding_at_least(system, 50) == system


@pytest.mark.parametrize("name", ["retinanet_r18", "fcos_r18", "ssd_tiny", "yolov8n"])
@pytest.mark.parametrize("most", [1, 5000])
def test_candidates_are_enough_for_what_is_asked(name: str, most: int) -> None:
    own = build_system(name, 2)
    limits = finding_at_most(own, most).postprocessor
    assert limits.max_detections == most
    for limit in ("candidates_per_level", "candidates_per_class", "candidates_per_image"):
        before, after = getattr(own.postprocessor, limit), getattr(limits, limit)
        assert after == (None if before is None else max(before, most))


@pytest.mark.parametrize("limited", [finding_at_least, finding_at_most])
def test_less_than_one_is_an_error(limited) -> None:
    with pytest.raises(ConfigError, match="max_detections must be at least 1; found 0"):
        limited(build_system("ssd_tiny", 1), 0)
