from pathlib import Path

import pytest

from boxwright.data.formats.path_tails import TailFinder, is_of_another_machine, steps_of, tails_of


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("C:\\Users\\me\\images\\a.jpg", ["Users", "me", "images", "a.jpg"]),
        ("/disk/other/a.jpg", ["disk", "other", "a.jpg"]),
        ("\\\\server\\share\\a.jpg", ["server", "share", "a.jpg"]),
        ("file:///disk/a.jpg", ["disk", "a.jpg"]),
        (".\\..\\x/./a.jpg", ["x", "a.jpg"]),
        ("a.jpg", ["a.jpg"]),
        ("..", []),
    ],
)
def test_steps(text: str, steps: list[str]) -> None:
    assert steps_of(text) == steps


@pytest.mark.parametrize(
    ("text", "foreign"),
    [
        ("C:\\a.jpg", True),
        ("d:/a.jpg", True),
        ("a\\b.jpg", True),
        ("/x/a.jpg", True),
        ("../x/a.jpg", False),
        ("a", False),
    ],
)
def test_paths_of_another_machine(text: str, foreign: bool) -> None:
    assert is_of_another_machine(text) == foreign


def test_tails_get_shorter_down_to_a_step_that_says_something() -> None:
    assert list(tails_of("/disk/x/set/train")) == ["disk/x/set/train", "x/set/train", "set/train", "train"]
    assert list(tails_of("..\\x\\images")) == ["x/images"]
    assert list(tails_of("../images")) == ["images"]
    assert list(tails_of("..")) == []


def test_files_are_found_by_the_longest_tail(tmp_path: Path) -> None:
    for name in ("set/images/a.jpg", "images/a.jpg", "images/b.jpg", "a.jpg"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    find = TailFinder([str(tmp_path)])
    assert find("D:\\set\\images\\a.jpg") == f"{tmp_path}/set/images/a.jpg"
    assert find("D:\\set\\images\\b.jpg") is None  # of a folder that is known
    assert find("/disk/x/images/b.jpg") == f"{tmp_path}/images/b.jpg"
    assert find("/disk/x/a.jpg") == f"{tmp_path}/a.jpg"
    assert find("../../etc/a.jpg") == f"{tmp_path}/a.jpg"
    assert find("/disk/x/gone.jpg") is None
    assert find("..") is None
