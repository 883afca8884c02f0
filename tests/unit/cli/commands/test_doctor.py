"""boxwright doctor."""

import pytest

from boxwright.cli.commands import doctor
from boxwright.errors import ConfigError


def test_it_has_no_settings() -> None:
    with pytest.raises(ConfigError, match="There is no setting 'verbose'"):
        doctor.run(["--verbose"])
