"""The function: what its settings do."""

import json
from pathlib import Path

import pytest

import boxwright
from boxwright.data import open_dataset
from boxwright.errors import ConfigError, DataError
from boxwright.inspection import diagnose
from boxwright.systems import build_system, save_model


def test_the_sample_and_the_known_weakness_of_the_tiny_detector(tmp_path: Path) -> None:
    """Its smallest default box is 45 pixels wide, a platelet 15."""
    told: list[tuple[str, int, int]] = []
    files = {"json": tmp_path / "new/d.json", "html": tmp_path / "new/d.html"}
    found = diagnose(
        "sample:bccd", ["ssd_tiny", "ssd300_light"], advice=False, progress=lambda *seen: told.append(seen), **files
    )
    tiny, light = found.systems
    poor = {group.name: group.poor for group in tiny.groups["class"]}
    assert poor["Platelets"] == 1.0
    assert 0.4 < poor["RBC"] < 0.55
    assert 0.1 < poor["WBC"] < 0.25
    assert light.everything.poor < 0.01
    assert tiny.everything.targets == light.everything.targets == 922
    assert told[-1] == ("ssd300_light @ 300", 60, 60)
    assert json.loads(files["json"].read_text()) == found.to_dict()
    assert files["html"].read_text() == found.html()


def test_some_images_are_drawn_by_the_seed() -> None:
    some = {seed: diagnose("sample:bccd", "yolov5n", images=9, seed=seed, advice=False) for seed in (0, 1)}
    again = diagnose("sample:bccd", "yolov5n", images=9, advice=False)
    assert (some[0].num_images, some[0].total_images) == (9, 60)
    assert "9 of 60 images" in some[0].text()
    assert again.to_dict() == some[0].to_dict()
    assert some[1].systems[0].everything != some[0].systems[0].everything
    whole = diagnose("sample:bccd", "yolov5n", images=1000, advice=False)
    assert (whole.num_images, whole.total_images) == (60, 60)


def test_augmented_pictures_of_the_first_epoch() -> None:
    settings = {"canvas": 64, "images": 6, "augmented": True, "advice": False, "workers": 0}
    found = diagnose("sample:bccd", "yolov5n", **settings)
    assert (found.num_images, found.total_images, found.is_augmented) == (6, 60, True)
    assert "6 of 60 augmented pictures" in found.text()
    assert diagnose("sample:bccd", "yolov5n", **settings).to_dict() == found.to_dict()


def test_a_segmenter_needs_masks_only_where_training_moves_boxes_to_them() -> None:
    settings = {"canvas": 64, "images": 2, "advice": False, "workers": 0}
    assert diagnose("sample:bccd", "yolov8n-seg", **settings).systems[0].everything.targets > 0
    with pytest.raises(DataError, match="mask"):
        diagnose("sample:bccd", "yolov8n-seg", augmented=True, **settings)


def test_a_checkpoint_must_know_the_categories(mixed, tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    system = build_system("yolov8n", 2)
    save_model(path, system, categories=mixed.categories, canvas_size=(64, 64), config={})
    found = diagnose(mixed, checkpoint=path, advice=False, workers=0).systems[0]
    assert (found.title, found.weights) == ("yolov8n @ 64", str(path))
    with pytest.raises(DataError, match="categories"):
        diagnose("sample:bccd", checkpoint=path)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"images": 0}, "images must be at least 1"),
        ({"seed": -1}, "seed must be 0 or more"),
        ({"fail_above": 5.0}, "For 5 % give 0.05"),
        ({"least_gain": -0.1}, "least_gain is a share"),
        ({"canvas": 65}, "multiples of 32"),
        ({"system": "yolov9"}, "yolov9"),
        ({"system": "yolov5n", "system_options": {"dialect": "mid"}}, "dialect"),
    ],
)
def test_impossible_settings(mixed, settings: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        diagnose(mixed, **settings)


def test_it_is_also_at_the_top() -> None:
    assert boxwright.diagnose is diagnose


@pytest.mark.parametrize("setting", ["json", "html"])
def test_a_file_that_is_there_stays(setting: str, tmp_path: Path) -> None:
    """Said before anything is looked at."""
    theirs = tmp_path / "theirs"
    theirs.write_text("theirs")
    heard: list[object] = []
    with pytest.raises(ConfigError, match=f"^{setting}: .*theirs is there already"):
        diagnose("sample:bccd", progress=lambda *told: heard.append(told), **{setting: theirs})
    assert theirs.read_text() == "theirs"
    assert not heard


def test_two_reports_need_two_files(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="json and html are both"):
        diagnose("sample:bccd", json=tmp_path / "one", html=tmp_path / "one")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"on_bad": "skip", "allow_outside": True}, "on_bad, allow_outside: only for data that is read from files"),
        ({"max_pixels": 9}, "max_pixels: only for data"),
        ({"advice": False, "least_gain": 0.2}, "least_gain is for advice, which is off"),
    ],
)
def test_settings_that_would_change_nothing(settings: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        diagnose(open_dataset("sample:bccd", "val"), **settings)
