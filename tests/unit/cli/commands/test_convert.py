"""boxwright convert."""

from pathlib import Path

from boxwright.cli.commands import convert


def test_convert_says_what_was_written(tmp_path: Path, capsys) -> None:
    convert.run(["sample:bccd", str(tmp_path / "out"), "--to", "yolo", "--images", "link"])
    said = capsys.readouterr().out
    assert said.startswith(f"Wrote 60 images and 922 objects in train, 20 images and 277 objects in val to {tmp_path}")
    assert "category ids" in said
    assert (tmp_path / "out/data.yaml").is_file()
