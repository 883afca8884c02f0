"""What a run says."""

import io
import logging
import sys
import warnings
from pathlib import Path

import pytest

from boxwright.run_files.narration import duration, narration


@pytest.mark.parametrize(
    ("seconds", "expected"), [(0.4, "0s"), (59.4, "59s"), (185.0, "3m05s"), (3600.0, "1h00m"), (7810.0, "2h10m")]
)
def test_durations(seconds: float, expected: str) -> None:
    assert duration(seconds) == expected


def test_screen_and_file_say_the_same(tmp_path: Path, capsys) -> None:
    with narration(tmp_path / "log.txt") as logger:
        logger.info("one")
    assert capsys.readouterr().out == "one\n"
    assert (tmp_path / "log.txt").read_text() == "one\n"


def test_a_second_narration_goes_on_in_the_file(tmp_path: Path) -> None:
    for word in ("one", "two"):
        with narration(tmp_path / "log.txt") as logger:
            logger.info(word)
    assert (tmp_path / "log.txt").read_text() == "one\ntwo\n"


def test_other_processes_say_nothing(tmp_path: Path, capsys) -> None:
    with narration(tmp_path / "log.txt", is_first=False) as logger:
        logger.info("one")
    assert capsys.readouterr().out == ""
    assert not (tmp_path / "log.txt").exists()


def test_everything_is_as_before_afterwards(tmp_path: Path) -> None:
    logger, lightning = logging.getLogger("boxwright"), logging.getLogger("lightning.pytorch")
    before = logger.level, logger.propagate, list(logger.handlers), lightning.level
    with pytest.raises(RuntimeError), narration(tmp_path / "log.txt"):
        raise RuntimeError
    assert (logger.level, logger.propagate, list(logger.handlers), lightning.level) == before


def test_only_expected_warnings_are_silenced(tmp_path: Path) -> None:
    with narration(tmp_path / "log.txt"):
        warnings.warn("The 'train_dataloader' does not have many workers", stacklevel=1)
        with pytest.raises(UserWarning, match="surprise"):
            warnings.warn("surprise", stacklevel=1)


def test_a_screen_that_lacks_letters_gets_their_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.TextIOWrapper(io.BytesIO(), "ascii")
    monkeypatch.setattr(sys, "stdout", screen)
    with narration(tmp_path / "log.txt") as logger:
        logger.info("320 × 320 猫 \x1b[31m \udce9")
    said = screen.buffer.getvalue()  # type: ignore[attr-defined]
    assert said == b"320 \\xd7 320 \\u732b \\x1b[31m \\udce9\n"
    assert "320 × 320 猫" in (tmp_path / "log.txt").read_text("utf-8")
