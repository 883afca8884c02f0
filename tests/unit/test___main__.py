"""python -m boxwright."""

import subprocess
import sys

from boxwright import __version__


def test_the_package_is_a_command() -> None:
    for words, code, said in ((["--version"], 0, f"boxwright {__version__}\n"), (["no"], 2, "Unknown command 'no'")):
        ended = subprocess.run([sys.executable, "-m", "boxwright", *words], capture_output=True, text=True, check=False)
        assert ended.returncode == code
        assert said in ended.stdout + ended.stderr
