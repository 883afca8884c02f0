"""Every function of the package answers parameters that it does not have, before it does anything."""

import pytest

import boxwright
from boxwright.errors import ConfigError

FUNCTIONS = [name for name in boxwright.__all__ if name not in ("__version__", "doctor")]  # which takes nothing


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("keyword", ["imgsz", "conf", "device_id", "max_det", "half", "verbose", "nonsense"])
def test_no_foreign_keyword_ends_in_a_type_error(name: str, keyword: str) -> None:
    with pytest.raises(ConfigError, match=keyword):
        getattr(boxwright, name)(**{keyword: 3})
