import pytest

from boxwright.cli.image_bars import ImageBars


def test_nothing_is_drawn_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with ImageBars() as bars:
        for done in range(1, 4):
            bars.show("train", done, 3)
        bars.show("val", 1, 1)
    assert capsys.readouterr() == ("", "")


def test_on_a_terminal_the_parts_are_named(capsys: pytest.CaptureFixture[str], monkeypatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    with ImageBars() as bars:
        bars.show("train", 1, 3)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "images of train" in shown.err
