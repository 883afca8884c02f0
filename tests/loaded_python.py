"""A Python that has loaded the libraries and waits; every process that tests ask for is a copy of it, soon there.

python loaded_python.py MODULE…: loads the modules, then reads what to run, a line of JSON for each process, and prints
how each ended. Types are not checked in it, as where the package is used; VGG-16 is as narrow as in other tests.
"""

import gc
import importlib.metadata
import json
import os
import runpy
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from importlib import import_module
from pathlib import Path

SECONDS = 600
"""After so long a process is ended, by SIGALRM."""


class LoadedPython:
    """Starts copies of a process that has loaded the modules already."""

    def __init__(self, *modules: str) -> None:
        command = [sys.executable, __file__, *modules]
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        self._waiting = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )

    def run(
        self, *words: object, environment: Mapping[str, str] | None = None, folder: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Does what `python WORDS…` does: -c PROGRAM, -m MODULE or FILE, and arguments."""
        with self.started(*words, environment=environment, folder=folder) as (_, ended):
            return ended()

    @contextmanager
    def started(
        self, *words: object, environment: Mapping[str, str] | None = None, folder: Path | None = None
    ) -> Iterator[tuple[int, Callable[[], subprocess.CompletedProcess[str]]]]:
        """Starts what `run` runs; gives its number, and what waits until it has ended. One runs at a time."""
        given = [str(word) for word in words]
        assert self._waiting.stdin is not None
        assert self._waiting.stdout is not None
        with tempfile.TemporaryDirectory() as place:
            said, noted = Path(place, "stdout"), Path(place, "stderr")
            asked = {
                "words": given,
                "folder": str(folder or Path.cwd()),
                "environment": {**os.environ, "OMP_NUM_THREADS": "1", **(environment or {})},
                "printed": [str(said), str(noted)],
            }
            self._waiting.stdin.write(json.dumps(asked) + "\n")
            self._waiting.stdin.flush()
            process = int(self._waiting.stdout.readline())
            codes: list[int] = []

            def ended() -> subprocess.CompletedProcess[str]:
                if not codes:
                    assert self._waiting.stdout is not None
                    codes.append(int(self._waiting.stdout.readline()))
                return subprocess.CompletedProcess(given, codes[0], said.read_text(), noted.read_text())

            try:
                yield process, ended
            finally:
                if not codes:
                    with suppress(ProcessLookupError):
                        os.kill(process, signal.SIGKILL)
                    ended()

    def end(self) -> None:
        """Ends the process that waits."""
        self._waiting.communicate()


def _next() -> list[str]:
    """Waits, and returns in every copy with what it is to run."""
    for line in sys.stdin:
        asked = json.loads(line)
        copy = os.fork()
        if copy == 0:
            _settle(asked["folder"], asked["environment"], asked["printed"])
            return list(asked["words"])
        print(copy, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(copy, 0)[1]), flush=True)
    sys.exit()


def _settle(folder: str, environment: dict[str, str], printed: list[str]) -> None:
    signal.alarm(SECONDS)
    os.setsid()
    for number, path in enumerate([os.devnull, *printed]):
        os.dup2(os.open(path, os.O_RDWR | os.O_CREAT), number)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)


def _run(words: list[str]) -> None:
    """Runs a program as the interpreter does, which then ends as it always does."""
    kind, *rest = words
    if kind == "-m":
        sys.argv, sys.path[0] = rest, os.getcwd()
        runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
    elif kind == "-c":
        sys.argv, sys.path[0] = ["-c", *rest[1:]], ""
        names = {"__name__": "__main__", "__builtins__": __builtins__}
        exec(compile(rest[0], "<string>", "exec"), names)
    else:
        sys.argv, sys.path[0] = words, str(Path(kind).parent)
        runpy.run_path(kind, run_name="__main__")


if __name__ == "__main__":
    importlib.metadata.entry_points = cache(importlib.metadata.entry_points)  # each Trainer reads those of all packages
    for module in sys.argv[1:]:
        import_module(module)
    import_module("narrow_vgg").narrow_vgg()
    gc.collect()
    gc.freeze()
    _run(_next())
