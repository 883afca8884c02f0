import dataclasses
import json

import numpy as np
import pytest

from boxwright.errors import ConfigError, DataError
from boxwright.prediction import Predictor, predict
from boxwright.systems import save_model


def files(folder) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


@pytest.fixture
def folder(tmp_path, image_file, video_file):
    image_file(tmp_path / "in" / "a.png", 0)
    image_file(tmp_path / "in" / "sub" / "写真.jpg", 1)
    video_file(tmp_path / "in" / "v.avi", frames=3)
    return tmp_path / "in"


def test_a_model_file_and_a_folder(tmp_path, model, folder):
    system, card = model
    save_model(tmp_path / "m.pt", system, categories=card.categories, canvas_size=card.canvas_size, config={})
    found = predict(
        tmp_path / "m.pt",
        folder,
        output=tmp_path / "out",
        save=("pictures", "json"),
        score_threshold=0.0,
        max_detections=4,
        device="cpu",
    )
    assert [len(each) for each in found] == [4] * 5
    assert files(tmp_path / "out") == ["a.png", "detections.json", "sub/写真.jpg", "v.mp4"]
    rows = json.loads((tmp_path / "out" / "detections.json").read_text(encoding="utf-8"))
    assert len(rows) == 20
    assert [row["file_name"] for row in rows[::4]] == ["a.png", "sub/写真.jpg", "v.avi", "v.avi", "v.avi"]
    assert [row.get("frame") for row in rows[::4]] == [None, None, 0, 1, 2]


def test_gives_what_the_predictor_gives(model, folder):
    found = predict(model, folder, device="cpu", score_threshold=0.0, iou_threshold=0.5, max_detections=7)
    predictor = Predictor(*model, device="cpu", score_threshold=0.0, iou_threshold=0.5, max_detections=7)
    for one, two in zip(found, predictor(folder), strict=True):
        assert one.boxes.tolist() == two.boxes.tolist()
        assert one.origin == two.origin


def test_the_threshold_is_the_best_one_of_the_model_unless_one_is_named(model, folder):
    system, card = model
    measured = dataclasses.replace(card, measurements={"best_threshold": 1.0})
    assert sum(map(len, predict((system, measured), folder, device="cpu"))) == 0
    unmeasured, named = predict((system, card), folder, device="cpu"), {"device": "cpu", "score_threshold": 0.25}
    for each in (card, measured):
        found = predict((system, each), folder, **named)
        assert [one.scores.tolist() for one in found] == [one.scores.tolist() for one in unmeasured]
    assert sum(map(len, unmeasured)) > 0


def test_nothing_is_written_without_output(tmp_path, model, folder, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = files(tmp_path)
    assert len(predict(model, folder, save=("pictures", "json"), device="cpu")) == 5
    assert files(tmp_path) == before


@pytest.mark.parametrize(("save", "written"), [("json", ["detections.json"]), ((), []), ("pictures", ["a.png"])])
def test_writes_only_what_is_asked_for(tmp_path, model, folder, save, written):
    predict(model, folder / "a.png", output=tmp_path / "out", save=save, device="cpu")
    assert files(tmp_path / "out") == written


def test_a_broken_file_is_an_error_that_names_it_and_leaves_no_result(tmp_path, model, folder):
    (folder / "b.png").write_bytes(b"no picture")
    with pytest.raises(DataError, match=r"b\.png"):
        predict(model, folder, output=tmp_path / "out", save="json", device="cpu")
    assert files(tmp_path / "out") == []


def test_a_broken_file_can_be_left_out_and_is_reported(tmp_path, model, folder):
    (folder / "b.png").write_bytes(b"no picture")
    with pytest.warns(UserWarning, match=r"1 file could not be read(.|\n)*b\.png"):
        found = predict(model, folder, on_bad="skip", device="cpu")
    assert len(found) == 5


def test_channels(model):
    pixels = np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8)
    rgb, bgr = (
        predict(model, given, channels=channels, score_threshold=0.0, device="cpu")[0]
        for given, channels in ((pixels, "rgb"), (pixels[..., ::-1], "bgr"))
    )
    assert rgb.boxes.tolist() == bgr.boxes.tolist()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"save": "picture"}, "Did you mean 'pictures'"),
        ({"save": ("json", "csv")}, "Unknown kind of output 'csv'"),
        ({"on_bad": "skipp"}, "Did you mean 'skip'"),
        ({"category_ids": [1], "save": "json"}, "category_ids has 1 id for 2 categories"),
        ({"score_threshold": 2.0}, "score_threshold"),
        ({"channels": "gbr"}, "Unknown order of channels 'gbr'"),
    ],
)
def test_impossible_settings_are_errors(model, settings, message):
    with pytest.raises(ConfigError, match=message):
        predict(model, np.zeros((40, 60, 3), np.uint8), device="cpu", **settings)


@pytest.mark.parametrize("save", ["json, labels", ("json,labels",), ["json", "labels"]])
def test_kinds_of_output_may_be_joined_by_commas(save, model, folder, tmp_path):
    predict(model, folder, output=tmp_path / "found", save=save, device="cpu")
    assert {path.name for path in (tmp_path / "found").iterdir()} == {"detections.json", "labels"}


def test_a_missing_model_is_an_error(tmp_path):
    with pytest.raises(DataError, match=r"none\.pt"):
        predict(tmp_path / "none.pt", np.zeros((40, 60, 3), np.uint8))


def test_the_result_file_uses_the_category_ids_of_the_training_data(tmp_path, model, folder):
    system, card = model
    numbered = dataclasses.replace(card, category_ids=(4, 9))
    predict((system, numbered), folder / "a.png", output=tmp_path, save="json", score_threshold=0.0, device="cpu")
    rows = json.loads((tmp_path / "detections.json").read_text())
    assert {row["category_id"] for row in rows} <= {4, 9}
    assert rows


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"category_ids": [1, 2]}, "category_ids are those of the result file"),
        ({"channels": "bgr"}, "channels is the order in arrays and tensors"),
    ],
)
def test_what_would_change_nothing_is_refused(model, folder, settings, message):
    with pytest.raises(ConfigError, match=message):
        predict(model, folder, device="cpu", **settings)


def contents(folder) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in files(folder)}


@pytest.mark.parametrize("place", [".", "sub", "../link", "../in"])
@pytest.mark.parametrize("given", ["folder", "list", "pattern", "file"])
def test_originals_are_never_drawn_over(tmp_path, folder, place, given):
    """Said before the model is read, which is not there."""
    (tmp_path / "link").symlink_to(folder)
    source = {
        "folder": folder,
        "list": [folder / "a.png", folder / "sub" / "写真.jpg", folder / "v.avi"],
        "pattern": f"{folder}/**/*.*",
        "file": folder / "a.png",
    }[given]
    before = contents(tmp_path)
    if place == "sub":
        source = folder / "sub"
    with pytest.raises(ConfigError, match=r"^output: .* is a folder of the source"):
        predict(tmp_path / "none.pt", source, output=folder / place, save=("pictures", "json"))
    assert contents(tmp_path) == before


def test_a_linked_original_is_not_drawn_beside(tmp_path, folder):
    (tmp_path / "links").mkdir()
    (tmp_path / "links" / "a.png").symlink_to(folder / "a.png")
    with pytest.raises(ConfigError, match="is a folder of the source"):
        predict(tmp_path / "none.pt", tmp_path / "links", output=folder)


def test_an_output_that_is_a_file_is_a_usage_error(tmp_path, folder):
    with pytest.raises(ConfigError, match=r"^output: nothing can be written"):
        predict(tmp_path / "none.pt", folder, output=folder / "a.png")


def test_results_may_lie_in_the_source_and_are_not_predicted_on(model, folder):
    before = contents(folder)
    settings = {"output": folder / "found", "save": ("pictures", "json"), "device": "cpu", "score_threshold": 0.0}
    assert len(predict(model, folder, **settings)) == 5
    taken = r"4 names were taken(.|\n)*detections.json was there: this run wrote detections-2.json"
    with (
        pytest.warns(UserWarning, match=r"3 files in .* drew in an earlier run are left out"),
        pytest.warns(UserWarning, match=taken),
    ):
        assert len(predict(model, folder, **settings)) == 5
    assert "found/v-2.mp4" in files(folder)
    assert {name: content for name, content in contents(folder).items() if not name.startswith("found")} == before
    rows = [json.loads((folder / "found" / name).read_text()) for name in ("detections.json", "detections-2.json")]
    assert rows[0] == rows[1]


def test_results_of_somebody_else_stay(tmp_path, model, folder):
    (folder / "detections.json").write_text("theirs")
    with pytest.warns(UserWarning, match=r"1 name was taken(.|\n)*this run wrote detections-2.json"):
        predict(model, folder, output=folder, save="json", device="cpu")
    assert (folder / "detections.json").read_text() == "theirs"
    assert (folder / "detections-2.json").is_file()


def test_a_video_that_lost_frames(tmp_path, model, video_file):
    video_file(tmp_path / "v.avi", frames=6)
    whole = (tmp_path / "v.avi").read_bytes()
    (tmp_path / "v.avi").write_bytes(whole[: (whole.index(b"movi") + whole.index(b"idx1")) // 2])
    with pytest.raises(DataError, match="frames of 6 cannot be read"):
        predict(model, tmp_path / "v.avi", output=tmp_path / "out", device="cpu")
    assert not (tmp_path / "out").exists() or files(tmp_path / "out") == []
    with pytest.warns(UserWarning, match=r"1 file could not be read, or not all of it(.|\n)*frames of 6"):
        found = predict(model, tmp_path / "v.avi", output=tmp_path / "out", on_bad="skip", device="cpu")
    assert 0 < len(found) < 6
    assert files(tmp_path / "out") == ["v.mp4"]
