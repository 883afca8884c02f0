import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from boxwright.cli.streams import drop_output, flush_output, say, write_any_letter

COMMAND = [sys.executable, "-m", "boxwright.cli.main"]


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp932", "gbk", "cp1252", "utf-8"])
def test_every_letter_can_be_written(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    streams = {name: io.TextIOWrapper(io.BytesIO(), encoding) for name in ("stdout", "stderr")}
    for name, stream in streams.items():
        monkeypatch.setattr(sys, name, stream)
    write_any_letter()
    print("× → … 猫 قط \udcff 😀")
    say("× → … 猫 قط \udcff 😀")
    flush_output()
    for stream in streams.values():
        assert b"\\udcff" in stream.buffer.getvalue()  # type: ignore[attr-defined]


def test_streams_that_are_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    write_any_letter()
    say("nobody reads this")
    flush_output()
    drop_output()


def test_nobody_reads_the_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    stream.close()
    monkeypatch.setattr(sys, "stderr", stream)
    say("nobody reads this")


def _ran(words: list[str], **options) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([*COMMAND, *words], stderr=subprocess.PIPE, timeout=120, check=False, **options)


@pytest.mark.parametrize(
    "settings",
    [
        {"PYTHONIOENCODING": "ascii"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    ],
)
def test_help_on_any_terminal(settings: dict[str, str]) -> None:
    done = _ran(["train", "--help"], env=os.environ | settings, stdout=subprocess.PIPE)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"--epochs" in done.stdout


def test_a_reader_who_has_gone_is_no_fault() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = _ran(["--help"], stdout=writing)
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_a_full_disk_is_an_error() -> None:
    with open("/dev/full", "wb") as full:
        done = _ran(["--help"], stdout=full)
    assert done.returncode == 1
    assert done.stderr == b"boxwright: No space left on device. Free some space, or write to another disk.\n"
