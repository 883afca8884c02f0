"""How many detections a system gives of one image."""

from dataclasses import replace

from boxwright.errors import ConfigError
from boxwright.systems.system import System

CANDIDATES = ("candidates_per_image", "candidates_per_level", "candidates_per_class")


def finding_at_least(system: System, max_detections: int) -> System:
    """Lets a system give as many detections of one image as are to count; one that gives more stays as it is.

    Args:
        system: Whose postprocessor has limits of its own.
        max_detections: Best detections per image and category that count.

    Raises:
        ConfigError: That is below 1.
    """
    return finding_at_most(system, max(system.postprocessor.max_detections, _possible(max_detections)))


def finding_at_most(system: System, max_detections: int) -> System:
    """Sets how many detections of one image a system gives; limits of candidates that would give fewer are raised.

    Args:
        system: Whose postprocessor has limits of its own.
        max_detections: Most detections per image.

    Raises:
        ConfigError: That is below 1.
    """
    own = system.postprocessor
    limits = {name: getattr(own, name) for name in CANDIDATES}
    raised = {name: max(limit, _possible(max_detections)) for name, limit in limits.items() if limit is not None}
    return replace(system, postprocessor=replace(own, max_detections=max_detections, **raised))


def _possible(max_detections: int) -> int:
    if max_detections < 1:
        raise ConfigError(f"max_detections must be at least 1; found {max_detections}.")
    return max_detections
